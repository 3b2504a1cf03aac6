"""Run rules' scripts one by one as the workflow does, each in a process of its own."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "scripts"), str(ROOT / "tests")]

from prepared_scan import files_in, prepare_steps

_RUN = """
import json, runpy, sys
sys.path.insert(0, "scripts")
main = runpy.run_path(f"scripts/{sys.argv[1]}.py")["main"]
main(**json.loads(sys.argv[2]))
with open("/proc/self/status") as status:
    (peak,) = [line.split()[1] for line in status if line.startswith("VmHWM")]
print(peak)
"""


class Cost(NamedTuple):
    """CPU seconds and peak memory (MB) of a step, imports included."""

    cpu_s: float
    peak_mb: float


class StepFailedError(RuntimeError):
    """A rule's script ended with an error; its last line is the message."""


def run_step(rule: str, **arguments: Any) -> Cost:
    """Call ``main`` of ``scripts/<rule>.py`` on one thread; what it raises ends the run."""
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-c", _RUN, rule, json.dumps(arguments)]
    with tempfile.TemporaryFile("w+") as errors:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        )
        printed = process.stdout.read()
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        errors.seek(0)
        told = errors.read().strip()
    print(told, end="\n" if told else "", file=sys.stderr)
    if process.returncode:
        raise StepFailedError(f"{rule}: {told.splitlines()[-1] if told else arguments}")
    # not ru_maxrss, which begins with the size of the process that started this one
    return Cost(used.ru_utime + used.ru_stime, int(printed.split()[-1]) / 1024)


def build_template(folder: Path, voxel_mm: float) -> dict[str, str]:
    """Run `build_template` once; return its files by name."""
    names = ("t1w", "brain", "gm", "wm", "head_t1w", "head_t2w", "head_classes")
    files = {name: str(folder / f"template_{name}.nii.gz") for name in names}
    if not all(Path(path).exists() for path in files.values()):
        folder.mkdir(parents=True, exist_ok=True)
        source = {"template": {"source": "nilearn"}, "voxel_mm": voxel_mm}
        run_step("build_template", files=[], code="", **files, **source)
    return files


def take_to_template(
    folder: Path,
    template: dict[str, str],
    name: str,
    *,
    voxel_mm: float,
    estimate_mm: float,
    seed: int = 1,
    from_step: str = "conform",
    until: str = "normalise",
    after: dict[str, Callable[[dict[str, str]], None]] | None = None,
) -> tuple[dict[str, str], dict[str, Cost]]:
    """Run the rules from `conform` to `reference_tissues`, and `normalise`.

    The folder holds native_T1w and native_T2w (``.nii.gz``) and, if a lesion was drawn,
    drawn_lesion. Steps before ``from_step`` are taken as done. ``after`` gives functions
    that change a rule's files, by name, before the next rule runs.

    Returns
    -------
    tuple
        Files by name, and what each step cost.
    """
    for image in ("native_T1w", "native_T2w"):
        sidecar = folder / f"{image}.json"
        if not sidecar.exists():
            sidecar.write_text("{}")
    way = {
        "affine": str(folder / "affine.txt"),
        "displacement": str(folder / "displacement.nii.gz"),
    }
    files = files_in(folder)
    steps = prepare_steps(
        folder, template, voxel_mm=voxel_mm, participant_id=name, seed=seed
    )
    maps = ("t1w", "brain", "gm", "wm", "csf", "lesion", "origin")
    steps["normalise"] = {
        "participant_id": name,
        "estimate_mm": estimate_mm,
        "code": "",
        **way,
        **{key: files[key] for key in maps},
        **{f"template_{key}": template[key] for key in ("t1w", "brain", "gm", "wm")},
        "head_classes": template["head_classes"],
    }
    first, last = (list(steps).index(rule) for rule in (from_step, until))
    costs = {}
    for rule, arguments in list(steps.items())[first : last + 1]:
        costs[rule] = run_step(rule, **arguments)
        if after and rule in after:
            after[rule](files)
    return files | way, costs
