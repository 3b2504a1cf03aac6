"""How near masks, tissues and normalisations come to the truth."""

import json
from pathlib import Path

import numpy as np
from scipy import ndimage

from rt1t2 import images
from rt1t2.displacement import from_itk, source_voxels
from rt1t2.normalisation import dice
from rt1t2.phantom import Scan
from rt1t2.transforms import apply, read_itk, translation

# Deep nuclei by their T1w level between grey (0.70) and white matter (1.0): thalamus 0.85
TISSUE_PARTS = {
    "GM": {"gm": 1.0, "striatum": 1.0, "thalamus": 0.5},
    "WM": {"wm": 1.0, "stem": 1.0, "pallidum": 1.0, "thalamus": 0.5},
    "CSF": {"csf": 1.0},
}


def surface_p95_mm(a: np.ndarray, b: np.ndarray, voxel_mm: np.ndarray) -> float:
    """Return the 95th percentile of the distances between two surfaces, both ways."""
    surfaces = [m & ~ndimage.binary_erosion(m, border_value=1) for m in (a, b)]
    to_other = [
        ndimage.distance_transform_edt(~surface, sampling=voxel_mm)[other]
        for surface, other in (surfaces, surfaces[::-1])
    ]
    return float(np.percentile(np.concatenate(to_other), 95))


def mask_scores(
    mask: np.ndarray, truth: np.ndarray, seen: np.ndarray, affine: np.ndarray
) -> dict[str, float]:
    """Compare a brain mask with the true one where that one is known (``seen``)."""
    size = images.voxel_sizes_mm(affine)
    mask, truth = mask & seen, truth & seen
    return {
        "brain": dice(mask, truth),
        "p95 mm": surface_p95_mm(mask, truth, size),
        "ml/true": float(mask.sum() / truth.sum()),
    }


def tissue_scores(
    files: dict[str, str], truth: dict[str, np.ndarray], scored: np.ndarray
) -> dict[str, float]:
    """Return the Dice of GM, WM and CSF (share > 0.5) in the voxels that are ``scored``."""
    found = {n: images.load(files[n.lower()])[0] for n in TISSUE_PARTS}
    return {
        name: dice((found[name] > 0.5) & scored, (truth[name] > 0.5) & scored)
        for name in TISSUE_PARTS
    }


def warp_scores(
    files: dict[str, str], template: dict[str, str], scan: Scan, ac_mm: np.ndarray
) -> dict[str, float]:
    """Follow every voxel of the template's brain to the scan and back by the true way."""
    field, grid = images.load(files["displacement"])
    brain, affine = images.load(template["brain"])
    brain = brain > 0
    identity = np.eye(4)  # of the scan's world: points instead of voxels
    points = source_voxels(
        from_itk(field), grid, read_itk(files["affine"]), identity, affine, brain.shape
    )[:, brain]
    back = scan.warp.to_template(translation(ac_mm).astype(np.float32), points).T
    error = np.linalg.norm(back - apply(affine, np.argwhere(brain)), axis=1)
    return {"mean mm": float(error.mean()), "p95 mm ": float(np.percentile(error, 95))}


def recorded_fit(displacement: str) -> dict[str, float]:
    """Return what `normalise` recorded of its own result."""
    record = json.loads(images.sidecar(displacement).read_text())
    names = {
        "T GM": "DiceGM",
        "T WM": "DiceWM",
        "folded": "FoldedVoxels",
        "J low": "JacobianP0_1",
        "J high": "JacobianP99_9",
    }
    return {short: record[name] for short, name in names.items()}


def true_maps(
    scan: Scan, head, ac_mm: np.ndarray, brain_path: str | Path
) -> tuple[np.ndarray, dict[str, np.ndarray], np.ndarray]:
    """Return true brain, tissues and affine on the conformed grid."""
    mask, affine = images.load(brain_path)
    part = head.fractions
    volumes = [head.brain.astype(np.float32)] + [
        sum(share * part[name] for name, share in parts.items()) * head.brain
        for parts in TISSUE_PARTS.values()
    ]
    brain, *tissues = scan.warp.sample(
        volumes, head.affine, translation(ac_mm) @ affine, mask.shape
    )
    return brain > 0.5, dict(zip(TISSUE_PARTS, tissues, strict=True)), affine
