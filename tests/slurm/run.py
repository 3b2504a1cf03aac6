"""Run the demo on SLURM and compare it with a laptop's: run.py REFERENCE [FOLDER] [--part].

REFERENCE is the folder of a finished demo (``make demo``: ``demo``); FOLDER (.slurm-test/demo) is
the run. SLURM is brought up for it and taken down again (cluster.py). Prints the number of SLURM
jobs; ends with 1 where a byte of ``results`` differs, and with 77 and the reason where SLURM
cannot be had. With ``--part`` only one patient, from the scanner on, and the group are made again.
"""

import argparse
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1])]

import cluster
import same_bytes
from part_of_demo import without_one_patient_and_the_group

ROOT = Path(__file__).resolve().parents[2]
PROFILE = ROOT / "config/profiles/slurm"

# A cluster without a database, and a user who does not want to wait for a test
OPTIONS = (
    *("--workflow-profile", str(PROFILE), "--latency-wait", "5"),
    *("--default-resources", "slurm_account=none", "mem_mb=1000", "runtime=10"),
    *("--slurm-status-command", "squeue"),
    *("--slurm-init-seconds-before-status-checks", "2"),
    *("--seconds-between-status-checks", "2"),
)


def command(folder: Path, *arguments: str) -> list[str]:
    """Return the command that runs Snakemake on SLURM in a folder."""
    start = [sys.executable, "-m", "snakemake", *arguments]
    return [*start, "--directory", str(folder), *OPTIONS]


def environment() -> dict[str, str]:
    return os.environ | {"PATH": cluster.path_without_sacct()}


def main(reference: Path, folder: Path, part: bool) -> bool:
    """Run the demo, or a part of it, and compare it; True if the same."""
    if part:
        without_one_patient_and_the_group(reference, folder)
    arguments = ("--configfile", "config/demo.yaml")
    subprocess.run(command(folder, *arguments), cwd=ROOT, env=environment(), check=True)
    states = Counter(job["JobState"] for job in cluster.jobs())
    sys.stdout.write(f"SLURM jobs: {states.total()} {dict(states)}\n")
    return states.total() > 0 and same_bytes.report(reference, folder)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("reference", type=Path)
    parser.add_argument(
        "folder", type=Path, nargs="?", default=ROOT / ".slurm-test/demo"
    )
    parser.add_argument("--part", action="store_true")
    chosen = parser.parse_args()
    if reason := cluster.why_not():
        sys.stdout.write(f"not run on SLURM: {reason}\n")
        sys.exit(cluster.SKIPPED)
    cluster.up()
    try:
        where = chosen.reference.resolve(), chosen.folder.resolve()
        same = main(*where, chosen.part)
    finally:
        cluster.down()
    sys.exit(not same)
