"""Smooth bias fields on another grid."""

import numpy as np
from scipy import ndimage


def field_on_grid(
    log_field: np.ndarray,
    field_affine: np.ndarray,
    affine: np.ndarray,
    shape: tuple[int, int, int],
) -> np.ndarray:
    """Interpolate a smooth field linearly; beyond its grid it keeps the edge's value."""
    voxel_map = np.linalg.inv(field_affine) @ affine
    field: np.ndarray = ndimage.affine_transform(
        log_field.astype("f4"),
        voxel_map[:3, :3],
        voxel_map[:3, 3],
        shape,
        order=1,
        mode="nearest",
    )
    return field
