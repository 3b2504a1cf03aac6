"""Run the demo with every rule in its own conda environment: run.py REFERENCE [FOLDER] [--part].

REFERENCE is the folder of a finished demo (``make demo``: ``demo``). FOLDER (.conda-test) is where
a bare Snakemake, the environments and the run are kept. Snakemake appends its own packages to
every script's path, so it is installed without any science package. Conda is the stand-in of
stand_in.py, which says what this does not prove. With ``--part`` only one patient, from the scanner
on, and the group are made again, on one core. Ends with 1 where a byte of ``results`` differs.
"""

import argparse
import os
import shutil
import subprocess
import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1])]

import lock
import same_bytes
from part_of_demo import without_one_patient_and_the_group

ROOT = lock.ROOT


def bare_runner(folder: Path) -> Path:
    """Return the python of an environment that holds Snakemake and what it needs, no more."""
    prefix = folder / "runner"
    stamp = prefix / "ready"
    if not stamp.exists() or stamp.stat().st_mtime < lock.LOCK.stat().st_mtime:
        shutil.rmtree(folder / "envs", ignore_errors=True)  # they follow the lock too
        pin = lock.locked()["snakemake"].split()[0]
        lock.create(prefix, [pin])
        stamp.touch()
    return prefix / "bin/python"


def snakemake(folder: Path, *arguments: str) -> None:
    """Run the workflow with ``--sdm conda`` through the stand-in, from the bare runner."""
    python = bare_runner(folder)
    install = (
        "import stand_in, sys, pathlib; stand_in.install(pathlib.Path(sys.argv[1]))"
    )
    here = Path(__file__).parent
    subprocess.run([python, "-c", install, folder / "conda"], cwd=here, check=True)
    path = f"{folder / 'conda/bin'}:{python.parent}:{os.environ['PATH']}"
    command = [python, "-m", "snakemake", *arguments]
    command += ["--sdm", "conda", "--conda-prefix", folder / "envs"]
    environment = os.environ | {"PATH": path, "PYTHONNOUSERSITE": "1"}
    environment.pop("PYTHONPATH", None)
    subprocess.run(command, cwd=ROOT, env=environment, check=True)


def main(reference: Path, folder: Path, part: bool) -> bool:
    """Run the demo, or a part of it, in ``folder`` and compare it; True if the same."""
    demo = folder / ("part" if part else "demo")
    options = ["--configfile", "config/demo.yaml", "--directory", str(demo)]
    if part:
        without_one_patient_and_the_group(reference, demo)
        # what is there was made without conda, and is not to be made again for that
        options += ["--cores", "1", "--rerun-triggers", "mtime"]
        # and each job alone with its declared inputs
        options += ["--snakefile", "tests/workflow/declared.smk", "all"]
    else:
        options += ["--cores", "all"]
    snakemake(folder, *options)
    return same_bytes.report(reference, demo)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("reference", type=Path)
    parser.add_argument("folder", type=Path, nargs="?", default=ROOT / ".conda-test")
    parser.add_argument("--part", action="store_true")
    chosen = parser.parse_args()
    where = chosen.reference.resolve(), chosen.folder.resolve()
    sys.exit(not main(*where, chosen.part))
