"""The smallest possible studies of finished maps end in pages that say what is missing."""

import json
import re

import pytest
from map_study import MapStudy

NO_CONTRAST = "No contrast was tested."
NO_RECEPTOR = "the receptor table has no map that is used"
KINDS = {
    "two against two": ({"HC": 2, "PSP": 2}, ["z scores need 3 controls"]),
    "one group": ({"HC": 4}, [NO_CONTRAST]),
    "no contrasts, no receptors": ({"HC": 4, "PSP": 3}, [NO_CONTRAST, NO_RECEPTOR]),
    "nobody left": ({"HC": 2, "PSP": 2}, ["0 participants were analysed"]),
}


@pytest.mark.parametrize("kind", KINDS)
def test_it_ends_in_pages_that_say_so(snakemake, tmp_path, kind):
    sizes, sentences = KINDS[kind]
    study = MapStudy(tmp_path / "study", sizes)
    if NO_CONTRAST in sentences:
        study.config["contrasts"] = []
    if NO_RECEPTOR in sentences:
        study.no_receptors()
    if kind == "nobody left":
        for row in study.rows:
            row["exclude"] = "moved"
    run = snakemake("--configfile", study.write())
    assert run.returncode == 0, (run.stdout + run.stderr)[-5000:]
    results = tmp_path / "run/results"
    methods = (results / "paper/methods.md").read_text()
    page = re.sub(r"<[^>]*>", " ", (results / "report.html").read_text())
    for sentence in sentences:
        assert sentence in methods
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
    ],
)
def test_designs_are_refused_in_the_dry_run(snakemake, tmp_path, change, message):
    study = MapStudy(tmp_path / "study", {"HC": 3, "PSP": 3})
    study.config["statistics"] |= change
    run = snakemake("-n", "--configfile", study.write())
    assert run.returncode != 0
    assert message in run.stdout + run.stderr
    assert "Traceback" not in run.stdout + run.stderr
