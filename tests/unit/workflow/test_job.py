"""A job: `main` gets the rule's names, and every failure leaves the trace it should."""

import json
import logging
import os
import subprocess
import sys
from types import SimpleNamespace

import pytest

from rt1t2.errors import UserError
from rt1t2.workflow import job


@pytest.fixture
def snakemake(tmp_path, monkeypatch):
    """Return what Snakemake gives the script of a participant's rule."""
    monkeypatch.chdir(tmp_path)
    root = logging.getLogger()
    before = root.handlers, logging.getLogger("rt1t2").level
    yield SimpleNamespace(
        input={"t1w": "a.nii.gz", "t1w_json": "a.json", "notes_json": "notes.json"},
        output={"mask": "mask.nii.gz"},
        params={"fwhm_mm": 8, "code": "c0de", "own_files": "a state"},
        log=["job.log"],
        wildcards={"sub": "sub-07"},
        rule="smooth",
    )
    for handler in root.handlers:
        handler.close()
    root.handlers = before[0]
    logging.getLogger("rt1t2").setLevel(before[1])
    logging.captureWarnings(False)


def test_a_record_names_no_path_of_the_user(snakemake, tmp_path):
    source = tmp_path / "DOE, JOHN"
    source.mkdir()
    (source / "DOE^JOHN_0001.dcm").touch()
    snakemake.input = {"t1w_source": str(source), "t2w_source": "/srv/DOE.zip"}

    def main(**_):
        raise UserError(f"sub-07: {source}/DOE^JOHN_0001.dcm and /srv/DOE.zip are cut")

    with pytest.raises(SystemExit, match="DOE"):
        job.run(main, snakemake)
    assert "DOE" in (tmp_path / "job.log").read_text()
    assert json.loads(record(tmp_path).read_text())["message"] == (
        "sub-07: a file of the T1w source and the T2w source are cut"
    )


def refuse(**_):
    raise UserError("sub-07: the mask is empty")


def record(tmp_path):
    return tmp_path / "results/qc/failures/sub-07.json"


def test_main_gets_all_names_but_those_of_sidecars_and_of_states(snakemake):
    got = {}
    job.run(lambda **names: got.update(names), snakemake)
    assert got == {
        "t1w": "a.nii.gz",
        "notes_json": "notes.json",  # no image stands beside it: a file of its own
        "mask": "mask.nii.gz",
        "fwhm_mm": 8,
        "code": "c0de",
    }


def test_what_is_logged_or_warned_of_goes_to_the_rules_log(snakemake, tmp_path):
    def main(**_):
        logging.getLogger("rt1t2").info("12 voxels")
        logging.getLogger("another package").warning("old header")

    job.run(main, snakemake)
    assert (tmp_path / "job.log").read_text() == (
        "INFO 12 voxels\nWARNING old header\nINFO finished\n"
    )


def test_a_users_mistake_is_one_message_and_a_record(snakemake, tmp_path):
    with pytest.raises(SystemExit) as end:
        job.run(refuse, snakemake)
    assert str(end.value) == "\nsmooth: sub-07: the mask is empty\n"
    assert json.loads(record(tmp_path).read_text()) == {
        "rule": "smooth",
        "message": "sub-07: the mask is empty",
        "code": "c0de",
    }
    assert (tmp_path / "job.log").read_text() == "ERROR sub-07: the mask is empty\n"


def test_a_rule_of_the_whole_cohort_leaves_no_record(snakemake, tmp_path):
    snakemake.wildcards = {"contrast": "HC-PSP"}
    with pytest.raises(SystemExit):
        job.run(refuse, snakemake)
    assert not (tmp_path / "results").exists()


@pytest.mark.parametrize(("rule", "kept"), [("smooth", False), ("normalise", True)])
def test_success_removes_the_record_of_its_own_rule(snakemake, tmp_path, rule, kept):
    record(tmp_path).parent.mkdir(parents=True)
    record(tmp_path).write_text(json.dumps({"rule": rule, "message": "no overlap"}))
    job.run(lambda **_: None, snakemake)
    assert record(tmp_path).exists() is kept


def test_a_crash_is_logged_with_its_traceback_and_passed_on(snakemake, tmp_path):
    def main(**_):
        raise ZeroDivisionError("a bug")

    with pytest.raises(ZeroDivisionError):
        job.run(main, snakemake)
    logged = (tmp_path / "job.log").read_text()
    assert logged.startswith("ERROR smooth failed\nTraceback")
    assert logged.endswith("ZeroDivisionError: a bug\n")
    assert json.loads(record(tmp_path).read_text()) == {
        "rule": "smooth",
        "message": "sub-07: an error of the workflow (ZeroDivisionError), not of the scans. "
        "Please report it with job.log.",
        "code": "c0de",
    }


def test_itk_has_one_thread_in_a_job():
    code = (
        "import rt1t2.workflow.job, SimpleITK as sitk;"
        "print(sitk.ProcessObject.GetGlobalDefaultNumberOfThreads())"
    )
    said = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert said.stdout.strip() == "1"


def full(*_, **__):
    raise OSError(28, "No space left on device", "/tmp/x")


@pytest.mark.parametrize(
    "raised", [full, lambda **_: (_ for _ in ()).throw(MemoryError())]
)
def test_a_fault_of_the_machine_is_one_message_and_marked(snakemake, tmp_path, raised):
    with pytest.raises(SystemExit) as end:
        job.run(raised, snakemake)
    assert "smooth: " in str(end.value)
    assert "Traceback" not in (tmp_path / "job.log").read_text()
    assert json.loads(record(tmp_path).read_text())["machine"] is True


def test_a_disk_too_full_for_the_record_still_ends_with_the_message(
    snakemake, monkeypatch
):
    monkeypatch.setattr("pathlib.Path.mkdir", full)
    with pytest.raises(SystemExit, match="disk is full"):
        job.run(full, snakemake)
