"""Change one thing, and exactly the rules that it matters to run again.

What a result replaced by hand makes run again is in test_by_hand.py, a changed source in
test_stale.py.
"""

import csv
import re

import pytest
import yaml

from rt1t2.workflow.provenance import SCRIPTS, modules_used

from .conftest import ROOT, run_demo

WORDS = {"methods", "report"}
TABLES = {"group_clusters", "table_2", "figure_1", "figure_3", "viewer", *WORDS}
RELABELLED = {"group_permutation", "group_error_rate", "group_leave_one_out"}
THRESHOLD = {*TABLES, *RELABELLED, "figure_4"}
T_MAPS = {"group_ttest", "group_evidence", "figure_design", *RELABELLED, *TABLES}
CORRELATIONS = {"receptor_correlations", "receptor_sensitivity", "figure_2"}
CORRELATIONS |= {"figure_3", "figure_sensitivity", "table_3", *WORDS}
MAPS = {"group_mask", "region_means", *T_MAPS, *CORRELATIONS}
PAGES = {"qc_calibration", "qc_cohort"}
OF_SCANS = {*PAGES, "qc_reliability"}
REGIONS = {"region_table", "region_tests"}  # from the ratio before smoothing
SMOOTHED = {*MAPS, *OF_SCANS, "qc_participant", "figure_4"}
FROM_RATIO = {
    "ratio_map",
    "region_values",
    *REGIONS,
    "to_template",
    "smooth",
    *SMOOTHED,
}
RATIO = {"calibrate", *FROM_RATIO}
SCALE = {"calibration_reference", "protocols", *RATIO}
TISSUE = {"estimate_bias", "correct_bias", "segment", "reference_tissues", "normalise"}
PEOPLE = {"demographics", "describe_datasets", "exclusions", "protocols", "table_1"}

CONFIG = {
    "smoothing": ({"smoothing": {"fwhm_mm": 8}}, {"smooth", *SMOOTHED}),
    "formula": (
        {"ratio": {"formula": "t1w_over_ln_t2w"}},
        FROM_RATIO,
    ),
    "extent": ({"statistics": {"extent_voxels": 40}}, THRESHOLD),
    "height": ({"statistics": {"height_p": 0.01}}, THRESHOLD),
    "permutations": (
        {"statistics": {"permutations": 77}},
        {"group_permutation", *TABLES},
    ),
    "null studies": (
        {"statistics": {"null_studies": 77}},
        {"group_error_rate", *TABLES},
    ),
    "equivalence": (
        {"statistics": {"equivalence_bound_g": 0.7}},
        {"group_evidence", *TABLES},
    ),
    "variance": (
        {"statistics": {"variance": "welch"}},
        {*T_MAPS, "region_tests", "figure_4"},
    ),
    "covariate": (
        {"statistics": {"covariates": ["age"]}},
        {*T_MAPS, "region_tests", *PAGES, "describe_datasets", "protocols"},
    ),
    "harmonisation": (
        {"regions": {"harmonise": "combat"}},
        {"region_harmonisation", "region_tests", *WORDS},
    ),
    "receptor permutations": (
        {"receptors": {"permutations": 500}},
        {*CORRELATIONS, "figure_4"},
    ),
    "family of tests": ({"receptors": {"fdr_family": "group"}}, CORRELATIONS),
    "surrogates": (
        {"receptors": {"sensitivity": {"surrogates": 33}}},
        {"receptor_sensitivity", "figure_sensitivity", *WORDS},
    ),
    "calibration": ({"calibration": {"method": "nonlinear"}}, SCALE),
    "bias": ({"bias_correction": {"method": "n4"}}, {*TISSUE, *SCALE}),
    "mirror": ({"resources": {"mirror": "/tmp"}}, set()),
}


def planned(folder, tmp_path, config, rows=None) -> set[str]:
    """Return the rules of a plan of the finished demo with another config or table."""
    if rows:
        lines = ["\t".join(rows[0]), *("\t".join(row.values()) for row in rows)]
        (tmp_path / "people.tsv").write_text("\n".join(lines) + "\n")
        config = config | {"participants": str(tmp_path / "people.tsv")}
    (tmp_path / "change.yaml").write_text(yaml.safe_dump(config))
    text = run_demo(
        folder, "-n", "--configfile", "config/demo.yaml", str(tmp_path / "change.yaml")
    )
    return set(re.findall(r"^(?:local)?rule (\w+):", text, flags=re.M)) - {"all"}


@pytest.mark.parametrize("name", CONFIG)
def test_a_key_of_the_config(demo, tmp_path, name):
    config, expected = CONFIG[name]
    assert planned(demo, tmp_path, config) == expected


@pytest.fixture
def people():
    """Return the rows of the demo's table."""
    with (ROOT / "config/demo_participants.tsv").open(newline="") as file:
        return list(csv.DictReader(file, delimiter="\t"))


def test_the_printed_name_of_a_group(demo, tmp_path):
    groups = yaml.safe_load((ROOT / "config/config.yaml").read_text())["groups"]
    config = {"groups": groups | {"PSP": "Others"}}
    expected = {"demographics", "describe_datasets", "protocols", "table_1", *PAGES}
    expected |= {"figure_2", "figure_3", "figure_sensitivity", "table_3", "viewer"}
    expected |= {
        "figure_1",
        "figure_design",
        "qc_participant",
        "qc_reliability",
        *WORDS,
    }
    assert planned(demo, tmp_path, config) == expected


def test_a_remark_that_nobody_reads(demo, tmp_path, people):
    rows = [row | {"remark": f"called {row['participant_id']}"} for row in people]
    assert planned(demo, tmp_path, {}, rows) == set()


@pytest.mark.parametrize(
    ("name", "more"),
    [("sub-09", OF_SCANS), ("sub-02", SCALE)],
    ids=["a patient", "a control, who sets the scale of all"],
)
def test_someone_who_is_excluded(demo, tmp_path, people, name, more):
    for row in people:
        if row["participant_id"] == name:
            row["exclude"] = "withdrew"
    assert planned(demo, tmp_path, {}, people) == {*MAPS, *PEOPLE, *REGIONS, *more}


@pytest.mark.parametrize(
    ("module", "rules"),
    [
        ("group/evidence", {"group_evidence", "region_tests"}),
        ("ratio/smoothing", {"smooth"}),
        ("receptors/spatial_nulls", {"receptor_sensitivity"}),
    ],
)
def test_the_code_of_one_module(module, rules):
    path = SCRIPTS / f"rt1t2/{module}.py"
    assert path.exists()
    found = {
        script.stem
        for script in SCRIPTS.glob("*.py")
        if path in modules_used(script.stem)
    }
    assert found == rules
