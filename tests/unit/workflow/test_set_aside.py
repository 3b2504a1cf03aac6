"""Results of those who left the study go out of the way, and come back with their owners."""

import re
from pathlib import Path

import pytest

from rt1t2.workflow.set_aside import OF_PARTICIPANTS, sort_results

OF_GROUPS = {"A-B": {"t", "hedges_g"}}
ROOT = Path(__file__).resolve().parents[3]

FILES = {
    name: f"{name} made it"
    for name in (
        "results/bids/sub-01/anat/sub-01_T1w.nii.gz",
        "results/derivatives/rt1t2/sub-01/anat/sub-01_T1wT2wratio.nii.gz",
        "results/qc/sub-01.html",
        "results/qc/series/sub-01.tsv",
        "results/qc/series/sub-02.tsv",
        "results/share/study/bids/sub-01/anat/sub-01_T1w.nii.gz",
        "results/share/defacing/sub-01.jpg",
        "results/group/A-B/t.nii.gz",
        "results/group/mask.nii.gz",
        "results/bids/participants.tsv",
    )
}


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Work in a run folder with results of two people and one contrast."""
    monkeypatch.chdir(tmp_path)
    for name, text in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path


def content(run):
    return {
        str(p.relative_to(run)): p.read_text() for p in run.rglob("*") if p.is_file()
    }


def test_all_of_those_who_belong_stays(run):
    assert sort_results({"sub-01", "sub-02"}, OF_GROUPS) == ""
    assert content(run) == FILES


def test_who_left_is_moved_with_everything_and_comes_back(run):
    said = sort_results({"sub-02"}, {})
    assert said.endswith("moved to set_aside/: A-B, sub-01.")
    kept = set(content(run / "results"))
    assert kept == {
        "qc/series/sub-02.tsv",
        "group/mask.nii.gz",
        "bids/participants.tsv",
    }
    assert not (run / "results/bids/sub-01").exists()
    assert not (run / "results/group/A-B").exists()

    assert sort_results({"sub-01", "sub-02"}, OF_GROUPS).endswith("again: A-B, sub-01.")
    assert content(run) == FILES


def test_what_was_made_again_in_the_meantime_is_newer_and_stays(run):
    sort_results({"sub-02"}, OF_GROUPS)
    (run / "results/qc/sub-01.html").write_text("new")
    sort_results({"sub-01", "sub-02"}, OF_GROUPS)
    assert content(run) == FILES | {"results/qc/sub-01.html": "new"}


def test_a_label_that_begins_like_anothers_is_not_the_same_person(run):
    (run / "results/qc/sub-011.html").write_text("x")
    sort_results({"sub-01", "sub-02"}, OF_GROUPS)
    assert "set_aside/qc/sub-011.html" in content(run)


def test_every_folder_of_participants_in_the_rules_is_known():
    rules = "".join(path.read_text() for path in (ROOT / "rules").glob("*.smk"))
    named = set(re.findall(r'"results/([\w/]+)/\{sub\}[/.]', rules))
    assert named
    assert named <= {*OF_PARTICIPANTS, "share/study/bids"}


def test_a_contrast_of_another_kind_than_before_loses_the_maps_of_that_kind(run):
    folder = run / "results/group/A-B"
    for name in ("hedges_g_low.json", "log10_bf10.nii.gz", "design.tsv"):
        (folder / name).write_text("of groups")
    everybody = {"sub-01", "sub-02"}
    assert sort_results(everybody, OF_GROUPS) == ""

    said = sort_results(everybody, {"A-B": {"F", "partial_eta2"}})
    assert said.endswith("moved to set_aside/: A-B.")
    kept = {path.name for path in folder.iterdir()}
    assert kept == {"log10_bf10.nii.gz", "design.tsv"}

    (folder / "F.nii.gz").write_text("of any group")
    sort_results(everybody, OF_GROUPS)
    kept |= {"t.nii.gz", "hedges_g_low.json"}
    assert {path.name for path in folder.iterdir()} == kept
    assert (run / "set_aside/group/A-B/F.nii.gz").exists()


MAP = {
    name: f"{name} made it"
    for name in (
        "results/bids/sub-01/fmap/sub-01_TB1map.nii.gz",
        "results/bids/sub-01/fmap/sub-01_TB1map.json",
        "results/derivatives/rt1t2/sub-01/fmap/sub-01_space-T1w_TB1map.nii.gz",
        "results/share/study/bids/sub-01/fmap/sub-01_TB1map.nii.gz",
        "results/share/defacing/sub-01_TB1map.jpg",
    )
}


def test_a_transmit_map_that_was_taken_out_goes_and_comes_back(run):
    for name, text in MAP.items():
        path = run / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    everybody, its = {"sub-01", "sub-02"}, {"sub-01_TB1map", "sub-01_space-T1w_TB1map"}
    assert sort_results(everybody, OF_GROUPS, its) == ""
    assert content(run) == FILES | MAP

    said = sort_results(everybody, OF_GROUPS)
    assert said.endswith("moved to set_aside/: sub-01 (transmit map).")
    assert content(run / "results").keys() == {
        p.removeprefix("results/") for p in FILES
    }
    assert not (run / "results/bids/sub-01/fmap").exists()
    assert sort_results(everybody, OF_GROUPS) == ""

    sort_results({"sub-02"}, OF_GROUPS)
    assert "results/qc/sub-01.html" not in content(run)
    sort_results(everybody, OF_GROUPS)
    assert content(run / "results").keys() == {
        p.removeprefix("results/") for p in FILES
    }

    assert sort_results(everybody, OF_GROUPS, its).startswith("Part of the study again")
    assert content(run) == FILES | MAP


def test_another_kind_of_map_takes_its_place(run):
    folder = run / "results/bids/sub-01/fmap"
    folder.mkdir()
    for name in ("sub-01_TB1map.json", "sub-01_acq-tr1_TB1AFI.json"):
        (folder / name).write_text("x")
    sort_results({"sub-01", "sub-02"}, OF_GROUPS, {"sub-01_TB1map"})
    assert [path.name for path in folder.iterdir()] == ["sub-01_TB1map.json"]
