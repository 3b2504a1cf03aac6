"""From a participant's brain to the template: what is compared, and how well it fits."""

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from rt1t2.geometry.displacement import jacobian_determinant, pull, source_voxels
from rt1t2.geometry.morphology import affine_of_box, box_around
from rt1t2.geometry.resampling import resample
from rt1t2.geometry.template_grid import grid_around
from rt1t2.geometry.volume import Volume
from rt1t2.images import voxel_sizes_mm
from rt1t2.registration.greedy import register_greedy
from rt1t2.registration.greedy_settings import (
    ITERATIONS,
    RADIUS,
    SMOOTHING,
    T1W_SHARE,
)
from rt1t2.registration.linear import refine_affine
from rt1t2.registration.usual_fit import USUAL

AROUND_MM = 15.0  # the displacement's grid goes so far beyond the template's brain
MIRROR = np.diag([-1.0, 1.0, 1.0, 1.0])


@dataclass(frozen=True)
class Normalisation:
    """The way from the template to the participant.

    Attributes
    ----------
    affine
        4x4, RAS mm to RAS mm, after the displacement.
    displacement
        Shape (x, y, z, 3), RAS mm, in template space.
    grid
        Voxel to RAS mm of the displacement.
    """

    affine: np.ndarray
    displacement: np.ndarray
    grid: np.ndarray


def brain_contrast(
    t1w: np.ndarray,
    brain: np.ndarray,
    gm: np.ndarray,
    wm: np.ndarray,
    csf: np.ndarray,
) -> np.ndarray:
    """Return what is compared between two brains, 0 outside the brain.

    0.6 GM + WM + 0.15 CSF, a T1w free of bias and of the scanner's contrast, mixed with the
    T1w itself (white matter, wm > 0.9, = 1; cut off at 1.5) by T1W_SHARE.
    """
    white = np.median(t1w[brain & (wm > 0.9)])
    own = np.clip(t1w / white, 0, 1.5) * brain
    tissue = 0.6 * gm + wm + 0.15 * csf
    contrast: np.ndarray = (1 - T1W_SHARE) * tissue + T1W_SHARE * own
    return contrast.astype(np.float32)


def normalise(
    template: np.ndarray,
    template_brain: np.ndarray,
    template_affine: np.ndarray,
    moving: np.ndarray,
    moving_affine: np.ndarray,
    initial: np.ndarray,
    estimate_mm: float,
    lesion: np.ndarray | None = None,
) -> Normalisation:
    """Refine the affine inside the brain, then find the displacement (Greedy, local CC).

    A lesion is filled with its mirror image (enantiomorphic, Nachev et al. 2008,
    10.1016/j.neuroimage.2007.10.002), for which the template's space has to be symmetric;
    where that is lesioned too, with the template.

    Parameters
    ----------
    template, template_brain, template_affine
        Contrast and brain mask of the template.
    moving, moving_affine
        The same contrast of the participant, 0 outside the brain.
    initial
        4x4 matrix from the template to the participant, RAS mm to RAS mm.
    estimate_mm
        Voxel size of the displacement. Its grid covers the brain and AROUND_MM around it.
    lesion
        On the participant's grid.
    """
    near = ndimage.binary_dilation(
        template_brain, iterations=max(1, round(6 / template_affine[0, 0]))
    )
    seen = moving if lesion is None else np.where(lesion, np.nan, moving)
    affine = refine_affine(
        (Volume(template, template_affine),),
        Volume(near, template_affine),
        (Volume(seen, moving_affine),),
        initial,
    )
    shape, grid = grid_around(template_brain, template_affine, estimate_mm, AROUND_MM)
    fixed = resample(template, template_affine, grid, shape)
    carried = resample(moving, moving_affine, grid, shape, affine)
    if lesion is not None:
        hidden = resample(lesion, moving_affine, grid, shape, affine)
        carried = _filled(carried, hidden, grid, fixed)
    displacement = register_greedy(
        fixed,
        carried,
        grid,
        iterations=ITERATIONS,
        radius=RADIUS,
        smoothing=SMOOTHING,
    )
    return Normalisation(affine, displacement, grid)


def _filled(
    moving: np.ndarray, lesion: np.ndarray, grid: np.ndarray, fixed: np.ndarray
) -> np.ndarray:
    """Fill the lesion (share, one voxel wider) from the other side, all on one grid."""
    share = np.clip(2 * ndimage.grey_dilation(lesion, (3, 3, 3)), 0, 1)
    other, other_share = (
        resample(data, grid, grid, data.shape, MIRROR) for data in (moving, share)
    )
    healthy = other * (1 - other_share) + fixed * other_share
    filled: np.ndarray = (moving * (1 - share) + healthy * share).astype(np.float32)
    return filled


def fit_metrics(
    way: Normalisation,
    template_maps: dict[str, np.ndarray],
    template_brain: np.ndarray,
    template_deep: np.ndarray,
    template_affine: np.ndarray,
    maps: dict[str, np.ndarray],
    brain: np.ndarray,
    affine: np.ndarray,
) -> dict[str, float]:
    """Measure a normalisation.

    Parameters
    ----------
    template_maps, maps
        "GM", "WM" (probabilities) and "contrast", in the template and in the participant.
    template_brain, brain
        The two brain masks.
    template_deep
        The template's deep grey matter (bool).
    template_affine, affine
        The two grids.

    Returns
    -------
    dict
        Dice of GM and WM (probability > 0.5, carried to the template); Pearson correlation
        of the contrast in the template's brain; percentiles of the displacement's Jacobian
        determinant there, and its voxels at or below 0; the 5th and 95th in the deep nuclei,
        as a multiple of the brain's median, and how far the nuclei's core is displaced
        (median, mm); the determinant of the affine; millilitres of the participant's brain.
    """
    # beyond the displacement's grid nothing is carried
    voxel_mm = way.grid[0, 0]
    reach_mm = AROUND_MM + 2 * voxel_mm
    box = box_around(template_brain, reach_mm, voxel_sizes_mm(template_affine))
    template_maps = {name: data[box] for name, data in template_maps.items()}
    template_brain, template_deep = template_brain[box], template_deep[box]
    template_affine = affine_of_box(template_affine, box)
    voxels = source_voxels(
        way.displacement,
        way.grid,
        way.affine,
        affine,
        template_affine,
        template_brain.shape,
    )
    carried = {name: np.nan_to_num(pull(data, voxels)) for name, data in maps.items()}
    jacobian = jacobian_determinant(way.displacement, voxel_mm)
    inside = resample(template_brain, template_affine, way.grid, jacobian.shape) > 0.5
    low, median, high = np.percentile(jacobian[inside], (0.1, 50, 99.9))
    nuclei = resample(template_deep, template_affine, way.grid, jacobian.shape) > 0.5
    core = ndimage.binary_erosion(nuclei) if nuclei.sum() > 500 else nuclei
    moved_mm = np.linalg.norm(way.displacement, axis=-1)
    deep_low, deep_high = np.percentile(jacobian[nuclei], (5, 95)) / median
    return {
        "BrainVolumeMl": brain.sum() * abs(np.linalg.det(affine[:3, :3])) / 1000,
        "CrossCorrelation": np.corrcoef(
            carried["contrast"][template_brain],
            template_maps["contrast"][template_brain],
        )[0, 1],
        "DeepCoreMovedMm": float(np.median(moved_mm[core])),
        "Determinant": np.linalg.det(way.affine[:3, :3]),
        "DiceGM": dice(carried["GM"] > 0.5, template_maps["GM"] > 0.5),
        "DiceWM": dice(carried["WM"] > 0.5, template_maps["WM"] > 0.5),
        "FoldedVoxels": int(np.sum(jacobian[inside] <= 0)),
        "JacobianDeepP5": deep_low,
        "JacobianDeepP95": deep_high,
        "JacobianP0_1": low,
        "JacobianP50": median,
        "JacobianP99_9": high,
    }


def flags(metrics: dict[str, float]) -> list[str]:
    """Return one sentence for every metric outside its usual range."""
    sentences = []
    for name, (lowest, highest) in USUAL.items():
        value = metrics[name]
        if lowest is not None and not value >= lowest:  # NaN too
            sentences.append(f"{name} is {value:.3g}, usually at least {lowest:g}")
        if highest is not None and not value <= highest:
            sentences.append(f"{name} is {value:.3g}, usually at most {highest:g}")
    return sentences


def dice(a: np.ndarray, b: np.ndarray) -> float:
    """Return the Dice overlap 2 |a and b| / (|a| + |b|) of two masks; NaN if both are empty."""
    total = a.sum() + b.sum()
    return float(2 * (a & b).sum() / total) if total else float("nan")
