"""How a calibration changes the ratio of one participant: against none, against another."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from rt1t2.errors import UserError
from rt1t2.ratio.calibration import ON_REFERENCE, calibrate
from rt1t2.ratio.ratio import T1W_OVER_T2W, denominator
from rt1t2.template.head_classes import HEAD_LABELS

TISSUES = ("wm", "gm", "deep")
METHODS = ("none", *ON_REFERENCE)
SURE = 0.9
DARKEST = 0.02


def tissue_masks(
    ratio: np.ndarray, gm: np.ndarray, wm: np.ndarray, head: np.ndarray
) -> dict[str, np.ndarray]:
    """Return where white, grey and deep grey matter have a ratio.

    Parameters
    ----------
    ratio
        Native ratio (x, y, z), NaN where undefined.
    gm, wm
        Probabilities on that grid; above 0.9 counts.
    head
        Labels HEAD_LABELS on that grid; deep grey matter is its label ``deep``.
    """
    defined = np.isfinite(ratio)
    where = {"wm": wm > SURE, "gm": gm > SURE, "deep": head == HEAD_LABELS["deep"]}
    return {name: defined & mask for name, mask in where.items()}


def median_ratios(
    t1w: np.ndarray,
    t2w: np.ndarray,
    masks: Mapping[str, np.ndarray],
    landmarks: dict[str, Any],
    reference: dict[str, Any],
    formula: str = T1W_OVER_T2W,
) -> dict[str, dict[str, float | None]]:
    """Return the median ratio of every tissue without calibration, and with each method.

    Parameters
    ----------
    t1w, t2w
        Bias-corrected images (x, y, z), T2w NaN outside its field of view.
    masks
        Name -> bool: :func:`tissue_masks` and :func:`rt1t2.qc.brain_parts.part_masks`.
    landmarks, reference
        As :func:`rt1t2.ratio.calibration.calibrate` takes them.
    formula
        Of the ratio.

    Returns
    -------
    dict
        METHODS -> name of the mask -> median, NaN where there is no
        voxel or the method cannot be used.
    """
    scans = {"t1w": t1w, "t2w": t2w}
    brightest = {name: float(np.nanmax(image)) for name, image in scans.items()}
    medians: dict[str, dict[str, float | None]] = {}
    for method in METHODS:
        if method in ON_REFERENCE and not reference["Controls"]:
            medians[method] = dict.fromkeys(masks, np.nan)
            continue
        try:
            curves = calibrate(method, landmarks, reference, brightest).curves
        except UserError:  # no reference tissue to scale on
            medians[method] = dict.fromkeys(masks, np.nan)
            continue
        medians[method] = {
            name: _median_ratio(
                curves["t1w"](t1w[mask]), curves["t2w"](t2w[mask]), formula, method
            )
            for name, mask in masks.items()
        }
    return medians


def beyond_landmarks_percent(
    image: np.ndarray, brain: np.ndarray, levels: Mapping[str, Any], name: str
) -> float:
    """Return the percentage of the brain that lies outside the levels of the reference tissues.

    There the curve is extrapolated: no tissue outside the brain says what it should be.

    Parameters
    ----------
    image, brain
        Bias-corrected image and brain mask on one grid.
    levels
        Class -> level ("t1w", "t2w"), air among them; ``None`` where not measured.
    name
        ``"t1w"`` or ``"t2w"``.
    """
    known = [entry[name] for entry in levels.values() if entry]
    values = image[brain & np.isfinite(image)]
    if not known or not values.size:
        return np.nan
    return float(100 * np.mean((values < min(known)) | (values > max(known))))


def percent_from(level: float, target: float, brightest: float) -> float:
    """Return by how many percent a level differs from its target.

    NaN where the target is about nothing (air, bone): below DARKEST of ``brightest``, the
    brightest target of that image. A percentage of it says nothing.
    """
    return 100 * (level / target - 1) if target > DARKEST * brightest else np.nan


def _median_ratio(t1w: np.ndarray, t2w: np.ndarray, formula: str, method: str) -> float:
    divisor = denominator(t2w, formula, method)
    usable = divisor > 0
    return float(np.median(t1w[usable] / divisor[usable])) if usable.any() else np.nan
