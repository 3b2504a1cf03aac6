"""Run the demo with every rule in its own conda environment: python run.py REFERENCE [FOLDER].

REFERENCE is the folder of a finished demo (``make demo``: ``demo``). FOLDER (.conda-test) is where
a bare Snakemake, the environments and the run are kept. Snakemake appends its own packages to
every script's path, so it is installed without any science package. Conda is the stand-in of
stand_in.py, which says what this does not prove. Ends with 1 where a byte of ``results`` differs.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1])]

import lock
import same_bytes

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


def main(reference: Path, folder: Path) -> bool:
    """Run the demo in ``folder``/demo and compare it with the reference; True if the same."""
    demo = folder / "demo"
    options = ["--cores", "all", "--configfile", "config/demo.yaml"]
    snakemake(folder, *options, "--directory", str(demo))
    return same_bytes.report(reference, demo)


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    where = Path(sys.argv[2] if len(sys.argv) > 2 else ROOT / ".conda-test").resolve()
    sys.exit(not main(Path(sys.argv[1]).resolve(), where))
