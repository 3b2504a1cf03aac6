"""Smoothing with SPM's kernel, with edges treated as SPM does or normalised.

The kernel is a Gaussian convolved with the linear interpolation between voxels (a triangle),
as in SPM12; its full width at half maximum is a little larger than that of the Gaussian.
"""

import numpy as np
from scipy import special

from rt1t2.geometry.morphology import bounding_box

# At a straight edge half of the kernel lies inside, in a right-angled corner of the brain a
# quarter. Below this share a value would rest on few voxels several millimetres away.
MIN_SUPPORT = 0.3


def spm_kernel(fwhm_mm: float, voxel_mm: float) -> np.ndarray:
    """Return SPM12's kernel in voxels, from -r to r with r = round(6·sigma), summing to 1.

    With s = sigma²: k(x) = g(x - 1) - 2 g(x) + g(x + 1), where
    g(x) = x/2·erf(x / sqrt(2 s)) + sqrt(s / 2π)·exp(-x² / 2 s),
    the second difference of the twice-integrated Gaussian.
    """
    variance = (fwhm_mm / voxel_mm) ** 2 / (8 * np.log(2)) + np.finfo(float).eps
    radius = round(6 * np.sqrt(variance))

    def twice_integrated(x: np.ndarray) -> np.ndarray:
        gaussian = np.exp(-(x**2) / (2 * variance))
        tails = gaussian * np.sqrt(variance / (2 * np.pi))
        integral: np.ndarray = x / 2 * special.erf(x / np.sqrt(2 * variance)) + tails
        return integral

    x = np.arange(-radius, radius + 1, dtype=float)
    kernel = twice_integrated(x - 1) - 2 * twice_integrated(x) + twice_integrated(x + 1)
    kernel = np.maximum(kernel, 0)
    normalised: np.ndarray = kernel / kernel.sum()
    return normalised


def smooth_normalised(
    image: np.ndarray, mask: np.ndarray, fwhm_mm: float, voxels_mm: np.ndarray
) -> np.ndarray:
    """Smooth within a mask, as if nothing lay outside: G(r·v) / G(v).

    v is 1 where the image is defined and inside the mask, 0 elsewhere. Edges, ventricles cut
    out and lesions do not darken their surroundings, and a constant stays constant. A hole
    is filled from around it as long as ``MIN_SUPPORT`` of the kernel still sees data.

    Parameters
    ----------
    image
        Shape (x, y, z); NaN = undefined.
    mask
        bool, the brain.
    fwhm_mm
        Full width at half maximum of the Gaussian, the same along all axes.
    voxels_mm
        The three voxel sizes.

    Returns
    -------
    np.ndarray
        float32; NaN outside the mask and where G(v) < ``MIN_SUPPORT``.
    """
    valid = np.isfinite(image) & mask
    smoothed = np.full(image.shape, np.nan, dtype=np.float32)
    if not valid.any():
        return smoothed
    box = bounding_box(mask)
    matrices = [
        _convolution_matrix(part.stop - part.start, spm_kernel(fwhm_mm, size))
        for part, size in zip(box, voxels_mm, strict=True)
    ]
    weight = _apply(matrices, valid[box])
    total = _apply(matrices, np.where(valid, image, 0)[box])
    known = mask[box] & (weight >= MIN_SUPPORT)
    np.divide(total, weight, out=smoothed[box], where=known, casting="same_kind")
    return smoothed


def smooth(
    ratio: np.ndarray,
    brain: np.ndarray,
    fwhm_mm: float,
    voxel_mm: np.ndarray,
    edges: str,
) -> np.ndarray:
    """Smooth as ``smoothing.edges`` of the config says.

    ``normalised``: :func:`smooth_normalised`; ``zero_fill``: :func:`smooth_zero_fill`.

    Raises
    ------
    ValueError
        If ``edges`` is neither.
    """
    if edges == "normalised":
        return smooth_normalised(ratio, brain, fwhm_mm, voxel_mm)
    if edges == "zero_fill":
        return smooth_zero_fill(ratio, fwhm_mm, voxel_mm)
    raise ValueError(f"smoothing.edges is {edges!r}")


def smooth_zero_fill(
    image: np.ndarray, fwhm_mm: float, voxels_mm: np.ndarray
) -> np.ndarray:
    """Smooth as SPM12's ``spm_smooth``: undefined voxels count as 0, everywhere has a value.

    Beyond the volume there are zeros along x and y; along z the kernel is divided by the
    part of it that lies inside the volume.

    Returns
    -------
    np.ndarray
        float32, no NaN.
    """
    filled = np.where(np.isfinite(image), image, 0)
    matrices = [
        _convolution_matrix(n, spm_kernel(fwhm_mm, size))
        for n, size in zip(image.shape, voxels_mm, strict=True)
    ]
    matrices[2] /= matrices[2].sum(axis=1, keepdims=True)
    if not filled.any():
        return filled.astype(np.float32)
    box = bounding_box(filled != 0)
    columns = [m[:, part] for m, part in zip(matrices, box, strict=True)]
    return _apply(columns, filled[box]).astype(np.float32)


def _convolution_matrix(n: int, kernel: np.ndarray) -> np.ndarray:
    """Return the n x n matrix that convolves a line of n voxels with zeros beyond it."""
    radius = len(kernel) // 2
    offset = np.arange(n)[:, None] - np.arange(n)
    reached = np.abs(offset) <= radius
    return np.where(reached, kernel[np.clip(offset + radius, 0, 2 * radius)], 0)


def _apply(matrices: list[np.ndarray], image: np.ndarray) -> np.ndarray:
    """Multiply along each axis; as matrix products several times faster than convolutions."""
    image = image.astype(float)
    for axis, matrix in enumerate(matrices):
        image = np.moveaxis(np.tensordot(matrix, image, axes=(1, axis)), 0, axis)
    return image
