"""Failures of an earlier run: what counts, what is tried again, and records that are not whole."""

import json
import os
import time
from dataclasses import replace

import pytest

from rt1t2.workflow.cohort import Cohort, Participant, Problem
from rt1t2.workflow.failure_records import (
    Failure,
    outdated_failures,
    read_failure,
    recorded_failures,
    write_failure,
)

CODE = "c0de"
FAR_S = 4_000_000_000  # a record from the future is younger than every file


@pytest.fixture
def study(tmp_path):
    """Return a cohort of one, whose T1w is a folder."""
    (tmp_path / "dicom/deep").mkdir(parents=True)
    (tmp_path / "dicom/deep/1.dcm").touch()
    (tmp_path / "p.tsv").touch()
    row = {"participant_id": "sub-01", "group": "HC"}
    person = Participant("sub-01", "HC", row, t1w=str(tmp_path / "dicom"), t2w="gone")
    return Cohort({"sub-01": person}, control_group="HC")


def record_of(tmp_path, name="sub-01", **changes):
    path = tmp_path / f"failures/{name}.json"
    about = {"rule": "normalise", "message": "no head", "code": CODE} | changes
    write_failure(path, Failure(**about))
    return path


def outdated(tmp_path, study):
    own = (tmp_path / "p.tsv",)
    return outdated_failures(study, lambda _: CODE, own, tmp_path / "failures")


def test_a_failure_counts_while_nothing_has_changed(tmp_path, study):
    record = record_of(tmp_path)
    os.utime(record, (FAR_S, FAR_S))
    assert outdated(tmp_path, study) == []
    (failure,) = recorded_failures(study, tmp_path / "failures")
    assert failure == Problem("sub-01", "HC", "no head", "normalise")


@pytest.mark.parametrize(
    "changes",
    [{"code": "older"}, {"machine": True}, {"name": "sub-99"}],
    ids=["other code", "the machine's fault", "nobody of the study"],
)
def test_a_record_that_says_nothing_about_the_next_run_is_outdated(
    tmp_path, study, changes
):
    record = record_of(tmp_path, **changes)
    os.utime(record, (FAR_S, FAR_S))
    assert outdated(tmp_path, study) == [record]


def test_a_machines_fault_leaves_nobody_out(tmp_path, study):
    record_of(tmp_path, machine=True)
    assert recorded_failures(study, tmp_path / "failures") == []


@pytest.mark.parametrize("changed", ["p.tsv", "dicom/deep/1.dcm", "dicom/deep/2.dcm"])
def test_a_file_changed_since_makes_it_outdated_also_with_an_old_date(
    tmp_path, study, changed
):
    record = record_of(tmp_path)
    os.utime(record, (1000, 1000))
    (tmp_path / changed).touch()
    os.utime(tmp_path / changed, (500, 500))
    assert outdated(tmp_path, study) == [record]


@pytest.mark.parametrize("content", ["", '{"rule"', "[]", "null", '{"rule": "x"}'])
def test_a_record_that_is_not_whole_counts_for_nothing(tmp_path, study, content):
    record = record_of(tmp_path)
    record.write_text(content)
    assert read_failure(record) is None
    assert recorded_failures(study, tmp_path / "failures") == []
    assert outdated(tmp_path, study) == [record]


def test_a_record_is_written_whole_or_not_at_all(tmp_path, monkeypatch):
    record = record_of(tmp_path)
    before = record.read_text()

    def full(self, *_):
        self.touch()
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pathlib.Path.write_text", full)
    with pytest.raises(OSError, match="No space"):
        record_of(tmp_path, message="another")
    assert record.read_text() == before
    assert json.loads(before)["message"] == "no head"
    assert list(record.parent.iterdir()) == [record]


@pytest.mark.parametrize(
    "name", ["b1.nii.gz", "b1.json", "t2w.json"], ids=["map", "its sidecar", "T2w's"]
)
def test_a_changed_map_or_sidecar_is_a_reason_to_try_again(tmp_path, study, name):
    for each in ("b1.nii.gz", "b1.json", "t2w.nii.gz", "t2w.json"):
        (tmp_path / each).touch()
    images = {key: str(tmp_path / f"{key}.nii.gz") for key in ("b1", "t2w")}
    study.participants["sub-01"] = replace(study["sub-01"], **images)
    record = record_of(tmp_path)
    recorded_s = record.stat().st_mtime
    os.utime(record, (recorded_s + 0.05,) * 2)
    assert outdated(tmp_path, study) == []
    time.sleep(0.1)
    (tmp_path / name).write_text("{}")
    assert outdated(tmp_path, study) == [record]
