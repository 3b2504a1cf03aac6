"""Constants that a converter added to an image, seen in air."""

import numpy as np

LOW_PROBABILITY = 0.025
SMALLEST_SHARE = 0.04  # of the tissue's level; smaller ones may be noise


def additive_offset(air: np.ndarray, tissue_level: float) -> float:
    """Return the constant that was added to an image; 0 where air shows only noise.

    A low percentile of air is near 0 whatever the noise, also after resampling (which
    narrows the noise about its mean of 1.25 sigma), and equals a constant that was added.

    Parameters
    ----------
    air
        Intensities in air; fewer than 100 tell nothing. Exact zeros: :func:`measured_air`.
    tissue_level
        Level of bright tissue; offsets below SMALLEST_SHARE of it are left alone.
    """
    air = air[measured_air(air)]
    if air.size < 100:
        return 0.0
    return offset_from_low(float(np.quantile(air, LOW_PROBABILITY)), tissue_level)


def measured_air(air: np.ndarray) -> np.ndarray:
    """Mark which intensities in air were measured.

    Exact zeros were added around the field of view, as long as they are the smaller part.
    Where they are the larger part the background was set to 0: all of it counts, and it has
    no offset.
    """
    there = air != 0
    return there if 2 * np.count_nonzero(there) > there.size else np.ones_like(there)


def offset_from_low(low: float, tissue_level: float) -> float:
    """Return a low percentile of air as the offset if it is too high to be noise."""
    return low if low > SMALLEST_SHARE * tissue_level else 0.0
