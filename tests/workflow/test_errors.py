"""What a user sees when something is wrong: one message, what, where, what to do, no traceback."""

import re
import subprocess
import sys

import pytest
from map_study import MapStudy

from .conftest import AT_ONCE


def refused(run, *words: str) -> None:
    """Assert that a run stopped before any job, with a message that holds every word."""
    text = run.stdout + run.stderr
    assert run.returncode != 0, text
    assert "Traceback" not in text
    assert "Job stats" not in text
    for word in words:
        assert word in text, f"{word!r} not in:\n{text}"


def test_an_empty_table_says_how_to_begin(snakemake):
    refused(snakemake("-n"), "config/participants.tsv", "no participant")


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        (
            "smoothing",
            {"fwmh_mm": 8},
            ["unknown key `fwmh_mm`", "did you mean `fwhm_mm`?"],
        ),
        (
            "receptors",
            {"choose": {"MU": "MU_x"}},
            ["receptors.choose", "MU_x", "MU_carfentanil_hc39_turtonen"],
        ),
        ("participants", "gone.tsv", ["participants", "gone.tsv", "looked for"]),
        ("statistics", {"explicit_mask": "gone.nii"}, ["explicit_mask", "gone.nii"]),
    ],
)
def test_a_typo_in_the_config(snakemake, study, key, value, words):
    study.config[key] = value
    refused(snakemake("-n", "--configfile", study.write()), *words)


def test_wrong_rows_are_all_named_before_any_work(snakemake, study):
    study.add("sub-05", "HC", t1w="gone.nii.gz")
    study.add("sub-01", "HC")
    study.add("sub-07", "XX")
    study.add("sub-08", "HC", lesion=study.image("lesion.nii.gz", (4, 4, 5)))
    study.add("sub-09", "HC", t1w="sub-01_t1w.nii.gz", t2w="sub-01_t1w.nii.gz")
    (study.folder / "empty").mkdir()
    study.add("sub-10", "HC", t1w="empty", t2w="empty")
    refused(
        snakemake("--configfile", study.write()),
        "sub-05 (line 6 of",
        "no such file or folder",
        "more than one row",
        "group `XX`",
        "not on the grid of the T1w",
        "T1w again",
        "holds no file",
        "--keep-going",
    )


def test_with_keep_going_wrong_rows_are_left_out_and_listed(snakemake, study, tmp_path):
    study.add("sub-05", "HC", t1w="gone.nii.gz")
    study.add("sub-06", "PSP", exclude="motion")
    run = snakemake("exclusions", "--keep-going", "--configfile", study.write())
    assert run.returncode == 0, run.stderr
    lines = (tmp_path / "run/results/qc/exclusions.tsv").read_text().splitlines()
    assert lines[0].split("\t") == ["participant_id", "group", "stage", "reason"]
    listed = {line.split("\t")[0]: line for line in lines[1:]}
    assert set(listed) == {"sub-05", "sub-06"}
    assert "no such file" in listed["sub-05"]
    assert listed["sub-06"].endswith("motion")


def test_a_group_too_small_for_its_contrast(snakemake, study):
    study.rows.pop()
    refused(snakemake("-n", "--configfile", study.write()), "HC-PSP", "group PSP has 1")


def test_a_failing_participant_stops_alone(snakemake, study, tmp_path):
    """Images without a head fail at import; who failed is listed, and left out the next time."""
    study.add("sub-05", "HC")
    config = study.write()
    target = "results/bids/sub-05/anat/sub-05_T1w.nii.gz"
    run = snakemake(target, "--keep-going", "--configfile", config)
    assert run.returncode != 0
    assert "import_participant: sub-05" in run.stdout + run.stderr
    table = tmp_path / "run/results/qc/exclusions.tsv"
    (listed,) = table.read_text().splitlines()[1:]
    assert listed.split("\t")[:3] == ["sub-05", "HC", "import_participant"]

    going_on = snakemake("-nk", "--configfile", config)
    assert re.search(r"import_participant +4\b", going_on.stdout + going_on.stderr)
    # the list that the failed run left does not pass for the one of the run that went on
    listing = snakemake("results/qc/exclusions.tsv", "-k", "--configfile", config)
    assert re.search(r"exclusions +1\b", listing.stdout + listing.stderr)
    assert table.read_text().splitlines()[1:] == ["\t".join(listed.split("\t"))]
    trying_again = snakemake("-n", "--configfile", config)
    assert re.search(
        r"import_participant +5\b", trying_again.stdout + trying_again.stderr
    )


def test_a_space_in_the_path_of_repository_python_and_study_is_no_fault(
    repository, tmp_path
):
    maps = MapStudy(tmp_path / "my study", {"HC": 2, "PSP": 2})
    (tmp_path / "my python").symlink_to(sys.prefix)
    python = tmp_path / "my python/bin/python"
    run = subprocess.run(
        [
            *(python, "-m", "snakemake", "--cores", "2", *AT_ONCE),
            *("--configfile", maps.write()),
            *("--directory", tmp_path / "my study/run", "results/group/mask.nii.gz"),
        ],
        cwd=repository,
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    assert (tmp_path / "my study/run/results/group/mask.nii.gz").exists()
