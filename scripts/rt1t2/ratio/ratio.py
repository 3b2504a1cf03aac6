"""The T1w/T2w ratio, undefined where it would divide by noise."""

import numpy as np

# Of the median T2w in the brain. White matter has 0.8, the darkest deep nuclei over 0.5; below lie
# the flow void of the sinuses, dura and bone at the rim of a mask, whose ratio is many times
# that of brain.
FLOOR = 0.25


def t1w_t2w_ratio(
    t1w: np.ndarray, t2w: np.ndarray, brain: np.ndarray, lesion: np.ndarray
) -> tuple[np.ndarray, dict[str, int], float]:
    """Divide T1w by T2w inside the brain.

    Parameters
    ----------
    t1w, t2w
        Calibrated, not negative, on one grid (x, y, z); T2w is NaN outside its field of view.
    brain, lesion
        bool.

    Returns
    -------
    tuple
        The ratio (float32; NaN outside the brain, outside the T2w's field of view, in the
        lesion, and where T2w is at or below the floor), how many voxels of the brain each
        reason took (the first that applies), and the floor: FLOOR times the median T2w in
        the brain, in the T2w's units.
    """
    unseen = brain & ~(np.isfinite(t1w) & np.isfinite(t2w))
    excluded = {"OutsideT2wFieldOfView": unseen, "Lesion": brain & lesion & ~unseen}
    left = brain & ~unseen & ~lesion
    floor = FLOOR * float(np.median(t2w[left])) if left.any() else 0.0
    excluded["LowDenominator"] = left & ~(np.nan_to_num(t2w) > floor)
    valid = left & ~excluded["LowDenominator"]
    ratio = np.full(t1w.shape, np.nan, np.float32)
    np.divide(t1w, t2w, out=ratio, where=valid)
    return ratio, {name: int(voxels.sum()) for name, voxels in excluded.items()}, floor
