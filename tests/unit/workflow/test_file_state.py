"""The state of a user's files: any change shows, and a move does not."""

import os
import shutil

import pytest

from rt1t2.workflow.file_state import name_from_here, newest_change, state_of


@pytest.fixture
def scans(tmp_path):
    """Return a folder with a file two folders down, and a link to another folder."""
    folder = tmp_path / "study/scans"
    (folder / "a/b").mkdir(parents=True)
    (tmp_path / "elsewhere").mkdir()
    for path in (folder / "a/b/1.dcm", tmp_path / "elsewhere/2.dcm"):
        path.write_bytes(b"1234")
        os.utime(path, (1000, 1000))
    (folder / "link").symlink_to(tmp_path / "elsewhere")
    return folder


def add(folder):
    (folder / "a/b/3.dcm").touch()
    os.utime(folder / "a/b/3.dcm", (500, 500))


def replace_by_an_older_one(folder):
    os.utime(folder / "a/b/1.dcm", (900, 900))


def grow(folder):
    (folder / "a/b/1.dcm").write_bytes(b"12345")
    os.utime(folder / "a/b/1.dcm", (1000, 1000))


def behind_the_link(folder):
    (folder / "link/2.dcm").unlink()


def rename(folder):
    (folder / "a/b/1.dcm").rename(folder / "a/b/9.dcm")


@pytest.mark.parametrize(
    "change", [add, replace_by_an_older_one, grow, behind_the_link, rename]
)
def test_every_change_in_a_folder_shows(scans, change):
    before = state_of([scans])
    assert state_of([scans]) == before
    change(scans)
    assert state_of([scans]) != before


def test_a_study_that_is_moved_has_not_changed(scans, tmp_path):
    before = state_of([scans, scans / "a/b/1.dcm"])
    (tmp_path / "study").rename(tmp_path / "moved")
    moved = tmp_path / "moved/scans"
    assert state_of([moved, moved / "a/b/1.dcm"]) == before
    shutil.copytree(tmp_path / "moved", tmp_path / "copied", symlinks=True)
    copied = tmp_path / "copied/scans"
    assert state_of([copied, copied / "a/b/1.dcm"]) == before


def test_a_file_that_comes_or_goes_shows_and_nothing_is_empty(tmp_path):
    absent = state_of([tmp_path / "mask.nii"])
    (tmp_path / "mask.nii").touch()
    assert state_of([tmp_path / "mask.nii"]) != absent
    assert state_of([]) == ""


def test_a_circle_of_links_ends(scans):
    (scans / "a/back").symlink_to(scans)
    assert state_of([scans])
    assert newest_change([scans]) > 0


def test_a_copy_with_an_old_date_was_still_touched_now(scans):
    before = newest_change([scans / "a/b/1.dcm"])
    os.utime(scans / "a/b/1.dcm", (1, 1))
    assert newest_change([scans]) >= before > 1000
    assert newest_change([scans / "nothing"]) == 0


def test_what_lies_in_the_study_is_named_from_its_run_and_all_else_in_full(
    tmp_path, monkeypatch
):
    scan, run = tmp_path / "study/scans/01", tmp_path / "study/run"
    run.mkdir(parents=True)
    monkeypatch.chdir(run)
    assert name_from_here(scan, tmp_path / "study") == "../scans/01"
    assert name_from_here("/data/01", tmp_path / "study") == "/data/01"
    monkeypatch.chdir(tmp_path)
    assert name_from_here(scan, tmp_path / "study") == str(scan)
