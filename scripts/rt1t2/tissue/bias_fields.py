"""Smooth bias fields on other grids."""

import numpy as np
from scipy import ndimage

from rt1t2.geometry.volume import Volume


def subsampled(fields: Volume, spacing_mm: float) -> Volume:
    """Keep every n-th voxel along each axis, at most ``spacing_mm`` apart.

    ``fields``: shape (x, y, z, ...).
    """
    step = max(1, int(spacing_mm / fields.voxel_mm.max() + 1e-6))
    kept = fields.data[::step, ::step, ::step]
    return Volume(kept, fields.affine @ np.diag([step, step, step, 1.0]))


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
