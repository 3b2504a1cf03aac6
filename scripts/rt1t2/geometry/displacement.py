"""Displacement fields in template space: sampling through them, volume change, ITK's form.

A point x of the template (RAS mm) goes to x + d(x), and from there through the affine to the
participant. Outside the field's grid the way is unknown: NaN, not a displacement of 0.
"""

import numpy as np
from scipy import ndimage

from rt1t2.geometry.resampling import resample

LPS = np.array([-1.0, -1.0, 1.0], dtype=np.float32)


def to_itk(displacement: np.ndarray) -> np.ndarray:
    """Turn a field (x, y, z, 3) in RAS mm into ITK's: (x, y, z, 1, 3) in LPS mm."""
    # + 0.0 turns -0.0 into 0.0
    return (displacement * LPS)[:, :, :, None, :].astype(np.float32) + np.float32(0)


def from_itk(field: np.ndarray) -> np.ndarray:
    """Turn ITK's field (x, y, z, 1, 3) in LPS mm into (x, y, z, 3) in RAS mm."""
    return field[:, :, :, 0, :] * LPS


def displacements_at(
    displacement: np.ndarray, voxels: np.ndarray, outside: float | None = None
) -> np.ndarray:
    """Sample a field (x, y, z, 3) linearly at its voxel coordinates (n, 3); shape (n, 3).

    Beyond its grid ``outside``, or where that is ``None`` what its edge has.
    """
    how = {"mode": "nearest"} if outside is None else {"cval": outside}
    return np.stack(
        [
            ndimage.map_coordinates(displacement[..., axis], voxels.T, order=1, **how)
            for axis in range(3)
        ],
        axis=1,
    )


def source_voxels(
    displacement: np.ndarray,
    field_affine: np.ndarray,
    template_to_source: np.ndarray,
    source_affine: np.ndarray,
    target_affine: np.ndarray,
    target_shape: tuple[int, int, int],
) -> np.ndarray:
    """Find where every voxel of a template grid lies in a participant's image.

    Parameters
    ----------
    displacement, field_affine
        Field (x, y, z, 3) in RAS mm, and its voxel to RAS mm.
    template_to_source
        4x4 matrix that follows the displacement: RAS mm to RAS mm.
    source_affine
        Voxel to RAS mm of the participant's image.
    target_affine, target_shape
        The template grid.

    Returns
    -------
    np.ndarray
        Voxel coordinates, shape (3, x, y, z), float32; NaN outside the field's grid.
    """
    grid = np.indices(target_shape, dtype=np.float32, sparse=True)
    moved = [
        resample(
            displacement[..., axis],
            field_affine,
            target_affine,
            target_shape,
            antialias=False,
            outside=np.nan,
        )
        for axis in range(3)
    ]
    for axis in range(3):  # grids in template space are axis-aligned
        moved[axis] += (
            target_affine[axis, axis] * grid[axis] + target_affine[axis, 3]
        ).astype(np.float32)
    to_voxel = np.linalg.inv(source_affine) @ template_to_source
    return np.stack(
        [
            sum(np.float32(row[axis]) * moved[axis] for axis in range(3))
            + np.float32(row[3])
            for row in to_voxel[:3]
        ]
    )


def pull(image: np.ndarray, voxels: np.ndarray) -> np.ndarray:
    """Sample an image linearly at voxel coordinates, weighting only its defined voxels.

    value = sum(w·v·image) / sum(w·v), with the eight trilinear weights w and v = 1 where
    the image is defined, 0 where it is NaN. NaN where sum(w·v) < 0.5: less than half of the
    neighbourhood is known; NaN also outside the field of view.

    Parameters
    ----------
    image
        Participant's image, shape (x, y, z); NaN = undefined.
    voxels
        Coordinates, shape (3, ...); NaN = no data.

    Returns
    -------
    np.ndarray
        float32, the shape of ``voxels`` without its first axis.
    """
    size = np.array(image.shape).reshape(3, *[1] * (voxels.ndim - 1))
    with np.errstate(invalid="ignore"):
        inside = ((voxels >= -0.5) & (voxels <= size - 0.5)).all(axis=0)
    points = voxels[:, inside]
    defined = np.isfinite(image)
    value = ndimage.map_coordinates(
        np.where(defined, image, 0).astype(np.float32), points, order=1, mode="nearest"
    )
    if not defined.all():
        weight = ndimage.map_coordinates(
            defined.astype(np.float32), points, order=1, mode="nearest"
        )
        known = weight >= 0.5
        value = np.where(known, value / np.where(known, weight, 1), np.nan)
    pulled = np.full(voxels.shape[1:], np.nan, dtype=np.float32)
    pulled[inside] = value
    return pulled


def jacobian_determinant(displacement: np.ndarray, voxel_mm: float) -> np.ndarray:
    """Return the local volume change of x -> x + d(x): det(I + grad d), shape (x, y, z).

    Below 0 the field folds: two template points meet in one.
    """
    gradients = np.stack(
        [
            np.stack(np.gradient(displacement[..., axis], voxel_mm), axis=-1)
            for axis in range(3)
        ],
        axis=-2,
    )
    determinant: np.ndarray = np.linalg.det(gradients + np.eye(3))
    return determinant
