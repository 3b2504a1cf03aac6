"""Grids compared up to the order and direction of their voxel axes."""

import numpy as np

from rt1t2.images import same_grid
from rt1t2.nifti import nib


def canonical_grid(
    shape: tuple[int, ...], affine: np.ndarray
) -> tuple[tuple[int, ...], np.ndarray]:
    """Return shape and affine of a grid with its axes in closest-canonical (RAS) order."""
    orientation = nib.io_orientation(affine)
    turned = affine @ nib.orientations.inv_ornt_aff(orientation, shape[:3])
    order = np.argsort(orientation[:, 0])
    return tuple(int(shape[axis]) for axis in order), turned


def same_voxels(
    shape_a: tuple[int, ...],
    affine_a: np.ndarray,
    shape_b: tuple[int, ...],
    affine_b: np.ndarray,
    tolerance_mm: float,
) -> bool:
    """Tell whether two grids have the same voxels at the same places in RAS mm.

    Converters and drawing programs reorder and flip axes; that changes nothing here.
    Exchanged sides do.
    """
    a, b = canonical_grid(shape_a, affine_a), canonical_grid(shape_b, affine_b)
    return same_grid(*a, *b, tolerance_mm=tolerance_mm)
