"""What the zoo measures of a person: mask, poles, tissue, thalamus, flags."""

import json
from pathlib import Path

import head_scores as scores
import numpy as np
from scipy import ndimage
from scipy.spatial import cKDTree
from zoo_anatomy import template_thalamus_mm
from zoo_people import MAPS, SHARE_STEP

from rt1t2 import images
from rt1t2.geometry.displacement import from_itk
from rt1t2.geometry.resampling import field_of_view, resample
from rt1t2.geometry.transforms import apply, read_itk, translation
from rt1t2.simulate.pose import Warp

# Where each pole lies (template RAS mm: x, y, z from and to), and the direction it faces.
FAR = 200.0
POLES: dict[str, tuple[int, int, tuple[tuple[float, float], ...]]] = {
    "frontal L": (1, 1, ((-FAR, -3), (40, FAR), (-20, FAR))),
    "frontal R": (1, 1, ((3, FAR), (40, FAR), (-20, FAR))),
    "occipital L": (1, -1, ((-FAR, -3), (-FAR, -70), (-30, FAR))),
    "occipital R": (1, -1, ((3, FAR), (-FAR, -70), (-30, FAR))),
    "temporal L": (1, 1, ((-58, -25), (-10, 35), (-45, -26))),
    "temporal R": (1, 1, ((25, 58), (-10, 35), (-45, -26))),
    "vertex": (2, 1, ((-FAR, FAR), (-FAR, FAR), (40, FAR))),
}
NEIGHBOURS_MM = 6.0
BEYOND_MM = 10.0  # how far outside the true brain a mask's end is looked for


def person_scores(
    folder: Path, files: dict[str, str], warped: bool = True
) -> dict[str, float]:
    """Compare what the rules wrote in a folder with the truth that lies beside it.

    ``warped`` says whether `normalise` ran: without it the thalamus is not measured.
    """
    mask, affine = images.load(files["brain"])
    mask = mask > 0
    to_scanner = translation(scores.ac_of(files)) @ affine
    truth, truth_affine = images.load(folder / "truth.nii.gz")
    on_grid = {
        name: resample(truth[..., k] * SHARE_STEP, truth_affine, to_scanner, mask.shape)
        for k, name in enumerate(MAPS)
    }
    brain = on_grid["brain"] > 0.5
    native, native_affine = images.load(folder / "native_T1w.nii.gz")
    seen = field_of_view(native.shape, native_affine, to_scanner, mask.shape)
    with np.load(folder / "truth.npz") as stored:
        warp = Warp(stored["world_to_template"], stored["displacement"])
        thalamus = stored["thalamus_mm"]
    row = scores.mask_scores(mask, brain, seen, affine)
    matter = brain & seen & (on_grid["GM"] + on_grid["WM"] > 0.5)
    row |= pole_cuts(mask & seen, matter, affine, to_scanner, warp)
    found = scores.tissue_scores(files, on_grid, seen)
    row |= {name: found[name] for name in ("GM", "WM")}
    return row | thalamus_error(files, thalamus if warped else thalamus[:0])


def pole_cuts(
    mask: np.ndarray,
    matter: np.ndarray,
    affine: np.ndarray,
    to_scanner: np.ndarray,
    warp: Warp,
) -> dict[str, float]:
    """Return how far the mask ends before the brain's poles, mm; below 0: beyond them.

    The poles are those of grey and white matter (``matter``): how much CSF belongs to a brain
    is for the Dice. In every column of voxels within NEIGHBOURS_MM of the pole's own, the end
    of the matter and that of the mask are compared; their mean counts, so no voxel decides.
    """
    voxels = np.argwhere(matter)
    points = warp.to_template(to_scanner, voxels.T.astype(np.float32))
    size = images.voxel_sizes_mm(affine)
    cuts = {}
    for name, (axis, sign, box) in POLES.items():
        inside = np.all(
            [
                (p >= low) & (p <= high)
                for p, (low, high) in zip(points, box, strict=True)
            ],
            axis=0,
        )
        counted = mask.copy()  # what lies before a temporal pole is another lobe's
        counted[tuple(voxels[~inside].T)] = False
        cuts[name] = _cut_mm(counted, voxels[inside], axis, sign, size)
    return cuts


def _cut_mm(
    mask: np.ndarray, voxels: np.ndarray, axis: int, sign: int, size: np.ndarray
) -> float:
    if not len(voxels):
        return float("nan")
    across = [a for a in range(3) if a != axis]
    ends: dict[tuple[int, ...], int] = {}
    for voxel in voxels[np.argsort(sign * voxels[:, axis], kind="stable")]:
        ends[tuple(voxel[across])] = int(voxel[axis])
    columns, fronts = np.array(list(ends)), np.array(list(ends.values()))
    pole = columns[(sign * fronts).argmax()]
    # the middle of the foremost voxels, not the first of them
    foremost = columns[sign * fronts >= (sign * fronts).max() - 1]
    near = np.linalg.norm((foremost - pole) * size[across], axis=1) <= NEIGHBOURS_MM
    pole = foremost[near].mean(axis=0)
    beside = np.linalg.norm((columns - pole) * size[across], axis=1) <= NEIGHBOURS_MM
    reach = int(BEYOND_MM / size[axis])
    cut = []
    for column, front in zip(columns[beside], fronts[beside], strict=True):
        line = np.moveaxis(mask, axis, -1)[tuple(column)]
        marked = np.flatnonzero(line)
        marked = marked[sign * (marked - front) <= reach]
        last = (sign * marked).max() * sign if len(marked) else front - sign * 40
        cut.append(sign * (front - last) * size[axis])
    return float(np.mean(cut))


def thalamus_error(files: dict[str, str], truth_mm: np.ndarray) -> dict[str, float]:
    """Carry the template's thalami to the scanner; distances of the surfaces, both ways."""
    if not len(truth_mm):
        return {"thal mm": np.nan, "thal p95": np.nan}
    field, grid = images.load(files["displacement"])
    points = template_thalamus_mm()
    voxels = apply(np.linalg.inv(grid), points).T
    shift = [
        ndimage.map_coordinates(from_itk(field)[..., axis], voxels, order=1)
        for axis in range(3)
    ]
    way = translation(scores.ac_of(files)) @ read_itk(files["affine"])
    carried = apply(way, points + np.stack(shift, axis=1))
    both = [
        cKDTree(truth_mm).query(carried)[0],
        cKDTree(carried).query(truth_mm)[0],
    ]
    distance = np.concatenate(both)
    return {
        "thal mm": float(distance.mean()),
        "thal p95": float(np.percentile(distance, 95)),
    }


def flags_in(folder: Path) -> list[str]:
    """Return every flag that a step wrote into a record of this folder, once each."""
    flags: dict[str, None] = {}
    for path in sorted(folder.glob("*.json")):
        record = json.loads(path.read_text())
        if isinstance(record, dict):
            flags |= dict.fromkeys(record.get("Flags", []))
    return list(flags)
