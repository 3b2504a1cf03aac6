"""Studies of every design: planned from one config, and two of them run to the report."""

import re

import pytest
from map_study import MapStudy

from rt1t2.records import read_json
from rt1t2.tables import read_tsv

BEFORE = {"only": {"visit": "before"}}
VISITS = {"column": "visit", "plus": "after", "minus": "before", "within": "person"}
DESIGNS = {
    "groups": {"plus": "HC", "minus": "PSP", **BEFORE},
    "sex": {"column": "sex", "plus": "F", "minus": "M", **BEFORE},
    "slope": {"slope": "score", "groups": ["PSP"], "covariates": ["age"], **BEFORE},
    "falls": {"slope": "score", "groups": ["PSP"], "covariates": ["age"],
              "direction": "falls", **BEFORE},
    "slopes": {"slope": "score", "plus": "PSP", "minus": "HC", **BEFORE},
    "visits": VISITS,
    "any-group": {"any_of": ["HC", "PSP", "PSPS2"], **BEFORE},
    "any-slope": {"any_of": ["HC", "PSP", "PSPS2"], "slope": "score", **BEFORE},
}  # fmt: skip


def study_of(folder, *names):
    """Six people in each group; those of PSP came twice."""
    study = MapStudy(folder, {"HC": 6, "PSP": 6, "PSPS2": 6}, effect=-0.5)
    for number, row in enumerate(study.rows):
        row |= {"score": str(30 + 17 * number % 41), "visit": "before"}
        row["person"] = f"p{number}"
    for first in study.rows[6:12]:
        again = {name: first[name] for name in ("person", "age", "sex")}
        data = 1 + 0.1 * study.field()
        study.add("PSP", data, score="20", visit="after", **again)
    study.config["contrasts"] = [{"name": name, **DESIGNS[name]} for name in names]
    return study


def test_every_design_is_planned(snakemake, tmp_path):
    study = study_of(tmp_path / "study", *DESIGNS)
    run = snakemake("-n", "group", "--configfile", study.write())
    said = run.stdout + run.stderr
    assert run.returncode == 0, said[-3000:]
    jobs = dict(re.findall(r"^(\w+) +(\d+)$", said, re.M))
    expected = {
        **{"group_ttest": 6, "group_ftest": 2, "group_clusters": 8},
        **{"group_evidence": 2, "group_change": 1, "group_correlation": 3},
        **{"group_variance_explained": 2, "group_permutation": 7},
    }
    assert {name: int(jobs[name]) for name in expected} == expected


@pytest.mark.parametrize(
    ("design", "message"),
    [
        ({"slope": "iq", **BEFORE}, "slope iq is not a column"),
        ({"slope": "visit", **BEFORE}, "visit is before for everybody"),
        ({"plus": "HC", "minus": "PSP"}, "are of one person"),
        ({"slope": "score", "within": "person"}, "which is no contrast"),
        (
            {"slope": "qc:b1_gauge", **BEFORE},
            "qc:b1_gauge is undefined for participants with a finished map (sub-01",
        ),
    ],
)
def test_what_cannot_be_is_refused_in_the_plan(snakemake, tmp_path, design, message):
    study = study_of(tmp_path / "study")
    study.config["contrasts"] = [{"name": "x", **design}]
    run = snakemake("-n", "--configfile", study.write())
    said = " ".join((run.stdout + run.stderr).split())
    assert run.returncode != 0
    assert message in said
    assert "Traceback" not in said


def test_visits_and_f_end_in_a_report(snakemake, tmp_path):
    study = study_of(tmp_path / "study", "visits", "any-group")
    study.no_receptors()
    run = snakemake("--configfile", study.write())
    assert run.returncode == 0, (run.stdout + run.stderr)[-5000:]
    results = tmp_path / "run/results"
    visits, any_group = (
        read_json(results / f"group/{name}/summary.json")
        for name in ("visits", "any-group")
    )
    assert (visits["statistic"], visits["df"]) == ("t", 5)
    assert (any_group["statistic"], any_group["df"]) == ("F", [2, 15])
    assert (results / "group/any-group/F.nii.gz").exists()
    assert (results / "group/visits/d_z.nii.gz").exists()
    (cluster, *_) = read_tsv(results / "group/any-group/clusters.tsv")
    assert {"peak_f", "partial_eta2"} <= set(cluster)
    assert {"peak_t", "hedges_g"}.isdisjoint(cluster)
    table = read_tsv(results / "paper/table_2.tsv")
    assert any("F " in "".join(row.values()) for row in table)
    assert read_tsv(results / "regions/native.tsv") == []  # finished maps only
    page = (results / "report.html").read_text()
    assert "visit after than in visit before" in page
