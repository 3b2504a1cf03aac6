"""Change one thing, and exactly the rules that it matters to run again.

What a result replaced by hand makes run again is in test_by_hand.py, a changed source in
test_stale.py.
"""

import csv
import os
import re

import numpy as np
import pytest
import yaml

from rt1t2.geometry.volume import Volume
from rt1t2.images import load
from rt1t2.records import read_json
from rt1t2.workflow.provenance import SCRIPTS, modules_used

from .conftest import ROOT, run_demo

WORDS = {"methods", "methods_docx", "report"}
TABLES = {
    "group_clusters",
    "table_2",
    "tables_docx",
    "figure_1",
    "figure_3",
    "viewer",
    *WORDS,
}
RELABELLED = {"group_permutation", "group_error_rate", "group_leave_one_out"}
THRESHOLD = {*TABLES, *RELABELLED, "figure_4"}
T_MAPS = {"group_ttest", "group_evidence", "figure_design", *RELABELLED, *TABLES}
CORRELATIONS = {"receptor_correlations", "receptor_sensitivity", "figure_2"}
CORRELATIONS |= {"figure_3", "figure_sensitivity", "table_3", "tables_docx", *WORDS}
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
PEOPLE = {
    "demographics",
    "describe_datasets",
    "exclusions",
    "protocols",
    "table_1",
    "tables_docx",
}

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
    "parts of the atlas": (
        {"receptors": {"parts": {"neither": []}}},
        {"receptor_sensitivity", "figure_sensitivity", *WORDS},
    ),
    "calibration": ({"calibration": {"method": "nonlinear"}}, SCALE),
    "bias": ({"bias_correction": {"method": "n4"}}, {*TISSUE, *SCALE}),
    "mirror": ({"resources": {"mirror": "/tmp"}}, set()),
}


def planned(folder, tmp_path, config, rows=None, run_to="-n") -> set[str]:
    """Return the rules of a plan of the finished demo with another config or table.

    ``run_to`` is a file that is made instead.
    """
    if rows:
        lines = ["\t".join(rows[0]), *("\t".join(row.values()) for row in rows)]
        (tmp_path / "people.tsv").write_text("\n".join(lines) + "\n")
        config = config | {"participants": str(tmp_path / "people.tsv")}
    (tmp_path / "change.yaml").write_text(yaml.safe_dump(config))
    text = run_demo(
        folder,
        run_to,
        "--configfile",
        "config/demo.yaml",
        str(tmp_path / "change.yaml"),
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
    expected |= {"tables_docx"}
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


def test_a_transmit_map_that_comes_changes_and_goes(demo_copy, tmp_path, people):
    """It runs through, as one image, for one patient."""
    folder = tmp_path / "own"
    folder.mkdir()
    t1w = Volume.load(demo_copy / "results/bids/sub-09/anat/sub-09_T1w.nii.gz")
    head = t1w.reduced_to(6.0)
    at = np.indices(head.shape) - np.reshape(head.shape, (3, 1, 1, 1)) / 2
    percent = np.where(head.head, 112 - 0.1 * (at**2).sum(axis=0), 0)
    b1 = folder / "muster.nii.gz"
    head.like(percent).save(b1, {"PatientName": "Muster", "FlipAngle": 80})
    people = [row | {"b1": "n/a"} for row in people]
    (patient,) = (row for row in people if row["participant_id"] == "sub-09")
    derived = "results/derivatives/rt1t2/sub-09/anat/sub-09_desc-bias_fields"

    def made():
        return planned(demo_copy, tmp_path, {}, people, f"{derived}.nii.gz")

    patient["b1"] = str(b1)
    its_own = {"import_transmit_map", "transmit_map"}
    assert made() == {*its_own, "estimate_bias"}
    raw = demo_copy / "results/bids/sub-09/fmap/sub-09_TB1map.nii.gz"
    np.testing.assert_array_equal(load(raw)[0], load(b1)[0])
    about = read_json(raw.with_name("sub-09_TB1map.json"))
    assert about["FlipAngle"] == 80
    assert "Muster" not in str(about)
    record = read_json(demo_copy / f"{derived}.json")["TransmitMap"]
    assert record["Kind"] == "TB1map"
    os.utime(b1, (1e9, 1e9))
    after_it = {*TISSUE, *RATIO, "protocols"} - {"figure_4"}  # which shows a control
    assert planned(demo_copy, tmp_path, {}, people) == {*its_own, *after_it}
    patient["b1"] = "n/a"
    assert made() == {"estimate_bias"}
    assert not list((demo_copy / "results").rglob("*TB1map*"))


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
