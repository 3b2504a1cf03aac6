"""What every rule took, beside what it asks for: python resource_requests.py RUN [RUN ...].

RUN is the folder of a finished run (``--directory``). For every rule: how many jobs, the longest
run time, CPU time, the largest peak memory, the request of `rules/*.smk`, and their ratio. On a
cluster two Snakemakes wait beside the script; what they hold (SNAKEMAKE_MB) counts as part of the
peak. A request is right between the peak and 2.5 times the peak; ends with 1 where one is not.
Run it on a study of the default voxel size: the requests are meant for that, a coarse demo
takes less.
"""

import csv
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
SNAKEMAKE_MB = 280  # measured on SLURM: two processes of 135 MB, srun and slurmstepd
MOST = 2.5
MINUTE_S = 60


class Use(NamedTuple):
    """What the jobs of one rule took at most, and in all."""

    jobs: int
    longest_s: float
    cpu_s: float
    peak_mb: float


def requests() -> dict[str, tuple[int, int]]:
    """Return memory (MB) and time (minutes) that every rule asks for at first."""
    found = {}
    for path in sorted((ROOT / "rules").glob("*.smk")):
        for rule, block in re.findall(
            r"^rule (\w+):\n(.*?)(?=^\S|\Z)", path.read_text(), flags=re.M | re.S
        ):
            memory = re.search(r"mem_mb=memory\((\d+)\)", block)
            runtime = re.search(r"runtime=minutes\((\d+)\)", block)
            if memory and runtime:
                found[rule] = int(memory[1]), int(runtime[1])
    return found


def lines(benchmarks: Path, rule: str) -> Iterator[dict[str, str]]:
    """Yield the benchmark of every job of a rule."""
    for path in [benchmarks / f"{rule}.tsv", *benchmarks.glob(f"{rule}/*.tsv")]:
        if path.exists():
            with path.open(newline="") as file:
                yield from csv.DictReader(file, delimiter="\t")


def number(text: str) -> float:
    """Return a benchmark's value; a job too short to be measured counts as nothing."""
    return 0.0 if text in ("NA", "-", "") else float(text)


def use(runs: list[Path], rule: str) -> Use | None:
    """Return what a rule took over all runs; None where it never ran."""
    found = [line for run in runs for line in lines(run / "benchmarks", rule)]
    if not found:
        return None
    return Use(
        jobs=len(found),
        longest_s=max(number(line["s"]) for line in found),
        cpu_s=sum(number(line["cpu_time"]) for line in found),
        peak_mb=max(number(line["max_rss"]) for line in found) * 2**20 / 1e6,
    )


def verdict(used: Use, memory_mb: int, runtime_min: int) -> str:
    """Say what is wrong with a request; empty where nothing is."""
    peak = used.peak_mb + SNAKEMAKE_MB
    wrong = []
    if memory_mb < peak:
        wrong.append("memory too small")
    if memory_mb > MOST * peak:
        wrong.append("memory too large")
    if runtime_min * MINUTE_S < used.longest_s:
        wrong.append("time too short")
    return ", ".join(wrong)


def main(runs: list[Path]) -> bool:
    """Print the table; True where every request that could be measured is right."""
    sys.stdout.write(
        "rule\tjobs\tlongest_s\tcpu_s\tpeak_mb\tmem_mb\tratio\truntime\tverdict\n"
    )
    right = True
    for rule, (memory_mb, runtime_min) in requests().items():
        used = use(runs, rule)
        if used is None:
            sys.stdout.write(
                f"{rule}\t0\t\t\t\t{memory_mb}\t\t{runtime_min}\tnot run\n"
            )
            continue
        wrong = verdict(used, memory_mb, runtime_min)
        right = right and not wrong
        peak = used.peak_mb + SNAKEMAKE_MB
        sys.stdout.write(
            f"{rule}\t{used.jobs}\t{used.longest_s:.0f}\t{used.cpu_s:.0f}\t{peak:.0f}\t"
            f"{memory_mb}\t{memory_mb / peak:.2f}\t{runtime_min}\t{wrong or 'ok'}\n"
        )
    return right


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    sys.exit(not main([Path(name) for name in sys.argv[1:]]))
