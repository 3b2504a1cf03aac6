"""How finely kept images are written: in steps far below their noise, so that files pack well.

A step is a power of two: the last bits of the float32 values are then zeros, which gzip packs.
"""

import numpy as np

HEAD_STEP = 1 / 100  # of white matter; FreeSurfer keeps a T1w in steps of 1/110 of it
AIR_STEPS = 32  # in the air around the head, where there is noise alone
AIR_MM = 5.0
CALIBRATED_STEP = 1 / 512  # of the brain's median
RATIO_STEP = 1 / 512  # of the ratio's median
SMOOTHED_STEP = 1 / 2048  # of its median; smoothness is estimated from it
PROBABILITY_STEP = 1 / 256
DISPLACEMENT_STEP_MM = 1 / 64
LOG_FIELD_STEP = 1 / 2048


def step_of(image: np.ndarray, share: float) -> float:
    """Return the largest power of two that is at most this share of the image's median.

    Raises
    ------
    ValueError
        If the median of what is not NaN is not positive.
    """
    level = float(np.nanmedian(image))
    if not level > 0:
        raise ValueError(f"no step for an image whose median is {level}")
    return float(2.0 ** np.floor(np.log2(share * level)))


def rounded(data: np.ndarray, step: float) -> np.ndarray:
    """Round to multiples of ``step``; NaN stays, -0 becomes 0."""
    return (np.round(data / step) * step + 0).astype(np.float32)


def rounded_in_air(image: np.ndarray, air: np.ndarray, step: float) -> np.ndarray:
    """Round the air to ``AIR_STEPS`` times the step that the rest will be rounded to.

    Parameters
    ----------
    image, air
        Intensities, and whether a voxel is air further than ``AIR_MM`` from the head, both
        (x, y, z).
    """
    return np.where(air, rounded(image, AIR_STEPS * step), image)
