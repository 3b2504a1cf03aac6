"""What an earlier run left: kept if it is as its step left it, else made again."""

import base64
import gzip
import json
import os
import time
from pathlib import Path

import pytest

from rt1t2.workflow import earlier_run
from rt1t2.workflow.earlier_run import (
    KEPT_COPIES,
    ended_in_order,
    find_disorder,
    put_in_order,
)

ANAT = "results/derivatives/rt1t2/sub-01/anat/sub-01_"
MASK, MASK_JSON = f"{ANAT}desc-brain_mask.nii.gz", f"{ANAT}desc-brain_mask.json"
RATIO, TABLE, PAGE = f"{ANAT}T1wT2wratio.nii.gz", "results/t.tsv", "results/page.html"
OTHER = "results/other.tsv"
# step: its files, what it reads
STEPS = {
    "segment": ([MASK, MASK_JSON], ["simulation/1.dcm"]),
    "ratio_map": ([RATIO], [MASK]),
    "table": ([TABLE], [RATIO, OTHER]),
    "report": ([PAGE], [TABLE]),
    "other": ([OTHER], []),
}
EVERYTHING = {path for files, _ in STEPS.values() for path in files}
FOLDER = ".snakemake"


def record(kind, path):
    coded = base64.urlsafe_b64encode(path.encode()).decode()
    parts = [coded[i : i + 254] for i in range(0, len(coded), 254)]
    folders = [f"@{part}" for part in parts[:-1]]
    return Path(FOLDER, kind, *folders, parts[-1])


def remember(path, rule, inputs, job=7, **changes):
    about = {"rule": rule, "log": [f"logs/{rule}.log"], "input": inputs}
    about |= {"job_hash": job, "endtime": Path(path).stat().st_mtime} | changes
    record("metadata", path).parent.mkdir(parents=True, exist_ok=True)
    record("metadata", path).write_text(json.dumps(about))


@pytest.fixture(autouse=True)
def run(tmp_path, monkeypatch):
    """Work in the folder of a run that has ended; return the folder of its records."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / FOLDER / "incomplete").mkdir(parents=True)
    for rule, (files, inputs) in STEPS.items():
        for path in files:
            write(path)
            remember(path, rule, inputs)
    return tmp_path / FOLDER


def write(path, text=b"as it was made", days_ago=1.0):
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    Path(path).write_bytes(gzip.compress(text) if path.endswith(".gz") else text)
    date = time.time() - 86_400 * days_ago
    os.utime(path, (date, date))


def left_after(run):
    found = find_disorder(run)
    put_in_order(run, found)
    assert find_disorder(run).remove == [], "once is enough"
    return {path for path in EVERYTHING if Path(path).exists()}, found


def test_what_is_as_it_was_made_stays(run):
    left, found = left_after(run)
    assert left == EVERYTHING
    assert found.in_words() == ""


@pytest.mark.parametrize(
    "damage",
    [
        lambda path: Path(path).unlink(),
        lambda path: write(path, days_ago=-1),  # the clock was ahead
        lambda path: Path(path).write_text(""),
        lambda path: write(path, days_ago=0.5),
    ],
    ids=["deleted", "in the future", "emptied", "changed"],
)
def test_a_table_that_is_not_as_it_was_made_goes_with_all_that_was_made_from_it(
    run, damage
):
    damage(OTHER)
    left, found = left_after(run)
    assert left == EVERYTHING - {OTHER, TABLE, PAGE}
    assert "made again" in found.in_words()


def test_a_file_that_has_gone_takes_its_steps_other_files_along(run):
    Path(MASK_JSON).unlink()
    left, _ = left_after(run)
    assert left == {OTHER}


def test_an_image_replaced_by_hand_stays_and_a_damaged_one_does_not(run):
    write(MASK, b"drawn better", days_ago=0.5)
    assert left_after(run)[0] == EVERYTHING
    Path(MASK).write_bytes(Path(MASK).read_bytes()[:12])
    left, found = left_after(run)
    assert left == {OTHER}
    assert found.keep_copies == []


def test_a_file_replaced_by_hand_is_kept_elsewhere_when_its_step_runs_again(run):
    write(MASK, b"drawn better", days_ago=0.5)
    Path(MASK_JSON).unlink()
    left, found = left_after(run)
    assert left == {OTHER}
    assert f"kept in {KEPT_COPIES}/" in found.in_words()
    assert gzip.open(KEPT_COPIES / MASK).read() == b"drawn better"


def test_what_was_not_finished_goes(run):
    record("incomplete", RATIO).parent.mkdir(parents=True, exist_ok=True)
    record("incomplete", RATIO).touch()
    left, _ = left_after(run)
    assert left == {MASK, MASK_JSON, OTHER}
    assert list((run / "incomplete").iterdir()) == []


def test_what_an_older_version_of_a_step_made_does_not_break_it_and_is_removed(run):
    write("results/old.json", days_ago=9)
    remember("results/old.json", "table", [], job=3)
    assert left_after(run)[0] == EVERYTHING
    assert not Path("results/old.json").exists()
    assert find_disorder(run).in_words() == ""


def test_scans_that_were_simulated_or_moved_away_are_not_missed(run):
    assert not Path("simulation/1.dcm").exists()
    assert left_after(run)[0] == EVERYTHING


def test_after_a_good_end_only_what_was_touched_since_is_looked_for(run, monkeypatch):
    ended_in_order(run)
    monkeypatch.setattr(earlier_run, "made_files", lambda _: pytest.fail("not needed"))
    assert find_disorder(run).in_words() == ""
    monkeypatch.undo()
    os.chdir(run.parent)
    time.sleep(0.02)
    Path(OTHER).unlink()
    assert find_disorder(run).counts["deleted"] == 0, "its step made nothing else"
    assert set(find_disorder(run).remove) == {TABLE, PAGE}
