"""What the jobs of a study cost: time and memory by rule, from what Snakemake measured."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from rt1t2.errors import UserError
from rt1t2.tables import read_tsv

FOLDER = "benchmarks"
COLUMNS = ("rule", "jobs", "wall_s", "cpu_s", "longest_s", "memory_mb")
ALL = "all rules"


def costs_by_rule(paths: Iterable[str]) -> list[dict[str, Any]]:
    """Return one row a rule, the dearest first, and one for all of them.

    Parameters
    ----------
    paths
        ``benchmarks/<rule>.tsv`` or ``benchmarks/<rule>/….tsv``, as Snakemake writes them.

    Returns
    -------
    list of dict
        With the keys of :data:`COLUMNS`. ``wall_s``, ``cpu_s``: sums over the jobs;
        ``longest_s``: the longest job; ``memory_mb``: the largest resident memory of any. A
        value that Snakemake could not sample is left out of sum and maximum, and ``None`` if
        there is no other.

    Raises
    ------
    UserError
        Nothing has been measured.

    Notes
    -----
    A job that was tried again counts once, with its last attempt. Snakemake samples CPU time
    while the job runs: of a job of a second or two most is missed.
    """
    jobs: dict[str, list[dict[str, str]]] = {}
    for path in paths:
        jobs.setdefault(_rule_of(path), []).extend(read_tsv(path)[-1:])
    if not jobs:
        raise UserError(
            f"There is nothing in {FOLDER}/ yet. Run the study first; "
            "snakemake benchmark_table then says what it cost."
        )
    rows = [_costs(rule, measured) for rule, measured in jobs.items()]
    rows.sort(key=lambda row: (-(row["wall_s"] or 0), row["rule"]))
    return [*rows, _costs(ALL, [job for measured in jobs.values() for job in measured])]


def _rule_of(path: str) -> str:
    parts = Path(path).parts
    return Path(parts[parts.index(FOLDER) + 1]).stem


def _costs(rule: str, jobs: list[dict[str, str]]) -> dict[str, Any]:
    seconds = _numbers(jobs, "s")
    return {
        "rule": rule,
        "jobs": len(jobs),
        "wall_s": round(sum(seconds), 2) if seconds else None,
        "cpu_s": round(sum(cpu), 2) if (cpu := _numbers(jobs, "cpu_time")) else None,
        "longest_s": max(seconds, default=None),
        "memory_mb": max(_numbers(jobs, "max_rss"), default=None),
    }


def _numbers(jobs: list[dict[str, str]], column: str) -> list[float]:
    """Return the numbers of a column; Snakemake writes ``NA`` or ``-`` where it has none."""
    return [
        float(job[column]) for job in jobs if job.get(column, "-") not in {"-", "NA"}
    ]
