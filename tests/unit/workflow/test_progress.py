import io
import logging
from types import SimpleNamespace

import pytest

from rt1t2.workflow.progress import (
    ProgressLines,
    bar,
    duration,
    in_words,
    show_progress,
)

JOB = {"jobid": 1, "rule_name": "report", "wildcards": {}}


def record(event, **said):
    made = logging.LogRecord("snakemake", logging.INFO, "", 0, None, (), None)
    vars(made).update(event=SimpleNamespace(name=event), **said)
    return made


def test_a_finished_step_is_one_line_with_whose_it_was_and_the_time_left():
    stream, now = io.StringIO(), [0.0]
    lines = ProgressLines(stream, lambda: now[0])
    for job, sub in enumerate(("sub-06", "sub-07")):
        lines.emit(
            record("JOB_INFO", jobid=job, rule_name="segment", wildcards={"sub": sub})
        )
    now[0] = 660.0
    lines.emit(record("JOB_FINISHED", job_id=1))
    lines.emit(record("PROGRESS", done=11, total=44))
    lines.emit(record("JOB_FINISHED", job_id=0))
    lines.emit(record("PROGRESS", done=44, total=44))
    assert stream.getvalue().splitlines() == [
        "[#####...............] sub-07: brain and tissue done (11 of 44, about 33 min left)",
        "[####################] sub-06: brain and tissue done (44 of 44)",
    ]


def test_steps_that_finish_together_are_counted_one_by_one():
    stream = io.StringIO()
    lines = ProgressLines(stream, lambda: 0.0)
    for job, rule in enumerate(("table_1", "report")):
        lines.emit(record("JOB_INFO", jobid=job, rule_name=rule, wildcards=None))
        lines.emit(record("JOB_FINISHED", job_id=job))
    lines.emit(record("PROGRESS", done=2, total=9))
    assert [line.split("] ")[1] for line in stream.getvalue().splitlines()] == [
        "table 1 done (1 of 9)",
        "report done (2 of 9)",
    ]


def test_other_messages_are_none_of_its_business():
    stream = io.StringIO()
    lines = ProgressLines(stream)
    lines.emit(logging.LogRecord("snakemake", logging.INFO, "", 0, "hello", (), None))
    assert stream.getvalue() == ""


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(20, "about a minute"), (600, "about 10 min"), (7200, "about 2 h")],
)
def test_times_in_words(seconds, words):
    assert duration(seconds) == words


def test_contrasts_and_empty_runs():
    assert in_words("group_ttest", {"contrast": "HC-PSP"}) == "HC-PSP: groups compared"
    assert bar(0, 0) == "[....................]"


@pytest.mark.parametrize("terminal", [False, True])
def test_on_a_terminal_the_lines_take_the_place_of_snakemakes_blocks(terminal, capsys):
    logger, own = logging.Logger("snakemake"), io.StringIO()
    logger.addHandler(logging.StreamHandler(own))
    show_progress(logger, terminal)
    logger.info("block", extra={"event": SimpleNamespace(name="JOB_INFO"), **JOB})
    logger.info("Select jobs to execute...")
    logger.info(
        "finished", extra={"event": SimpleNamespace(name="JOB_FINISHED"), "job_id": 1}
    )
    logger.info(
        "1 of 1",
        extra={"event": SimpleNamespace(name="PROGRESS"), "done": 1, "total": 1},
    )
    logger.error("it failed")
    assert own.getvalue().splitlines()[-1] == "it failed"
    assert ("block" in own.getvalue()) is not terminal
    assert "report done (1 of 1)" in capsys.readouterr().err
