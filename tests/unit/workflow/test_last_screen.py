"""One screen at the end of a failed run names everybody, and every step that failed."""

import os

import pytest

from rt1t2.workflow.last_screen import failed_jobs, first_sentence, left_out, screen

CRASH = "INFO a\nERROR x failed\nTraceback (most recent call last):\n  ...\nKeyError: 'DOE'\n"
LOGS = {
    "import_participant/sub-01.log": "INFO a\nERROR sub-01: no T2w. Name it.\n",
    "smooth/sub-02.log": "INFO 5 voxels\nINFO finished\n",
    "smooth/sub-03.log": CRASH,
    "smooth/sub-04.log": "INFO killed\n",
    "smooth/sub-05.log": "",
    "group_mask.log": "ERROR no voxel is left. Look at it.\n",
    "group_ttest/HC-PSP.log": CRASH,
    "slurm/rule_x/7.log": "an error",
}


@pytest.fixture
def logs(tmp_path):
    for name, text in LOGS.items():
        path = tmp_path / "logs" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path / "logs"


def test_jobs_that_did_not_end_are_found_by_their_logs(logs):
    found = {(job.who, job.step): job.reason for job in failed_jobs(0, logs)}
    crash = "an error of the workflow (KeyError); please report it."
    killed = "ended without a word: killed, or out of memory or time."
    assert found == {
        ("sub-01", "import_participant"): "sub-01: no T2w.",
        ("sub-03", "smooth"): crash,
        ("sub-04", "smooth"): killed,
        ("sub-05", "smooth"): killed,
        ("the cohort", "group_mask"): "no voxel is left.",
        ("HC-PSP", "group_ttest"): crash,
    }


def test_logs_of_earlier_runs_do_not_count(logs):
    for path in logs.rglob("*.log"):
        os.utime(path, (1000, 1000))
    assert failed_jobs(1001, logs) == []
    assert failed_jobs(1, logs.parent / "absent") == []


def row(who, stage, reason):
    return {"participant_id": who, "group": "HC", "stage": stage, "reason": reason}


def test_everybody_is_named_once_and_not_whom_the_table_leaves_out():
    rows = [
        row("sub-02", "smooth", "sub-02: one. Two."),
        row("sub-01", "check", "bad age. Correct it."),
        row("sub-01", "check", "bad sex. Correct it."),
        row("sub-03", "table", "moved"),
    ]
    first, second = left_out(rows)
    assert (first.who, first.reason, first.log) == (
        "sub-01", "bad age. (and 1 more)", "",
    )  # fmt: skip
    assert (second.reason, second.log) == ("one.", "logs/smooth/sub-02.log")
    text = screen(rows, [], keep_going=False)
    assert "2 participants cannot be analysed" in text
    assert "--keep-going" in text
    assert "results/qc/exclusions.tsv" in text


def test_a_screen_holds_twenty_people_and_the_groups_steps_once(logs):
    rows = [
        row(f"sub-{n:02d}", "import_participant", "word " * 99) for n in range(1, 21)
    ]
    text = screen(rows, failed_jobs(0, logs), keep_going=True)
    assert len(text.splitlines()) <= 40
    for n in range(1, 21):
        assert text.count(f"  sub-{n:02d}  ") == 1 + (n in (3, 4, 5))
    for name in ("HC-PSP", "group_mask", "5 other steps did not come to an end"):
        assert name in text
    assert "--keep-going" not in text
    assert "goes on without them" in text


def test_a_thousand_people_are_counted_where_they_do_not_fit():
    rows = [row(f"sub-{n}", "smooth", "no head.") for n in range(1000)]
    lines = screen(rows, [], keep_going=True).splitlines()
    assert len(lines) <= 40
    assert any(line.endswith("... and 970 more") for line in lines)
    assert any("1000 participants" in line for line in lines)


def test_nothing_failed_is_nothing_to_say():
    assert screen([row("sub-03", "table", "moved")], [], keep_going=True) == ""


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("no head. Look at it.", "no head."),
        (
            "covers 61.5 % of it (e.g. here). Mend it",
            "covers 61.5 % of it (e.g. here).",
        ),
        ("two\nlines", "two lines"),
        ("x" * 200, "x" * 149 + "\N{HORIZONTAL ELLIPSIS}"),
    ],
)
def test_a_message_is_told_by_its_first_sentence(text, sentence):
    assert first_sentence(text) == sentence


def test_the_log_of_one_of_several_images_is_named(tmp_path):
    folder = tmp_path / "logs/import_transmit_map"
    folder.mkdir(parents=True)
    (folder / "sub-01_acq-tr1_TB1AFI.log").write_text("INFO finished\n")
    (folder / "sub-01_acq-tr2_TB1AFI.log").write_text("ERROR sub-01: damaged.\n")
    (job,) = failed_jobs(0, tmp_path / "logs")
    assert job.who == "sub-01"
    rows = [row("sub-01", "import_transmit_map", "sub-01: damaged.")]
    text = screen(rows, [job], keep_going=False)
    assert text.count("damaged") == 1
    assert f"[{folder}/sub-01_acq-tr2_TB1AFI.log]" in text
