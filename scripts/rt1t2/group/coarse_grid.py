"""Subsampled maps for permutations and simulations: every step-th voxel of smooth maps."""

import numpy as np

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


def subsample(volume: np.ndarray, step: int) -> np.ndarray:
    """Return every ``step``-th voxel along x, y and z, from the middle of the first block."""
    return volume[(slice(step // 2, None, step),) * 3]


def subsampled_affine(affine: np.ndarray, step: int) -> np.ndarray:
    """Return the affine of the grid of :func:`subsample`."""
    scaled = np.array(affine, dtype=float)
    scaled[:3, :3] *= step
    scaled[:3, 3] += affine[:3, :3] @ np.full(3, step // 2)
    return scaled
