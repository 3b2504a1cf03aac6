"""Resampling of images between grids, in one interpolation and without aliasing."""

from itertools import product
from typing import cast

import numpy as np
from scipy import ndimage, sparse

from rt1t2.images import voxel_sizes_mm
from rt1t2.nifti import nib

# Standard deviation of a Gaussian with a full width at half maximum of 1.
SD_PER_FWHM = 1 / np.sqrt(8 * np.log(2))

EDGE = "mirror"  # what splines see beyond the image
NEGLIGIBLE = 1e-6

Shape = tuple[int, int, int]


def resample(
    data: np.ndarray,
    affine: np.ndarray,
    target_affine: np.ndarray,
    target_shape: tuple[int, int, int],
    point_map: np.ndarray | None = None,
    order: int = 1,
    antialias: bool = True,
    outside: float = 0.0,
) -> np.ndarray:
    """Sample an image on another grid.

    Parameters
    ----------
    data
        Image, shape (x, y, z), finite.
    affine
        Its voxel to RAS mm.
    target_affine, target_shape
        The grid to sample on.
    point_map
        4x4 matrix from RAS mm of the target to RAS mm of ``data``; ``None`` is identity.
    order
        Degree of the B-spline: 0 nearest, 1 linear, 4 as in the T1w pipeline.
    antialias
        Smooth along those axes of ``data`` in which the target's voxels are larger, so that
        each target voxel stands for its own volume: FWHM = sqrt(target² - source²).
    outside
        Value more than half a voxel outside the field of view (``np.nan`` for undefined).

    Returns
    -------
    np.ndarray
        float32, ``target_shape``.
    """
    target_to_source = target_affine if point_map is None else point_map @ target_affine
    voxel_map = np.linalg.inv(affine) @ target_to_source
    data = np.asarray(data, dtype=np.float32)
    if antialias:
        data = _low_pass(data, np.sqrt((voxel_map[:3, :3] ** 2).sum(axis=1)))
    along_axes = order > 0 and _along_axes(voxel_map, target_shape)
    if order > 1 and along_axes:
        sampled = _spline_along_axes(data, voxel_map, target_shape, order)
    else:
        # SciPy takes half the time where it is told that the axes are the same
        turned = np.diag(voxel_map)[:3] if along_axes else voxel_map[:3, :3]
        sampled = ndimage.affine_transform(
            data,
            turned,
            voxel_map[:3, 3],
            tuple(target_shape),
            order=order,
            mode=EDGE if order > 1 else "nearest",
        )
    sampled[~_inside(voxel_map, data.shape, target_shape)] = outside
    return sampled


def _along_axes(voxel_map: np.ndarray, target_shape: Shape) -> bool:
    """Tell whether each axis of the target runs along the same axis of the source.

    Within NEGLIGIBLE voxels at the far end: what the inverse of an affine leaves.
    """
    across = voxel_map[:3, :3] - np.diag(np.diag(voxel_map)[:3])
    return bool(np.abs(across).max() * max(target_shape) < NEGLIGIBLE)


def _spline_along_axes(
    data: np.ndarray, voxel_map: np.ndarray, target_shape: Shape, order: int
) -> np.ndarray:
    """Interpolate along one axis after the other: SciPy's spline, its weights found once a plane.

    A sixth of the time of all three axes at once, to 1e-6 of the largest value.
    """
    sampled = ndimage.spline_filter(data, order, np.float32, mode=EDGE)
    for axis, n in enumerate(target_shape):
        weights = sparse.csr_array(
            np.column_stack(
                [
                    ndimage.affine_transform(
                        unit,
                        voxel_map[axis : axis + 1, axis],
                        voxel_map[axis, 3],
                        (n,),
                        order=order,
                        mode=EDGE,
                        prefilter=False,
                    )
                    for unit in np.eye(data.shape[axis], dtype=np.float32)
                ]
            )
        )
        moved = np.moveaxis(sampled, axis, 0)
        rows = weights @ moved.reshape(len(moved), -1)
        sampled = np.moveaxis(rows.reshape(n, *moved.shape[1:]), 0, axis)
    return np.ascontiguousarray(sampled)


def field_of_view(
    source_shape: tuple[int, int, int],
    affine: np.ndarray,
    target_affine: np.ndarray,
    target_shape: tuple[int, int, int],
    point_map: np.ndarray | None = None,
) -> np.ndarray:
    """Mark the voxels of a target grid whose centre lies in a voxel of the source grid."""
    target_to_source = target_affine if point_map is None else point_map @ target_affine
    voxel_map = np.linalg.inv(affine) @ target_to_source
    return _inside(voxel_map, source_shape, target_shape)


def downsample(
    data: np.ndarray, affine: np.ndarray, voxel_mm: float
) -> tuple[np.ndarray, np.ndarray]:
    """Reduce an image to voxels of ``voxel_mm`` along each axis that is finer.

    NaN (undefined) stays undefined where it makes up more than half of a new voxel.
    Returns the image and its affine.
    """
    known = np.isfinite(data)
    if known.all():
        return _downsample(data, affine, voxel_mm)
    filled, coarse_affine = _downsample(np.where(known, data, 0), affine, voxel_mm)
    weight, _ = _downsample(known, affine, voxel_mm)
    coarse = np.full(filled.shape, np.nan, dtype=np.float32)
    np.divide(filled, weight, out=coarse, where=weight > 0.5)
    return coarse, coarse_affine


def isotropic_grid(
    shape: tuple[int, int, int], affine: np.ndarray, voxel_mm: float
) -> tuple[tuple[int, int, int], np.ndarray]:
    """Return shape and affine of isotropic voxels over an image's field of view.

    The axes are those of the image in the order and direction closest to RAS (oblique scans
    stay oblique); both fields of view have the same centre.
    """
    canonical = nib.as_closest_canonical(nib.Nifti1Image(np.empty(shape, "u1"), affine))
    sizes = voxel_sizes_mm(canonical.affine)
    extent_mm = np.array(canonical.shape) * sizes
    # a field of view of 160.0001 mm is one of 160 mm
    new_shape = np.maximum(np.ceil(extent_mm / voxel_mm - 0.01), 1).astype(int)
    new_affine = canonical.affine.copy()
    new_affine[:3, :3] *= voxel_mm / sizes
    centre = canonical.affine @ np.r_[(np.array(canonical.shape) - 1) / 2, 1]
    new_affine[:3, 3] = centre[:3] - new_affine[:3, :3] @ ((new_shape - 1) / 2)
    return cast(Shape, tuple(int(n) for n in new_shape)), new_affine


def _downsample(
    data: np.ndarray, affine: np.ndarray, voxel_mm: float
) -> tuple[np.ndarray, np.ndarray]:
    data = np.asarray(data, dtype=np.float32)
    # whole-numbered block means first: a Gaussian over fine voxels would cost seconds
    blocks = np.maximum(voxel_mm / voxel_sizes_mm(affine) / 1.5, 1).astype(int)
    blocks = np.minimum(blocks, data.shape)
    data, affine = _block_means(data, affine, blocks)
    factor = np.maximum(voxel_mm / voxel_sizes_mm(affine), 1)
    coarse_shape = np.maximum(np.round(data.shape / factor), 2)
    shape = cast(Shape, tuple(int(n) for n in coarse_shape))
    coarse_affine = _enlarged(affine, factor)
    return resample(data, affine, coarse_affine, shape), coarse_affine


def _block_means(
    data: np.ndarray, affine: np.ndarray, blocks: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    for axis, block in enumerate(blocks):
        n = data.shape[axis] // block
        cut = np.take(data, np.arange(n * block), axis=axis) if block > 1 else data
        split = (*cut.shape[:axis], n, block, *cut.shape[axis + 1 :])
        data = cut.reshape(split).mean(axis=axis + 1) if block > 1 else data
    return data, _enlarged(affine, blocks)


def _enlarged(affine: np.ndarray, factor: np.ndarray) -> np.ndarray:
    """Enlarge the voxels of a grid that keeps the outer corner of its first voxel."""
    enlarged = affine.copy()
    enlarged[:3, :3] = affine[:3, :3] * factor
    enlarged[:3, 3] = affine[:3, 3] + affine[:3, :3] @ ((factor - 1) / 2)
    return enlarged


def _low_pass(data: np.ndarray, target_voxels: np.ndarray) -> np.ndarray:
    """Smooth to the size of the target's voxels, given in voxels along each axis."""
    fwhm = np.sqrt(np.maximum(target_voxels**2 - 1, 0))
    sd = np.where(fwhm > 0.5, SD_PER_FWHM * fwhm, 0)
    return ndimage.gaussian_filter(data, sd, mode="nearest") if sd.any() else data


def _inside(
    voxel_map: np.ndarray,
    source_shape: tuple[int, ...],
    target_shape: tuple[int, ...],
) -> np.ndarray:
    i, j, k = np.ogrid[tuple(slice(n) for n in target_shape)]
    ends = np.array([*product(*((0, n - 1) for n in target_shape))])
    inside = np.ones(target_shape, dtype=bool)
    for axis, n in enumerate(source_shape):
        a, b, c, start = voxel_map[axis]
        # the tolerance keeps the scan's own outermost voxels in, whatever the rounding
        low, high = -0.501, n - 0.499
        corners = ends @ voxel_map[axis, :3] + start
        if corners.min() < low or corners.max() > high:
            position = (a * i + start) + b * j + c * k
            inside &= (position >= low) & (position <= high)
    return inside
