"""Masks made wider, narrower or closed by a distance in mm, and the box around them.

By exact Euclidean distances, which hold for any voxel size and radius; computed in the box where
they can matter, which gives the same masks as in the whole image.
"""

from collections.abc import Sequence

import edt
import numpy as np
from scipy import ndimage

Box = tuple[slice, slice, slice]


def bounding_box(mask: np.ndarray) -> Box:
    """Return the slices that hold all voxels of a mask that has some."""
    x, y, z = ndimage.find_objects(mask.astype(np.uint8), 1)[0]
    return x, y, z


def box_around(mask: np.ndarray, margin_mm: float, voxel_mm: float | np.ndarray) -> Box:
    """Return the bounding box with a margin and one voxel more; all of an empty mask."""
    if not mask.any():
        return (slice(None),) * 3
    x, y, z = (
        slice(max(part.start - margin, 0), part.stop + margin)
        for part, margin in zip(
            bounding_box(mask), _margins(margin_mm, voxel_mm), strict=True
        )
    )
    return x, y, z


def affine_of_box(affine: np.ndarray, box: Sequence[slice]) -> np.ndarray:
    """Return the voxel to RAS mm of an image's part; ``affine`` is that of the whole."""
    moved = affine.copy()
    moved[:3, 3] += affine[:3, :3] @ [part.start or 0 for part in box]
    return moved


def depth_mm(inside: np.ndarray, voxel_mm: float | np.ndarray) -> np.ndarray:
    """Return how far every voxel of a mask is from the nearest one outside, float32; 0 outside.

    From voxel centre to voxel centre, in Euclidean distance; the image's own edge is no
    outside. Infinite where the mask is the whole image.

    Parameters
    ----------
    inside
        bool, shape (x, y, z).
    voxel_mm
        Voxel size, one number or three.
    """
    sizes = tuple(np.broadcast_to(np.asarray(voxel_mm, dtype=float), 3).tolist())
    depth: np.ndarray = edt.edt(np.ascontiguousarray(inside), anisotropy=sizes)
    return depth


def dilate(
    mask: np.ndarray, distance_mm: float, voxel_mm: float | np.ndarray
) -> np.ndarray:
    """Mark what is no farther than ``distance_mm`` from a voxel of the mask.

    Parameters
    ----------
    mask
        bool, shape (x, y, z).
    distance_mm
        From voxel centre to voxel centre.
    voxel_mm
        Voxel size, one number or three.
    """
    wide = np.zeros(mask.shape, dtype=bool)
    if mask.any():
        box = box_around(mask, distance_mm, voxel_mm)
        wide[box] = depth_mm(~mask[box], voxel_mm) <= distance_mm
    return wide


def erode(
    mask: np.ndarray, distance_mm: float, voxel_mm: float | np.ndarray
) -> np.ndarray:
    """Keep what is farther than ``distance_mm`` from every voxel outside the mask.

    Parameters as in :func:`dilate`. The image's own edge is no edge of the mask.
    """
    narrow = mask.copy()
    if mask.any() and not mask.all():
        # with one voxel around it: the nearest voxel outside the mask is never farther
        box = box_around(mask, 0.0, voxel_mm)
        narrow[box] = depth_mm(mask[box], voxel_mm) > distance_mm
    return narrow


def close(
    mask: np.ndarray, distance_mm: float, voxel_mm: float | np.ndarray
) -> np.ndarray:
    """Widen and narrow by ``distance_mm``: gaps up to twice as wide are bridged."""
    widths = [(margin, margin) for margin in _margins(distance_mm, voxel_mm)]
    padded = np.pad(mask, widths)
    bridged = erode(dilate(padded, distance_mm, voxel_mm), distance_mm, voxel_mm)
    filled: np.ndarray = (bridged | padded)[
        tuple(slice(low, -high) for low, high in widths)
    ]
    return filled


def _margins(distance_mm: float, voxel_mm: float | np.ndarray) -> list[int]:
    sizes = np.broadcast_to(np.asarray(voxel_mm, dtype=float), 3)
    return [int(np.ceil(distance_mm / size)) + 1 for size in sizes]
