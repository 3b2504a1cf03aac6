"""Run rules' scripts one by one as the workflow does, each in a process of its own."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parents[2]

_RUN = """
import json, runpy, sys
sys.path.insert(0, "scripts")
main = runpy.run_path(f"scripts/{sys.argv[1]}.py")["main"]
main(**json.loads(sys.argv[2]))
"""


class Cost(NamedTuple):
    """CPU seconds and peak memory (MB) of a step, imports included."""

    cpu_s: float
    peak_mb: float


def run_step(rule: str, **arguments: Any) -> Cost:
    """Call ``main`` of ``scripts/<rule>.py`` on one thread; what it raises ends the run."""
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-c", _RUN, rule, json.dumps(arguments)]
    process = subprocess.Popen(command, cwd=ROOT, env=environment)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{rule} ended with {process.returncode}: {arguments}")
    return Cost(used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


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
    from_step: str = "prepare_participant",
) -> tuple[dict[str, str], dict[str, Cost]]:
    """Run `prepare_participant` and `normalise` on a folder's native images.

    The folder holds native_T1w and native_T2w (``.nii.gz``) and, if a lesion was drawn,
    drawn_lesion. Steps before ``from_step`` are taken as done.

    Returns
    -------
    tuple
        Files by name, and what each step cost.
    """

    def image(stem: str) -> str:
        return str(folder / f"{stem}.nii.gz")

    native = {"native_t1w": image("native_T1w"), "native_t2w": image("native_T2w")}
    for path in native.values():
        sidecar = Path(path.replace(".nii.gz", ".json"))
        if not sidecar.exists():
            sidecar.write_text("{}")
    drawn = image("drawn_lesion")
    placed = {"lesion": image("lesion"), "origin": str(folder / "origin.json")}
    maps = ("brain", "gm", "wm", "csf")
    written = ("t1w", "t2w", *maps, "head", "bias_fields")
    tissue = {key: image(f"{name}_{key}") for key in written}
    way = {
        "affine": str(folder / "affine.txt"),
        "displacement": image("displacement"),
    }
    head = ("head_t1w", "head_t2w", "head_classes")
    steps = {
        "prepare_participant": native
        | {key: template[key] for key in head}
        | {"drawn_lesion": drawn if Path(drawn).exists() else []}
        | placed
        | {"xfm": str(folder / "t2w.txt"), "participant_id": name}
        | {"ac_mm": None, "voxel_mm": voxel_mm}
        | tissue
        | {"landmarks": str(folder / "landmarks.json")}
        | {"bias_correction": "joint", "seed": seed},
        "normalise": {key: tissue[key] for key in ("t1w", *maps)}
        | placed
        | {f"template_{key}": template[key] for key in ("t1w", "brain", "gm", "wm")}
        | way
        | {"estimate_mm": estimate_mm},
    }
    first = list(steps).index(from_step)
    costs = {
        rule: run_step(rule, **arguments, code="")
        for rule, arguments in list(steps.items())[first:]
    }
    return tissue | placed | way, costs
