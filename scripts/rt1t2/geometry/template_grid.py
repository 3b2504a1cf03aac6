"""Grids in template space: axis-aligned, isotropic, with a voxel centre at 0, 0, 0."""

import numpy as np

from rt1t2.geometry.morphology import bounding_box

Shape = tuple[int, int, int]


def grid_over(
    low_mm: np.ndarray, high_mm: np.ndarray, voxel_mm: float
) -> tuple[Shape, np.ndarray]:
    """Return shape and affine (RAS mm) of the smallest grid with centres over a box.

    The origin is a multiple of the voxel size, so that 0, 0, 0 is a voxel centre and grids
    of different resolution share points.
    """
    # the tolerance keeps 97.9999999 mm and 98 mm on one grid
    first = np.floor(np.asarray(low_mm) / voxel_mm + 1e-6).astype(int)
    last = np.ceil(np.asarray(high_mm) / voxel_mm - 1e-6).astype(int)
    affine = np.diag([voxel_mm, voxel_mm, voxel_mm, 1.0])
    affine[:3, 3] = first * voxel_mm
    x, y, z = (int(n) for n in last - first + 1)
    return (x, y, z), affine


def grid_around(
    mask: np.ndarray, affine: np.ndarray, voxel_mm: float, margin_mm: float
) -> tuple[Shape, np.ndarray]:
    """Return shape and affine of a grid over a mask and ``margin_mm`` beyond it."""
    box = bounding_box(mask)
    corners = np.array([[s.start for s in box], [s.stop - 1 for s in box]])
    points = corners @ affine[:3, :3].T + affine[:3, 3]
    return grid_over(points.min(0) - margin_mm, points.max(0) + margin_mm, voxel_mm)


def image_box(shape: Shape, affine: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the lowest and the highest voxel centres (RAS mm) of an image, any axes."""
    ends = np.stack(np.meshgrid(*[(0, n - 1) for n in shape], indexing="ij"), axis=-1)
    points = ends.reshape(-1, 3) @ affine[:3, :3].T + affine[:3, 3]
    return points.min(axis=0), points.max(axis=0)
