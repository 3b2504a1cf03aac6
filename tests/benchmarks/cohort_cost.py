"""What N participants cost, from a finished run: python cohort_cost.py RUN [N ...].

RUN is the folder of a finished run (``--directory``) at the voxel size that is asked about. The
CPU time and disk of a participant are its means; the cohort's rules are scaled with the number of
people. Cluster jobs follow from the ``group:`` of the rules, for a third of controls, with
Snakemake's own CPU time in each. The DAG is measured by a dry run up to 5,000 people; beyond, the
line is for one of as many batches of 1,000. N is 44 1000 10000 40000 unless given. Prints a
Markdown table.
"""

import sys
import tempfile
from math import ceil
from pathlib import Path

from dry_run import ROOT, dry_run, write_study
from resource_requests import SNAKEMAKE_MB, requests, use

SIZES = (44, 1000, 10000, 40000)
JOB_S = 5  # CPU seconds of the two Snakemakes in one cluster job, measured up to 1,000 people
COHORT_JOBS = (
    8  # template, calibration_reference, cohort, three contrasts, receptors, paper
)
CHUNK = 10  # group-components: control
LARGEST_DRY_RUN = 5000
BATCH = 1000
PARTICIPANT = (
    *("import_participant", "conform", "head_prior", "estimate_bias", "correct_bias"),
    *("segment", "reference_tissues", "normalise"),
    *("calibrate", "ratio_map", "to_template", "smooth", "qc_participant"),
)


def disk_mb(run: Path) -> float:
    """Return what a finished run keeps of one participant, on average."""
    folders = [p for p in (run / "results/derivatives/rt1t2").glob("sub-*")]
    names = [folder.name for folder in folders]
    kept = [
        path.stat().st_size
        for name in names
        for path in run.glob(f"results/**/{name}*")
        for path in ([path] if path.is_file() else [])
    ]
    return sum(kept) / len(names) / 1e6


def dag(n: int) -> tuple[float, float, int]:
    """Return CPU seconds and memory (MB) of building the DAG, and of how many batches."""
    batches = 1 if n <= LARGEST_DRY_RUN else ceil(n / BATCH)
    with tempfile.TemporaryDirectory() as name:
        study = Path(name)
        options = ["--configfile", write_study(study, n), "--directory", study]
        if batches > 1:
            options = ["preprocess", *options, "--batch", f"preprocess=1/{batches}"]
        seconds, megabytes = dry_run(ROOT, *options)
    return seconds, megabytes, batches


def main(run: Path, sizes: list[int]) -> None:
    """Print the table."""
    used = {rule: use([run], rule) for rule in requests()}
    used = {rule: each for rule, each in used.items() if each is not None}
    people = used["ratio_map"].jobs
    person_s = sum(used[r].cpu_s / used[r].jobs for r in PARTICIPANT)
    cohort_s = sum(
        u.cpu_s for r, u in used.items() if r not in PARTICIPANT and "simulate" not in r
    )
    peak_mb = max(u.peak_mb for r, u in used.items() if "simulate" not in r)
    each_mb = disk_mb(run)
    sys.stdout.write(
        f"From {run.name}: {people} people, {person_s:.0f} CPU s and {each_mb:.0f} MB each, "
        f"{cohort_s:.0f} CPU s for the cohort\n\n"
        "| participants | rule jobs | cluster jobs | CPU hours | peak memory of a job | disk kept "
        "| DAG |\n|---|---|---|---|---|---|---|\n"
    )
    for n in sizes:
        jobs = n + ceil(n / 3 / CHUNK) + COHORT_JOBS
        hours = (n * person_s + cohort_s * n / people + jobs * JOB_S) / 3600
        seconds, megabytes, batches = dag(n)
        note = f", each of {batches} batches" if batches > 1 else ""
        sys.stdout.write(
            f"| {n:,} | {len(PARTICIPANT) * n:,} | {jobs:,} | {hours:,.1f} | "
            f"{(peak_mb + SNAKEMAKE_MB) / 1e3:.1f} GB | {n * each_mb / 1e3:,.1f} GB | "
            f"{seconds:.0f} CPU s, {megabytes:.0f} MB{note} |\n"
        )


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    main(Path(sys.argv[1]), [int(n) for n in sys.argv[2:]] or list(SIZES))
