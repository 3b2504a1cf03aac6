"""Exact zeros around what was acquired: no measurement, whatever a file says."""

import numpy as np
from scipy import ndimage

from rt1t2.geometry.morphology import bounding_box
from rt1t2.geometry.resampling import resample
from rt1t2.images import voxel_sizes_mm
from rt1t2.registration.head_mask import head_mask

MEASURED_SHARE = 0.5  # of the outermost plane with a value; less is a masked background
TOUCHED = 0.01  # share of padding from which an interpolated voxel counts as padding


def trim_padding(
    data: np.ndarray, affine: np.ndarray
) -> tuple[np.ndarray, np.ndarray, int]:
    """Cut outer planes of exact zeros that were added around the acquired volume.

    Next to such planes lies the outermost acquired plane, which has values almost everywhere
    because air is noisy. Where a scanner or a defacing program set the background to 0,
    the outermost plane with values only touches the head: nothing is cut there.

    Returns
    -------
    tuple
        The volume, its affine, and the number of planes that were cut.
    """
    there = data != 0
    if not there.any():
        return data, affine, 0
    box = bounding_box(there)
    keep = [slice(0, n) for n in data.shape]
    for axis, span in enumerate(box):
        inside = np.moveaxis(there[box], axis, 0)
        first = span.start if inside[0].mean() > MEASURED_SHARE else 0
        last = span.stop if inside[-1].mean() > MEASURED_SHARE else data.shape[axis]
        keep[axis] = slice(first, last)
    trimmed = data[tuple(keep)]
    moved = affine.copy()
    moved[:3, 3] += affine[:3, :3] @ [s.start for s in keep]
    return trimmed, moved, sum(data.shape) - sum(trimmed.shape)


def padding(data: np.ndarray) -> np.ndarray:
    """Mark exact zeros that are connected with the border of the volume."""
    zeros = np.pad(data == 0, 1, constant_values=True)
    labels, _ = ndimage.label(zeros)
    outside: np.ndarray = (labels == labels[0, 0, 0])[1:-1, 1:-1, 1:-1]
    return outside


def without_padding(
    t1w: np.ndarray,
    t2w: np.ndarray,
    affine: np.ndarray,
    native_t1w: tuple[np.ndarray, np.ndarray],
    native_t2w: tuple[np.ndarray, np.ndarray],
    to_native_t1w: np.ndarray,
    to_native_t2w: np.ndarray,
) -> tuple[np.ndarray, dict[str, int]]:
    """Make the T2w undefined where one image is padded while the other shows the head.

    There is no ratio there, and no part in any fit. In the air around the head zeros are as
    good as noise and stay.

    Parameters
    ----------
    t1w, t2w, affine
        Conformed images (x, y, z) and their voxel to RAS mm; T2w is NaN outside its view.
    native_t1w, native_t2w
        As scanned: image, voxel to RAS mm.
    to_native_t1w, to_native_t2w
        4x4, RAS mm of the conformed grid to RAS mm of the native one.

    Returns
    -------
    tuple
        The T2w, and how many of its voxels became undefined because of which image.
    """
    result, counts = t2w.copy(), {}
    for name, (data, native), to_native, other in (
        ("ZerosAroundT1w", native_t1w, to_native_t1w, t2w),
        ("ZerosAroundT2w", native_t2w, to_native_t2w, t1w),
    ):
        outside = padding(data)
        counts[name] = 0
        if outside.any():
            share = resample(outside, native, affine, t1w.shape, to_native)
            lost = (share > TOUCHED) & head_mask(other, voxel_sizes_mm(affine))
            counts[name] = int((lost & np.isfinite(result)).sum())
            result[lost] = np.nan
    return result, counts
