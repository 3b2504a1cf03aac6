"""Subsampled maps for permutations and simulations: every step-th voxel of smooth maps."""

import numpy as np

from rt1t2.geometry.morphology import bounding_box

Start = tuple[int, int, int]

# At least this many voxels in one FWHM: hardly anything is missed between them.
VOXELS_PER_FWHM = 3


def coarse_step(
    fwhm_voxels: np.ndarray, extent_voxels: int, voxels_per_extent: float = 1
) -> int:
    """Return the largest step that leaves enough voxels in the FWHM and in the extent.

    Parameters
    ----------
    fwhm_voxels
        Smoothness along the three axes; NaN if it is unknown.
    extent_voxels
        The smallest cluster of interest; 0 sets no limit.
    voxels_per_extent
        Fewest voxels of the coarse grid in a cluster of the smallest extent.
    """
    limits = [
        np.min(fwhm_voxels) / VOXELS_PER_FWHM,
        np.cbrt(extent_voxels / voxels_per_extent),
    ]
    usable = [limit for limit in limits if np.isfinite(limit) and limit > 0]
    return max(1, int(min(usable, default=1) + 1e-9))


def first_sample(mask: np.ndarray, step: int) -> Start:
    """Return the first voxel to take, so that blocks begin at the corner of what is analysed.

    The same maps with another margin around the brain then give the same numbers.
    """
    if not mask.any():
        return step // 2, step // 2, step // 2
    x, y, z = ((int(part.start) + step // 2) % step for part in bounding_box(mask))
    return x, y, z


def subsample(volume: np.ndarray, step: int, start: Start | None = None) -> np.ndarray:
    """Return every ``step``-th voxel along x, y and z from ``start`` on.

    ``start`` is the middle of the image's first block, or from :func:`first_sample`.
    """
    x, y, z = (slice(first, None, step) for first in start or (step // 2,) * 3)
    return volume[x, y, z]


def subsampled_affine(
    affine: np.ndarray, step: int, start: Start | None = None
) -> np.ndarray:
    """Return the affine of the grid of :func:`subsample`."""
    scaled = np.array(affine, dtype=float)
    scaled[:3, :3] *= step
    scaled[:3, 3] += affine[:3, :3] @ np.array(start or (step // 2,) * 3)
    return scaled
