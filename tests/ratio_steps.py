"""The steps from corrected images to the smoothed ratio, one after the other on a cube."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from made_landmarks import controls, record

from rt1t2 import images
from rt1t2.geometry.displacement import to_itk
from rt1t2.geometry.transforms import write_itk
from rt1t2.ratio.protocol_references import build_references
from rt1t2.records import save_json

SHAPE = (16, 16, 16)
AFFINE = np.diag([2.0, 2.0, 2.0, 1.0])
STEPS = {
    "calibrate": (
        *("t1w", "t2w", "brain", "landmarks", "reference"),
        *("calibrated_t1w", "calibrated_t2w", "curve"),
    ),
    "ratio_map": ("calibrated_t1w", "calibrated_t2w", "brain", "lesion", "ratio"),
    "to_template": (
        *("ratio", "t1w", "lesion", "affine", "displacement", "template_brain"),
        *("mni_ratio", "mni_lesion"),
    ),
    "smooth": ("mni_ratio", "template_brain", "smoothed"),
}
OUTPUTS = (
    *("calibrated_t1w", "calibrated_t2w", "ratio"),
    *("mni_ratio", "mni_lesion", "smoothed"),
)


def run_ratio_steps(
    script_main: Callable[[str], Callable[..., None]],
    folder: Path,
    method: str = "affine",
    edges: str = "normalised",
    formula: str = "t1w_over_t2w",
) -> tuple[dict[str, np.ndarray], dict[str, dict[str, Any]], dict[str, Any]]:
    """Run the scripts where everything lies where the template is.

    Returns
    -------
    images, sidecars, curve
        Images by the scripts' names, the sidecars of what the scripts write, and the record
        of the calibration.
    """
    rng = np.random.default_rng(0)
    t1w, t2w = rng.uniform(10, 40, SHAPE), rng.uniform(10, 40, SHAPE)
    t2w[:, :, :3] = np.nan
    brain, lesion = np.zeros((2, *SHAPE), bool)
    brain[2:14, 2:14, 2:14] = True
    lesion[6:9, 6:9, 6:9] = True
    volumes = {"t1w": t1w, "t2w": t2w, "brain": brain, "lesion": lesion}
    volumes |= {"template_brain": brain}
    paths = {n: str(folder / f"{n}.nii.gz") for n in (*volumes, *OUTPUTS)}
    for name, volume in volumes.items():
        images.save(volume, AFFINE, paths[name])
    others = ("landmarks.json", "reference.json", "curve.json", "affine.txt")
    paths |= {name.partition(".")[0]: str(folder / name) for name in others}
    paths["displacement"] = str(folder / "displacement.nii.gz")
    save_json(record("sub-01", (10.0, 8.0)), paths["landmarks"])
    save_json(build_references(controls(), {}), paths["reference"])
    write_itk(np.eye(4), paths["affine"])
    no_way = to_itk(np.zeros((8, 8, 8, 3), np.float32))
    grid = np.diag([4.0, 4.0, 4.0, 1.0])
    images.save(no_way, grid, paths["displacement"], intent="vector")

    params: dict[str, dict[str, Any]] = {
        "calibrate": {"participant_id": "sub-01", "entries": {}, "method": method},
        "ratio_map": {
            "participant_id": "sub-01",
            "method": method,
            "formula": formula,
        },
        "to_template": {"formula": formula},
        "smooth": {"fwhm_mm": 8.0, "edges": edges, "formula": formula},
    }
    for step, names in STEPS.items():
        files = {name: paths[name] for name in names}
        script_main(step)(**files, code="abc", **params[step])
    found = {name: images.load(paths[name])[0] for name in (*volumes, *OUTPUTS)}
    sidecars = {
        name: json.loads(images.sidecar(paths[name]).read_text()) for name in OUTPUTS
    }
    return found, sidecars, json.loads(Path(paths["curve"]).read_text())
