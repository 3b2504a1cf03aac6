"""Smooth bias fields: on another grid, kept small, and put back into an image."""

import numpy as np
from scipy import ndimage

from rt1t2.images import voxel_sizes_mm


def thinned(
    log_fields: np.ndarray, affine: np.ndarray, spacing_mm: float = 8.0
) -> tuple[np.ndarray, np.ndarray]:
    """Keep every n-th voxel: fields have no detail finer than centimetres.

    Parameters
    ----------
    log_fields, affine
        Fields (x, y, z, ...) and voxel to RAS mm.
    spacing_mm
        Largest distance between the voxels that are kept.
    """
    step = max(1, int(spacing_mm // voxel_sizes_mm(affine).max()))
    return log_fields[::step, ::step, ::step], affine @ np.diag([step] * 3 + [1.0])


def uncorrected(
    corrected: np.ndarray,
    affine: np.ndarray,
    log_field: np.ndarray,
    field_affine: np.ndarray,
    offset: float,
) -> np.ndarray:
    """Put a corrected image's field and offset back: the image before its correction.

    What the correction set to 0 stays at the offset.
    """
    restored: np.ndarray = (
        corrected
        * np.exp(field_on_grid(log_field, field_affine, affine, corrected.shape))
        + offset
    )
    return restored


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
