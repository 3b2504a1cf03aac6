"""N4 bias correction of one image (Tustison 2010, doi:10.1109/TMI.2010.2046908)."""

import numpy as np
import SimpleITK as sitk

from rt1t2.tissue.n4_settings import (
    CONVERGENCE,
    FWHM,
    ITERATIONS,
    SHRINK_MM,
    SPLINE_MM,
)


def n4_log_field(
    image: np.ndarray, mask: np.ndarray, voxel_mm: np.ndarray
) -> np.ndarray:
    """Return the natural log of the bias field on the image's grid.

    Parameters
    ----------
    image
        Non-negative, shape (x, y, z).
    mask
        Where the field is estimated (the brain: over the whole head the many tissues mislead
        N4); it is extrapolated smoothly elsewhere.
    voxel_mm
        Voxel sizes.
    """
    full = _to_itk(image + 1e-3 * float(image.max()), voxel_mm)
    shrink = [max(1, int(np.ceil(SHRINK_MM / size - 0.01))) for size in voxel_mm]
    small = sitk.Shrink(full, shrink)
    small_mask = sitk.Shrink(
        sitk.Cast(_to_itk(mask, voxel_mm), sitk.sitkUInt8),
        shrink,
    )
    n4 = sitk.N4BiasFieldCorrectionImageFilter()
    n4.SetNumberOfThreads(1)
    n4.SetMaximumNumberOfIterations(ITERATIONS)
    n4.SetConvergenceThreshold(CONVERGENCE)
    n4.SetBiasFieldFullWidthAtHalfMaximum(FWHM)
    extent_mm = np.array(image.shape) * voxel_mm
    n4.SetNumberOfControlPoints([int(np.ceil(e / SPLINE_MM)) + 3 for e in extent_mm])
    n4.Execute(small, small_mask)
    return sitk.GetArrayFromImage(n4.GetLogBiasFieldAsImage(full)).T.astype(np.float32)


def _to_itk(data: np.ndarray, voxel_mm: np.ndarray) -> sitk.Image:
    image = sitk.GetImageFromArray(np.ascontiguousarray(data.T, dtype=np.float32))
    image.SetSpacing([float(size) for size in voxel_mm])
    return image
