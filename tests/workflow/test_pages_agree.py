"""Everything that report, tables and methods claim is what the files beside them hold.

The demo (scans, an effect), finished maps with an effect and a group that is in no contrast, and
finished maps without an effect; somebody is left out in each.
"""

import re
import shutil

import page_claims
import pytest
from map_study import MapStudy

STUDIES = {
    "effect, and a group in no contrast": ({"HC": 6, "PSP": 5, "MS": 3}, 1.0),
    "no effect": ({"HC": 5, "PSP": 4}, 0.0),
}


@pytest.fixture(scope="session", params=STUDIES)
def finished(request, run_in, tmp_path_factory):
    """Return the results of a study of finished maps."""
    sizes, effect = STUDIES[request.param]
    folder = tmp_path_factory.mktemp("agree")
    study = MapStudy(folder / "study", sizes, effect=effect)
    study.config["contrasts"] = [
        {"name": "PSP-HC", "plus": "PSP", "minus": "HC"},
        {"name": "HC-PSP", "plus": "HC", "minus": "PSP"},
    ]
    # of 19 relabellings the smallest p would be .05 itself
    study.config["statistics"]["permutations"] = 39
    study.rows[-1]["exclude"] = "moved"
    run = run_in(folder / "run", "report", "--configfile", study.write())
    assert run.returncode == 0, (run.stdout + run.stderr)[-5000:]
    results = folder / "run/results"
    found = page_claims.rows_of(results / "group/PSP-HC/clusters.tsv")
    if effect:
        assert float(found[0][page_claims.PRIMARY]) < page_claims.ALPHA
    return results


def test_studies_of_finished_maps_claim_what_their_files_hold(finished):
    page_claims.check_all(finished)


def test_the_report_alone_has_all_that_it_links_to(finished):
    links = re.findall(r'href="([^"#:]+)"', (finished / "report.html").read_text())
    assert "viewer.html" in links
    assert [link for link in links if not (finished / link).exists()] == []


def test_the_demo_claims_what_its_files_hold(demo):
    page_claims.check_all(demo / "results")


@pytest.mark.parametrize(
    ("file", "true", "false"),
    [
        ("report.html", r"(\d) cluster, found", "9 clusters, found"),
        ("report.html", r"\d+ analysed:", "99 analysed:"),
        ("report.html", r"p\(FWE\) = 0\.\d+\)", "p(FWE) = 0.987)"),
        ("report.html", r"It has [\d.]+ ml", "It has 99.9 ml"),
        ("paper/table_3.tsv", r"\t0\.\d{4}\n", "\t0.0001*\n"),
        (
            "paper/methods.md",
            r"\d+ participants were analysed",
            "99 participants were analysed",
        ),
    ],
)
def test_a_false_claim_is_found(demo, tmp_path, file, true, false):
    """Without this, a check that looks at nothing would pass too."""
    results = tmp_path / "results"
    for part in ("group", "receptors", "demographics", "paper", "qc"):
        shutil.copytree(
            demo / "results" / part,
            results / part,
            ignore=shutil.ignore_patterns(
                "*.nii.gz", "*.png", "*.svg", "sub-*", "summaries"
            ),
        )
    shutil.copy(demo / "results/report.html", results)
    path = results / file
    text, n = re.subn(true, false, path.read_text(), count=1)
    assert n == 1
    path.write_text(text)
    with pytest.raises(AssertionError):
        page_claims.check_all(results)
