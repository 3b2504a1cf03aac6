"""What a failed run says last: who is missing, at which step, why, and where the log is.

Read from the exclusions and from the jobs' own logs, so that a step that is nobody's in particular
and a job that was killed are named too. Standard library only, for the Snakefile.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from rt1t2.workflow.exclusions import excluded_people

FINISHED = "finished"  # the last line of the log of a job that came to its end
LOGS = Path("logs")
EXCLUSIONS = "results/qc/exclusions.tsv"
MOST_LINES = 30  # with what stands around them, a screen
WIDTH = 150  # of a sentence
OF_AN_IMAGE = re.compile(r"(sub-[A-Za-z0-9]+)_.+")
KILLED = "ended without a word: killed, or out of memory or time."


@dataclass(frozen=True)
class Unfinished:
    """Somebody, or a step of the whole cohort, that did not come to its end."""

    who: str
    step: str
    reason: str
    log: str = ""


def failed_jobs(since: float, logs: Path = LOGS) -> list[Unfinished]:
    """Return the jobs that did not come to their end, by their logs.

    Parameters
    ----------
    since
        When the run began, in seconds since 1970; older logs are of earlier runs.
    logs
        ``logs/<rule>/<participant or contrast>.log``, ``logs/<rule>/<participant>_<image>.log``
        or ``logs/<rule>.log``.
    """
    failures = []
    for path in sorted(logs.rglob("*.log")):
        if path.stat().st_mtime < since:
            continue
        lines = path.read_text(errors="replace").splitlines()
        if lines and lines[-1].endswith(f" {FINISHED}"):
            continue
        rule, *who = path.relative_to(logs).with_suffix("").parts
        if who and (image := OF_AN_IMAGE.fullmatch(who[0])):
            who = [image[1]]
        if rule == "slurm":  # the cluster's own
            continue
        failures.append(
            Unfinished("/".join(who) or "the cohort", rule, _said(lines), str(path))
        )
    return failures


def left_out(exclusions: Iterable[Mapping[str, str]]) -> list[Unfinished]:
    """Return who failed a check or a step, once each; not whom the table itself leaves out."""
    rows: dict[str, list[Mapping[str, str]]] = {}
    for row in exclusions:
        if row["stage"] != "table":
            rows.setdefault(row["participant_id"], []).append(row)
    failures = []
    for who, (first, *others) in sorted(rows.items()):
        log = LOGS / first["stage"] / f"{who}.log"
        more = f" (and {len(others)} more)" if others else ""
        reason = first["reason"].removeprefix(f"{who}: ")
        failures.append(
            Unfinished(
                *(who, first["stage"], first_sentence(reason) + more),
                "" if first["stage"] == "check" else str(log),
            )
        )
    return failures


def screen(
    exclusions: Sequence[Mapping[str, str]],
    jobs: Sequence[Unfinished],
    keep_going: bool,
) -> str:
    """Put who is missing and what failed on one screen.

    Parameters
    ----------
    exclusions
        Rows of ``exclusions.tsv``.
    jobs
        What :func:`failed_jobs` found.
    keep_going
        Whether the command said ``--keep-going``.
    """
    own = {(job.who, job.step): job.log for job in jobs}
    people = [
        replace(failure, log=own.get((failure.who, failure.step), failure.log))
        for failure in left_out(exclusions)
    ]
    known = {(failure.who, failure.step) for failure in people}
    others = [job for job in jobs if (job.who, job.step) not in known]
    if not people and not others:
        return ""
    shown = [*others, *people][:MOST_LINES]  # of the group there are few
    width = max(len(failure.who) for failure in shown)
    lines = [
        f"  {failure.who:<{width}}  {failure.step}: {failure.reason}"
        + (f" [{failure.log}]" if failure.log else "")
        for failure in shown
    ]
    if hidden := len(others) + len(people) - len(shown):
        lines.append(f"  ... and {hidden} more")
    counted = []
    if people:
        n = len(excluded_people(row for row in exclusions if row["stage"] != "table"))
        counted.append(f"{n} participant{'s' * (n > 1)} cannot be analysed as they are")
    if others:
        n = len(others)
        counted.append(f"{n} other step{'s' * (n > 1)} did not come to an end")
    advice = [f"Everybody who is missing, with the whole reason: {EXCLUSIONS}"]
    if people:
        advice.append(
            "The same command goes on without them, or correct them first."
            if keep_going
            else "Correct them, or give the same command with --keep-going to go on without."
        )
    return "\n".join(["", f"{'; '.join(counted).capitalize()}:", *lines, *advice, ""])


def first_sentence(text: str) -> str:
    """Return the first sentence of a message on one line, cut where it is long."""
    line = " ".join(text.split())
    # a sentence ends before a capital letter; `line 3 of the table: ` and `1.5 mm` do not
    sentence = re.split(r"(?<=[.!?])\s+(?=[A-Z])", line, maxsplit=1)[0]
    if len(sentence) <= WIDTH:
        return sentence
    return f"{sentence[: WIDTH - 1]}\N{HORIZONTAL ELLIPSIS}"


def _said(lines: Sequence[str]) -> str:
    """Return the error that a log tells, in a sentence; of a crash its kind."""
    errors = [n for n, line in enumerate(lines) if line.startswith("ERROR ")]
    if not errors:
        return KILLED
    if len(lines) > errors[-1] + 1 and lines[errors[-1] + 1].startswith("Traceback"):
        return f"an error of the workflow ({lines[-1].partition(':')[0]}); please report it."
    return first_sentence(lines[errors[-1]].removeprefix("ERROR "))
