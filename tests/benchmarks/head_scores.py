"""How near masks, tissues and normalisations come to the truth."""

import json
from pathlib import Path

import numpy as np
from scipy import ndimage

from rt1t2 import images
from rt1t2.geometry.displacement import from_itk, source_voxels
from rt1t2.geometry.transforms import apply, read_itk, translation
from rt1t2.registration.normalisation import dice
from rt1t2.simulate.phantom import Scan
from rt1t2.template.head_model import Head

RIM_MM = 10.0
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
        "edge p95": surface_p95_mm(mask, truth, size),
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


def in_scanner(files: dict[str, str], template: dict[str, str]) -> np.ndarray:
    """Return where every voxel of the template's brain lies, (3, n), scanner RAS mm."""
    field, grid = images.load(files["displacement"])
    brain, affine = images.load(template["brain"])
    to_scanner = translation(ac_of(files)) @ read_itk(files["affine"])
    identity = np.eye(4)  # points instead of voxels
    where = source_voxels(
        from_itk(field), grid, to_scanner, identity, affine, brain.shape
    )
    return where[:, brain > 0]


def ac_of(files: dict[str, str]) -> np.ndarray:
    """Return the anterior commissure that `conform` found, scanner RAS mm."""
    return np.array(json.loads(Path(files["origin"]).read_text())["ac_mm"])


def warp_scores(
    files: dict[str, str], template: dict[str, str], scan: Scan
) -> dict[str, float]:
    """Follow every voxel of the template's brain to the scan and back by the true way."""
    brain, affine = images.load(template["brain"])
    back = scan.warp.to_template(np.eye(4), in_scanner(files, template)).T
    error = np.linalg.norm(back - apply(affine, np.argwhere(brain > 0)), axis=1)
    return {"way mm": float(error.mean()), "way p95": float(np.percentile(error, 95))}


def lesion_shift_mm(
    healthy: dict[str, str],
    lesioned: dict[str, str],
    template: dict[str, str],
    scan: Scan,
) -> dict[str, float]:
    """Say how far a lesion moved the way to a head: near it, and more than 10 mm away.

    ``healthy`` and ``lesioned`` are the same head's files without and with the lesion.
    """
    here, there = (in_scanner(files, template) for files in (healthy, lesioned))
    shift = np.linalg.norm(there - here, axis=0)
    size = images.voxel_sizes_mm(scan.t1w_affine)
    distance = ndimage.distance_transform_edt(~scan.lesion, sampling=size)
    voxels = apply(np.linalg.inv(scan.t1w_affine), here.T).T
    away = ndimage.map_coordinates(distance, voxels, order=1, mode="nearest")
    return {
        "ml": float(scan.lesion.sum() * size.prod() / 1000),
        "moved far": float(shift[away > RIM_MM].mean()),
        "far p95": float(np.percentile(shift[away > RIM_MM], 95)),
        "rim": float(shift[(away > 0) & (away <= RIM_MM)].mean()),
        "inside": float(shift[away == 0].mean()),
    }


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
    scan: Scan, head: Head, files: dict[str, str]
) -> tuple[np.ndarray, dict[str, np.ndarray], np.ndarray]:
    """Return true brain, tissues and affine on the conformed grid."""
    mask, affine = images.load(files["brain"])
    part = head.fractions
    volumes = [head.brain.astype(np.float32)] + [
        sum(share * part[name] for name, share in parts.items()) * head.brain
        for parts in TISSUE_PARTS.values()
    ]
    brain, *tissues = scan.warp.sample(
        volumes, head.affine, translation(ac_of(files)) @ affine, mask.shape
    )
    return brain > 0.5, dict(zip(TISSUE_PARTS, tissues, strict=True)), affine
