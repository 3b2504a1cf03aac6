"""The T1w/T2w ratio, undefined where it would divide by noise, and its logarithmic form."""

import numpy as np

T1W_OVER_T2W, T1W_OVER_LN_T2W = "t1w_over_t2w", "t1w_over_ln_t2w"
# What texts, pages and figures call the measure of a formula.
MEASURES = {T1W_OVER_T2W: "T1w/T2w", T1W_OVER_LN_T2W: "T1w/ln(T2w)"}

# Of the median T2w in the brain. White matter has 0.8, the darkest deep nuclei over 0.5; below lie
# the flow void of the sinuses, dura and bone at the rim of a mask, whose ratio is many times
# that of brain.
FLOOR = 0.25

# The logarithm is of the T2w in units like a scanner's (10.1002/hbm.70102 takes ln of the image as
# it was scanned): what a calibrated T2w is multiplied with, by method of calibration. On the
# controls' scale the anchors have a geometric mean of 1, on that of eye and muscle (Ganzetti 2014)
# the eye has 100; both become about 1000, the brain 100 to 2000.
LOG_UNITS = {"none": 1.0, "linear_eye_muscle": 10.0}
LOG_UNITS_ON_REFERENCE = 1000.0
SMALLEST_LOG = 1.0


def log_units(method: str) -> float:
    """Return what the T2w is multiplied with before its logarithm is taken.

    Parameters
    ----------
    method
        Of the calibration: 1000 on the controls' scale, 10 for ``linear_eye_muscle``, 1 for
        ``none`` (the units of the scanner's image, as in the publication).
    """
    return LOG_UNITS.get(method, LOG_UNITS_ON_REFERENCE)


def denominator(t2w: np.ndarray, formula: str, method: str) -> np.ndarray:
    """Return what the T1w is divided by: T2w, or ln(units T2w).

    Parameters
    ----------
    t2w
        Calibrated.
    formula
        ``t1w_over_t2w``, or ``t1w_over_ln_t2w`` (Moskovich, Shtangel and Mezer 2024,
        10.1002/hbm.70102).
    method
        Of the calibration, which sets the units (:func:`log_units`).

    Returns
    -------
    np.ndarray
        NaN where the T2w is, and where ln is 1 or less: there the quotient would depend on
        the units more than on the tissue.
    """
    if formula == T1W_OVER_T2W:
        return t2w
    positive = np.where(t2w > 0, t2w, np.nan)
    logarithm = np.log(log_units(method) * positive)
    return np.where(logarithm > SMALLEST_LOG, logarithm, np.nan)


def t1w_t2w_ratio(
    t1w: np.ndarray,
    t2w: np.ndarray,
    brain: np.ndarray,
    lesion: np.ndarray,
    formula: str = T1W_OVER_T2W,
    method: str = "none",
) -> tuple[np.ndarray, dict[str, int], float]:
    """Divide T1w by T2w, or by its logarithm, inside the brain.

    Parameters
    ----------
    t1w, t2w
        Calibrated, not negative, on one grid (x, y, z); T2w is NaN outside its field of view.
    brain, lesion
        bool.
    formula, method
        See :func:`denominator`; ``method`` counts for the logarithm only.

    Returns
    -------
    tuple
        The ratio (float32; NaN outside the brain, outside the T2w's field of view, in the
        lesion, where T2w is at or below the floor, and where its logarithm is 1 or less), how
        many voxels of the brain each reason took (the first that applies), and the floor:
        FLOOR times the median T2w in the brain, in the T2w's units.
    """
    unseen = brain & ~(np.isfinite(t1w) & np.isfinite(t2w))
    excluded = {"OutsideT2wFieldOfView": unseen, "Lesion": brain & lesion & ~unseen}
    left = brain & ~unseen & ~lesion
    floor = FLOOR * float(np.median(t2w[left])) if left.any() else 0.0
    divisor = denominator(t2w, formula, method)
    usable = (np.nan_to_num(t2w) > floor) & np.isfinite(divisor)
    excluded["LowDenominator"] = left & ~usable
    valid = left & usable
    ratio = np.full(t1w.shape, np.nan, np.float32)
    np.divide(t1w, divisor, out=ratio, where=valid)
    return ratio, {name: int(voxels.sum()) for name, voxels in excluded.items()}, floor
