"""While a run works: one line in words per finished step, with a bar and the time that is left.

A handler of Snakemake's own log. On a terminal it takes the place of the blocks that Snakemake
writes of every job; where the screen is kept in a file, and in Snakemake's log, these stay.
Standard library only, for the Snakefile.
"""

import logging
import sys
import time
from collections.abc import Callable, Mapping
from typing import Any, TextIO

# What a reader calls the steps that take long; others have the name of their rule.
STEPS = {
    "import_participant": "scans imported",
    "import_transmit_map": "transmit map copied",
    "conform": "T1w and T2w on one grid",
    "head_prior": "tissue expected",
    "transmit_map": "transmit map placed",
    "estimate_bias": "bias field estimated",
    "correct_bias": "bias field removed",
    "segment": "brain and tissue",
    "reference_tissues": "reference tissues",
    "calibrate": "intensities calibrated",
    "ratio_map": "ratio map",
    "normalise": "way to the template",
    "to_template": "ratio in the template",
    "smooth": "ratio smoothed",
    "qc_participant": "quality page",
    "group_ttest": "groups compared",
    "group_clusters": "clusters",
    "group_permutation": "permutations",
    "group_error_rate": "error rate simulated",
    "receptor_correlations": "receptor correlations",
    "report": "report",
}
STEP_EVENTS = {"JOB_INFO", "JOB_FINISHED", "PROGRESS", "GROUP_INFO", "RESOURCES_INFO"}
SCHEDULER = ("Select jobs to execute", "Execute ")
WIDTH = 20
FIRST = 3  # steps before a time is told


def show_progress(logger: logging.Logger, terminal: bool) -> None:
    """Write a line per finished step to Snakemake's log, on a terminal instead of its own."""
    if terminal:
        for handler in logger.handlers:
            if type(handler) is logging.StreamHandler:
                handler.addFilter(_is_no_step)
    logger.addHandler(ProgressLines())


def _is_no_step(record: logging.LogRecord) -> bool:
    if _event(record) in STEP_EVENTS:
        return False
    return not str(record.msg).startswith(SCHEDULER)


def _event(record: logging.LogRecord) -> str:
    return str(getattr(getattr(record, "event", None), "name", ""))


class ProgressLines(logging.Handler):
    """Writes a line for every job that Snakemake's log says is finished.

    Parameters
    ----------
    stream
        Where the lines go.
    clock
        Seconds, rising.
    """

    def __init__(
        self, stream: TextIO | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        super().__init__(logging.INFO)
        self._stream, self._clock = stream, clock
        self._began: float | None = None
        self._jobs: dict[Any, str] = {}
        self._finished: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Take note of a job, or write what has finished."""
        event = _event(record)
        said = vars(record)
        if event == "JOB_INFO":
            if self._began is None:
                self._began = self._clock()
            self._jobs[said["jobid"]] = in_words(
                said["rule_name"], said["wildcards"] or {}
            )
        elif event == "JOB_FINISHED":
            self._finished.append(self._jobs.get(said["job_id"], "a step"))
        elif event == "PROGRESS":
            self._write(said["done"], said["total"])

    def _write(self, done: int, total: int) -> None:
        stream = self._stream or sys.stderr
        first = done - len(self._finished) + 1
        for number, words in enumerate(self._finished, start=first):
            left = self._left(number, total)
            stream.write(
                f"{bar(number, total)} {words} done ({number} of {total}{left})\n"
            )
        self._finished.clear()
        stream.flush()

    def _left(self, done: int, total: int) -> str:
        if self._began is None or done < FIRST or done >= total:
            return ""
        seconds = (self._clock() - self._began) / done * (total - done)
        return f", {duration(seconds)} left"


def in_words(rule: str, wildcards: Mapping[str, str]) -> str:
    """Return whose step it is, and which: ``sub-07: brain and tissue``."""
    step = STEPS.get(rule, rule.replace("_", " "))
    whose = " ".join(str(value) for value in wildcards.values())
    return f"{whose}: {step}" if whose else step


def bar(done: int, total: int) -> str:
    """Return how much is done as a bar."""
    filled = WIDTH * done // max(total, 1)
    return f"[{'#' * filled}{'.' * (WIDTH - filled)}]"


def duration(seconds: float) -> str:
    """Return a time as a person would say it."""
    minutes = seconds / 60
    if minutes < 1.5:
        return "about a minute"
    return f"about {minutes:.0f} min" if minutes < 90 else f"about {minutes / 60:.0f} h"
