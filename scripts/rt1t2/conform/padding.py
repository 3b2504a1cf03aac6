"""Exact zeros around what was acquired: no measurement, whatever a file says."""

import numpy as np
from scipy import ndimage

from rt1t2.geometry.morphology import affine_of_box, bounding_box
from rt1t2.geometry.volume import Volume

MEASURED_SHARE = 0.5  # of the outermost plane with a value; less is a masked background
HEAD_MM = 2.0  # voxels in which the head is found
TOUCHED = 0.01  # share of padding from which an interpolated voxel counts as padding


def trim_padding(scan: Volume) -> tuple[Volume, int]:
    """Cut outer planes of exact zeros that were added around the acquired volume.

    Next to such planes lies the outermost acquired plane, which has values almost everywhere
    because air is noisy. Where a scanner or a defacing program set the background to 0,
    the outermost plane with values only touches the head: nothing is cut there.

    Returns
    -------
    tuple
        The volume, and the number of planes that were cut.
    """
    measured = scan.data != 0
    if not measured.any():
        return scan, 0
    box = bounding_box(measured)
    keep = [slice(0, n) for n in scan.shape]
    for axis, span in enumerate(box):
        planes = np.moveaxis(measured[box], axis, 0)
        first = span.start if planes[0].mean() > MEASURED_SHARE else 0
        last = span.stop if planes[-1].mean() > MEASURED_SHARE else scan.shape[axis]
        keep[axis] = slice(first, last)
    n_cut = sum(
        n - (part.stop - part.start) for n, part in zip(scan.shape, keep, strict=True)
    )
    if n_cut == 0:
        return scan, 0
    return Volume(scan.data[tuple(keep)], affine_of_box(scan.affine, keep)), n_cut


def padding(data: np.ndarray) -> np.ndarray:
    """Mark exact zeros that are connected with the border of the volume."""
    zeros = np.pad(data == 0, 1, constant_values=True)
    labels, _ = ndimage.label(zeros)
    outside: np.ndarray = (labels == labels[0, 0, 0])[1:-1, 1:-1, 1:-1]
    return outside


def without_padding(
    t1w: Volume,
    t2w: Volume,
    native_t1w: Volume,
    native_t2w: Volume,
    to_native_t1w: np.ndarray,
    to_native_t2w: np.ndarray,
) -> tuple[Volume, dict[str, int]]:
    """Make the T2w undefined where one image is padded while the other shows the head.

    There is no ratio there, and no part in any fit. In the air around the head zeros are as
    good as noise and stay.

    Parameters
    ----------
    t1w, t2w
        Conformed images on one grid; the T2w is NaN outside its view.
    native_t1w, native_t2w
        As scanned.
    to_native_t1w, to_native_t2w
        4x4, RAS mm of the conformed grid to RAS mm of the native one.

    Returns
    -------
    tuple
        The T2w, and how many of its voxels became undefined because of which image.
    """
    result, counts = t2w.data.copy(), {}
    for name, native, to_native, other in (
        ("ZerosAroundT1w", native_t1w, to_native_t1w, t2w),
        ("ZerosAroundT2w", native_t2w, to_native_t2w, t1w),
    ):
        outside = padding(native.data)
        counts[name] = 0
        if outside.any():
            share = native.like(outside).on(t1w, to_native).data
            coarse = other.reduced_to(HEAD_MM)
            head = coarse.like(coarse.head).on(t1w).data > 0.5
            lost = (share > TOUCHED) & head
            counts[name] = int((lost & np.isfinite(result)).sum())
            result[lost] = np.nan
    return t1w.like(result), counts
