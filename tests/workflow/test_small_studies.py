"""The smallest possible studies of finished maps end in pages that say what is missing."""

import json
import re

import pytest
from map_study import MapStudy

KINDS = {
    "two against two": ({"HC": 2, "PSP": 2}, "z scores need 3 controls"),
    "one group": ({"HC": 4}, "No contrast was tested."),
    "no contrasts": ({"HC": 4, "PSP": 3}, "No contrast was tested."),
    "no receptors": ({"HC": 4, "PSP": 3}, "the receptor table has no map that is used"),
    "nobody left": ({"HC": 2, "PSP": 2}, "0 participants were analysed"),
}


@pytest.mark.parametrize("kind", KINDS)
def test_it_ends_in_pages_that_say_so(snakemake, tmp_path, kind):
    sizes, sentence = KINDS[kind]
    study = MapStudy(tmp_path / "study", sizes)
    if kind in ("one group", "no contrasts"):
        study.config["contrasts"] = []
    if kind == "no receptors":
        study.no_receptors()
    if kind == "nobody left":
        for row in study.rows:
            row["exclude"] = "moved"
    run = snakemake("--configfile", study.write())
    assert run.returncode == 0, (run.stdout + run.stderr)[-5000:]
    results = tmp_path / "run/results"
    assert sentence in (results / "paper/methods.md").read_text()
    page = re.sub(r"<[^>]*>", " ", (results / "report.html").read_text())
    assert sentence in page
    assert "dcm2niix" not in page.split("References")[0]
    if kind == "two against two":
        record = results / "group/PSP-HC/permutation.json"
        assert json.loads(record.read_text())["exhaustive"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"covariates": ["age", "iq"]}, "covariate iq is not a column"),
        ({"covariates": ["group"]}, "group=PSP is determined by"),
        ({"covariates": ["HC"]}, "`HC` is also the code of a group"),
    ],
)
def test_designs_are_refused_in_the_dry_run(snakemake, tmp_path, change, message):
    study = MapStudy(tmp_path / "study", {"HC": 3, "PSP": 3})
    study.config["statistics"] |= change
    run = snakemake("-n", "--configfile", study.write())
    assert run.returncode != 0
    assert message in run.stdout + run.stderr
    assert "Traceback" not in run.stdout + run.stderr
