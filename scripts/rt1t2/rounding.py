"""How finely kept images are written: in steps far below their noise, so that files pack well.

A step is a power of two: the last bits of the float32 values are then zeros, which gzip packs.
"""

import numpy as np

HEAD_STEP = 1 / 100  # of the brain's median; FreeSurfer: 1/110 of white matter
CALIBRATED_STEP = 1 / 512  # of the brain's median
RATIO_STEP = 1 / 512  # of the ratio's median
SMOOTHED_STEP = 1 / 2048  # of its median; smoothness is estimated from it
PROBABILITY_STEP = 1 / 256
DISPLACEMENT_STEP_MM = 1 / 64
LOG_FIELD_STEP = 1 / 2048


def step_of(image: np.ndarray | float, share: float) -> float:
    """Return the largest power of two that is at most this share of a level.

    ``image``: an image, whose median is the level, or the level itself.

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
