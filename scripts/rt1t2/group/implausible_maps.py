"""Maps that cannot be what they are given as: a copy of another one, or in another unit."""

from collections.abc import Sequence

import numpy as np

N_SAMPLED = 4000
# Of a map's interquartile range: storing it in 16 bits changes it by less than this
SAME = 1e-3
# Times the usual interquartile range: per cent, or no ratio map; no person is so different
OTHER_UNIT = 20.0


def sampled(values: np.ndarray) -> np.ndarray:
    """Return up to :data:`N_SAMPLED` voxels of a map, shape (voxels,), the same of every map."""
    step = max(1, len(values) // N_SAMPLED)
    sample: np.ndarray = np.array(values[::step], dtype=np.float64)
    return sample


def first_alike(samples: Sequence[np.ndarray]) -> list[int]:
    """Return for each map the position of the first one with the same values, or its own.

    The same values in another storage (16 bits with a slope) are the same.
    """
    means = [_mean(sample) for sample in samples]
    order = sorted(range(len(samples)), key=lambda k: means[k])
    first = list(range(len(samples)))
    for place, one in enumerate(order):
        tolerance = SAME * spread(samples[one])
        for other in order[place + 1 :]:
            if means[other] - means[one] > tolerance:
                break
            if _are_alike(samples[one], samples[other], tolerance):
                earliest = min(first[one], first[other])
                first[one] = first[other] = earliest
    return first


def other_unit(samples: Sequence[np.ndarray]) -> list[int]:
    """Return the positions of maps whose values spread far more, or far less, than usual."""
    spreads = np.array([spread(sample) for sample in samples])
    usual = float(np.median(spreads[spreads > 0])) if (spreads > 0).any() else 0.0
    if len(samples) < 3 or not usual:
        return []
    share = spreads / usual
    odd = (share > OTHER_UNIT) | ((share > 0) & (share < 1 / OTHER_UNIT))
    return np.flatnonzero(odd).tolist()


def spread(sample: np.ndarray) -> float:
    """Return the interquartile range of what is defined; 0 if nothing is."""
    defined = sample[np.isfinite(sample)]
    return (
        float(np.subtract(*np.percentile(defined, [75, 25]))) if len(defined) else 0.0
    )


def _mean(sample: np.ndarray) -> float:
    defined = sample[np.isfinite(sample)]
    return float(defined.mean()) if len(defined) else 0.0


def _are_alike(one: np.ndarray, other: np.ndarray, tolerance: float) -> bool:
    defined = np.isfinite(one)
    if not np.array_equal(defined, np.isfinite(other)):
        return False
    apart = np.abs(one[defined] - other[defined])
    return bool((apart <= tolerance).all())
