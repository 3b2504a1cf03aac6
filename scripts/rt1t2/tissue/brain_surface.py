"""The brain's surface above the skull base, and what is measured on it, smoothed."""

import numpy as np
from scipy import ndimage

SMOOTHING_MM = 4.0  # SD over the surface, before the largest value is taken
# Below, face, neck and their posture begin: template's z in front of and behind FACE_Y_MM
FACE_Y_MM, FACE_Z_MM, BASE_Z_MM = 15.0, -12.0, -30.0


def axis_mm(affine: np.ndarray, shape: tuple[int, ...], axis: int) -> np.ndarray:
    """Return where voxels lie along one axis of a grid along RAS, mm, to be broadcast."""
    mm = np.arange(shape[axis]) * affine[axis, axis] + affine[axis, 3]
    broadcast: np.ndarray = mm.reshape([-1 if i == axis else 1 for i in range(3)])
    return broadcast


def above_skull_base(affine: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Mark (bool, to be broadcast) what lies above the skull base, on a grid of the template."""
    y, z = (axis_mm(affine, shape, axis) for axis in (1, 2))
    above: np.ndarray = z > np.where(y > FACE_Y_MM, FACE_Z_MM, BASE_Z_MM)
    return above


def smoothed_over(
    surface: np.ndarray, values: np.ndarray, voxel_mm: float
) -> tuple[np.ndarray, np.ndarray]:
    """Average values over a surface with a Gaussian of SMOOTHING_MM.

    Parameters
    ----------
    surface
        Voxels that count (bool), in two or three dimensions.
    values
        Same shape; only those of the surface are read.
    voxel_mm
        Edge of a voxel.

    Returns
    -------
    tuple
        The smoothed values and their weights (near the surface's edge less than inside), at
        the voxels of the surface.
    """
    sigma = SMOOTHING_MM / voxel_mm
    weight = ndimage.gaussian_filter(surface.astype(float), sigma)
    total = ndimage.gaussian_filter(np.where(surface, values, 0.0), sigma)
    return total[surface] / weight[surface], weight[surface]
