"""A simulated T1w/T2w pair on one grid with its true tissues and near-perfect head priors."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy import ndimage

from rt1t2 import images
from rt1t2.geometry.volume import Volume
from rt1t2.simulate.phantom import simulate_scan
from rt1t2.template.brain_and_head import class_maps
from rt1t2.template.head_classes import HEAD_CLASSES
from rt1t2.template.head_model import Head


@dataclass(frozen=True)
class Pair:
    t1w: Volume
    t2w: Volume  # NaN outside its field of view
    lesion: np.ndarray
    prior: Volume  # true classes, smoothed 3 mm
    brain: np.ndarray
    tissue: dict[str, np.ndarray]  # true fractions
    truth_ratio: np.ndarray
    bias_t1w: np.ndarray


_made: dict[str, Pair] = {}


def simulated_pair(head: Head, seed: int, **options) -> Pair:
    """Return a 3 mm pair; made once in a test run, so leave its arrays as they are."""
    key = f"{seed} {sorted(options.items())}"
    if key not in _made:
        _made[key] = _simulate(head, seed, **options)
    return _made[key]


def save_pair(pair: Pair, folder: Path) -> dict[str, str]:
    """Write a pair with its priors; return the files by name."""
    lesion = pair.t1w.like(pair.lesion)
    volumes = {"t1w": pair.t1w, "t2w": pair.t2w, "prior": pair.prior, "lesion": lesion}
    for name, volume in volumes.items():
        images.save(volume.data, volume.affine, folder / f"{name}.nii.gz")
    return {name: str(folder / f"{name}.nii.gz") for name in volumes}


def dice(a: np.ndarray, b: np.ndarray) -> float:
    return float(2 * (a & b).sum() / (a.sum() + b.sum()))


def _simulate(head: Head, seed: int, **options) -> Pair:
    scan = simulate_scan(
        head, seed, t1w_voxel_mm=3.0, t2w_voxel_mm=(2.0, 2.0, 4.0), **options
    )
    t1w = Volume(scan.t1w, scan.t1w_affine)
    t2w = Volume(scan.t2w, scan.t2w_affine).on(t1w, scan.t2w_to_t1w, outside=np.nan)
    classes = class_maps(head)
    smooth = ndimage.gaussian_filter(classes, (*[3 / head.voxel_mm] * 3, 0))
    priors = np.stack([scan.sample(smooth[..., k]) for k in range(11)], axis=-1)
    priors[..., HEAD_CLASSES.index("air")] += np.maximum(1 - priors.sum(axis=-1), 0)
    priors /= priors.sum(axis=-1, keepdims=True)
    names = ("gm", "wm", "csf", "thalamus", "striatum")
    return Pair(
        t1w=t1w,
        t2w=t2w,
        lesion=scan.lesion,
        prior=t1w.like(priors.astype(np.float32)),
        brain=scan.sample(head.brain.astype(np.float32)) > 0.5,
        tissue={name: scan.sample(head.fractions[name]) for name in names},
        truth_ratio=scan.truth_ratio,
        bias_t1w=scan.bias_t1w,
    )
