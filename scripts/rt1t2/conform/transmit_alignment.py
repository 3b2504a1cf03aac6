"""A measured transmit field (B1+) on the grid of the head prior: placed, smoothed, judged."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import ndimage

from rt1t2.errors import UserError
from rt1t2.geometry.resampling import SD_PER_FWHM
from rt1t2.geometry.transforms import apply, displacement_mm, rotation_deg, translation
from rt1t2.geometry.volume import Volume
from rt1t2.registration.linear import register_rigid
from rt1t2.scans.transmit_map import MeasuredMap
from rt1t2.template.head_classes import HEAD_CLASSES, PARENCHYMA

# The field has no structure finer than this in a head at 3 T; noise has.
FWHM_MM = 8.0
WORKING_MM = 3.0
# What a map is written in -> what it has where flip angles are as prescribed
UNITS = {"relative": 1.0, "percent": 100.0, "per mille": 1000.0}
USUAL_MEDIAN = (0.5, 1.6)  # of the brain; no gap between units
POSSIBLE = (0.3, 1.8)  # of a voxel
SMALLEST_SPREAD = 0.002
MINIMUM_COVERAGE, FULL_COVERAGE, NOTHING = 0.75, 0.95, 0.05
DEFINED = 0.1  # share of the kernel that lies where the map is defined
FAR_MM = 15.0
BRAIN_INDEX = [HEAD_CLASSES.index(name) for name in PARENCHYMA]
AIR = HEAD_CLASSES.index("air")


@dataclass(frozen=True)
class TransmitField:
    """Flip angles over those prescribed, defined everywhere, and what was found on the way.

    ``record["T1wToMap"]`` is the way to the map: 4x4, AC-centred RAS mm to the map's RAS mm.
    """

    field: Volume
    record: dict[str, Any]
    flags: list[str]


def align_transmit_map(
    measured: MeasuredMap, t1w: Volume, prior: Volume, ac_mm: np.ndarray, name: str
) -> TransmitField:
    """Bring a measured field onto the grid of the head prior.

    An image of the head on the map's grid is registered rigidly to the T1w; without one the
    scanner's coordinates place the map. It is smoothed by normalised convolution with a
    Gaussian of 8 mm FWHM (Knutsson and Westin 1993, 10.1109/CVPR.1993.341081) over voxels of the
    head that have a possible value; beyond them the nearest smoothed value goes on.

    Parameters
    ----------
    measured
        In scanner RAS mm.
    t1w
        The conformed T1w.
    prior
        Head prior (x, y, z, HEAD_CLASSES), in the same space.
    ac_mm
        Origin of that space in scanner RAS mm.
    name
        Of the map, for messages.

    Raises
    ------
    UserError
        The map is in no known unit, is implausible, or does not show the brain.
    """
    to_scanner = translation(ac_mm)
    to_map, aligned_by = to_scanner, "scanner coordinates"
    if measured.anatomical is not None:
        moving = measured.anatomical.moved(np.linalg.inv(to_scanner))
        working = t1w.reduced_to(WORKING_MM)
        found = register_rigid(working, working.like(working.head), moving)
        to_map = to_scanner @ found.matrix
        aligned_by = "rigid registration of the pair's image to the T1w"
    brain = prior.data[..., BRAIN_INDEX].sum(axis=-1) > 0.5
    values, weight = _on_prior(measured.field, prior, to_map)
    seen = brain & (weight > 0.5)
    coverage = float(seen.sum() / brain.sum())
    _require_coverage(coverage, measured, prior, brain, to_map, name)
    unit = "relative" if measured.scaled else _unit(values[seen], name)
    relative = measured.field.data / UNITS[unit]
    possible = (relative > POSSIBLE[0]) & (relative < POSSIBLE[1])
    known = measured.field.like(np.where(possible, relative, np.nan))
    values, weight = _on_prior(known, prior, to_map)
    seen = brain & (weight > 0.5)
    _require_plausible(values[seen], float(seen.sum() / brain.sum()), name)
    field = _smoothed(values, weight, prior.voxel_mm)
    moved = np.linalg.inv(to_scanner) @ to_map
    centre = apply(prior.affine, np.argwhere(brain).mean(axis=0))
    shift = displacement_mm(moved, centre)
    low, middle, high = (float(v) for v in np.percentile(field[brain], [5, 50, 95]))
    record = measured.record | {
        "UnitsOfTheMap": unit,
        "AlignedBy": aligned_by,
        "ShiftMm": shift,
        "RotationDeg": rotation_deg(moved),
        "T1wToMap": to_map.tolist(),
        "BrainCoverage": coverage,
        "BrainMedian": middle,
        "BrainP5": low,
        "BrainP95": high,
        "SmoothedFwhmMm": FWHM_MM,
    }
    flags = list(measured.flags)
    if coverage < FULL_COVERAGE:
        flags.append(
            f"the transmit map covers {100 * coverage:.0f} % of the brain; beyond it the "
            "nearest value goes on"
        )
    if shift > FAR_MM:
        flags.append(
            f"the transmit map lies {shift:.0f} mm from where the scanner says: is it of this "
            "person and session?"
        )
    return TransmitField(prior.like(field), record, flags)


def _on_prior(
    field: Volume, prior: Volume, to_map: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return values, and which share of each comes from defined voxels, on the prior's grid.

    Outside the head nothing is defined.
    """
    known = np.isfinite(field.data)
    weight = field.like(known.astype("f4")).on(prior, to_map).data
    summed = field.like(np.where(known, field.data, 0)).on(prior, to_map).data
    values = np.divide(summed, weight, out=np.zeros_like(summed), where=weight > 0.01)
    return values, np.where(prior.data[..., AIR] < 0.5, weight, 0)


def _smoothed(
    values: np.ndarray, weight: np.ndarray, voxel_mm: np.ndarray
) -> np.ndarray:
    """Smooth by normalised convolution, and fill what is beyond its reach."""
    sd = FWHM_MM * SD_PER_FWHM / voxel_mm
    share = ndimage.gaussian_filter(weight.astype("f4"), sd, mode="constant")
    summed = ndimage.gaussian_filter(
        (values * weight).astype("f4"), sd, mode="constant"
    )
    defined = share > DEFINED
    smooth = np.divide(summed, share, out=np.ones_like(summed), where=defined)
    nearest = ndimage.distance_transform_edt(
        ~defined, sampling=voxel_mm, return_distances=False, return_indices=True
    )
    filled = smooth[tuple(nearest)]
    # beyond the map without the steps between nearest values
    eased = ndimage.gaussian_filter(filled, sd, mode="nearest")
    field: np.ndarray = np.where(defined, smooth, eased).astype("f4")
    return field


def _unit(values: np.ndarray, name: str) -> str:
    median = float(np.median(values))
    low, high = USUAL_MEDIAN
    for unit, one in UNITS.items():
        if low * one <= median <= high * one:
            return unit
    raise UserError(
        f"{name} has a median of {median:.4g} in the brain, and a map of flip angles over those "
        "prescribed has about 1, 100 (percent) or 1000 (per mille). Give it in one of these "
        "units, or write n/a in column b1."
    )


def _require_coverage(
    coverage: float,
    measured: MeasuredMap,
    prior: Volume,
    brain: np.ndarray,
    to_map: np.ndarray,
    name: str,
) -> None:
    if coverage >= MINIMUM_COVERAGE:
        return
    said = f"{name} covers {100 * coverage:.0f} % of the brain"
    if coverage < NOTHING:
        centre = apply(measured.field.affine, (np.array(measured.field.shape) - 1) / 2)
        of_brain = apply(to_map @ prior.affine, np.argwhere(brain).mean(axis=0))
        apart = np.linalg.norm(centre - of_brain)
        raise UserError(
            f"{said}: its centre lies {apart:.0f} mm from the brain's. Check that it is of this "
            "person and session and was not moved, or write n/a in column b1."
        )
    raise UserError(
        f"{said} (needs {100 * MINIMUM_COVERAGE:.0f} %). Give one that covers it, or write n/a "
        "in column b1."
    )


def _require_plausible(seen: np.ndarray, share: float, name: str) -> None:
    advice = "Check what it shows and its FlipAngle, or write n/a in column b1."
    if share < MINIMUM_COVERAGE:
        raise UserError(
            f"{name} has a value between {POSSIBLE[0]} and {POSSIBLE[1]} times the flip angle "
            f"that was prescribed in {100 * share:.0f} % of the brain only (needs "
            f"{100 * MINIMUM_COVERAGE:.0f} %). {advice}"
        )
    low, median, high = np.percentile(seen, [5, 50, 95])
    if not USUAL_MEDIAN[0] <= median <= USUAL_MEDIAN[1]:
        raise UserError(
            f"{name} says that flip angles in the brain are {median:.2f} times those "
            f"prescribed, which no scan of a head has. {advice}"
        )
    if high - low < SMALLEST_SPREAD:
        raise UserError(
            f"{name} has one value everywhere in the brain: nothing was measured. {advice}"
        )
