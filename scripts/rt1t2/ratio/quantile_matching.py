"""Match histograms outside the brain: each tissue with its reference mass, towards affine."""

from typing import Any

import numpy as np
from scipy.interpolate import PchipInterpolator

CLASSES = ("air", "bone", "csf", "muscle", "fat")
AIR_MASS = 0.1  # of all mass; air fills most of an image and says least
SHRINKAGES = (0.0, 0.25, 0.5, 0.75, 1.0)
N_QUANTILES, N_KNOTS = 257, 17
RANGE = (0.005, 0.995)
SMALLEST_SLOPE = 0.1


def matched_residual(
    source: dict[str, Any],
    target: dict[str, Any],
    image: str,
    probabilities: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Find what to add to affinely calibrated intensities to match the reference.

    Source and reference histograms are mixtures of the classes, every class with the
    reference's number of voxels (the field of view has no say) and air with a tenth of the
    mass. The matched quantiles' residual is smoothed to N_KNOTS knots, interpolated by
    monotone cubic splines, and shrunk by the factor that predicts left-out classes
    best. The slope of the sum stays above SMALLEST_SLOPE.

    Parameters
    ----------
    source, target
        Class -> {image: level, ``<image>_quantiles``: quantiles at ``probabilities``,
        "n_voxels"}, the source already on the affine scale.
    image
        "t1w" or "t2w".
    probabilities
        Of the quantiles.

    Returns
    -------
    tuple
        N_QUANTILES affinely calibrated intensities, increasing, and the residual there.
        Beyond their ends the residual is constant: the affine slope continues.
    """
    names = [name for name in CLASSES if name in source and name in target]
    bright = max(source[name][f"{image}_quantiles"][-1] for name in names)
    levels = np.linspace(0, bright, N_QUANTILES)

    def residual(using: list[str]) -> np.ndarray:
        return _residual(using, source, target, image, probabilities, levels)

    errors = np.zeros(len(SHRINKAGES))
    for left_out in (name for name in names if name != "air"):
        others = [name for name in names if name != left_out]
        level = source[left_out][image]
        step = np.interp(level, levels, residual(others))
        wanted = target[left_out][image] - level
        errors += [(wanted - shrink * step) ** 2 for shrink in SHRINKAGES]
    shrinkage = SHRINKAGES[int(np.argmin(errors))]
    mapped = levels + shrinkage * residual(names)
    slope = np.maximum(np.diff(mapped), SMALLEST_SLOPE * np.diff(levels))
    mapped = mapped[0] + np.r_[0, np.cumsum(slope)]
    return levels, mapped - levels


def _residual(
    names: list[str],
    source: dict[str, Any],
    target: dict[str, Any],
    image: str,
    probabilities: np.ndarray,
    levels: np.ndarray,
) -> np.ndarray:
    """Residual of the quantiles of these classes' mixtures, at ``levels``."""
    mass = np.array([target[name]["n_voxels"] for name in names], float)
    if "air" in names:
        air = names.index("air")
        rest = mass.sum() - mass[air]
        mass[air] = rest * AIR_MASS / (1 - AIR_MASS)
    wanted = np.linspace(*RANGE, N_QUANTILES)
    x, y = (
        _mixture_quantiles(
            [side[name][f"{image}_quantiles"] for name in names],
            mass / mass.sum(),
            probabilities,
            wanted,
        )
        for side in (source, target)
    )
    # means over blocks of neighbouring quantiles: increasing, and smoother than quantiles
    blocks = np.array_split(np.arange(N_QUANTILES), N_KNOTS)
    knots = np.array([x[block].mean() for block in blocks])
    steps = np.array([(y - x)[block].mean() for block in blocks])
    apart = np.r_[True, np.diff(knots) > 1e-3 * levels[-1]]
    knots, steps = knots[apart], steps[apart]
    inside = np.clip(levels, knots[0], knots[-1])
    return PchipInterpolator(knots, steps)(inside) if len(knots) > 1 else 0 * levels


def _mixture_quantiles(
    quantiles: list[np.ndarray],
    mass: np.ndarray,
    probabilities: np.ndarray,
    wanted: np.ndarray,
) -> np.ndarray:
    """Quantiles of a mixture of distributions that are given by their own quantiles."""
    every = np.unique(np.concatenate(quantiles))
    cumulative = np.zeros(len(every))
    for values, weight in zip(quantiles, mass, strict=True):
        rising = values + 1e-9 * np.arange(len(values)) * max(values[-1], 1e-9)
        cumulative += weight * np.interp(every, rising, probabilities, left=0, right=1)
    mixed: np.ndarray = np.interp(wanted, cumulative, every)
    return mixed
