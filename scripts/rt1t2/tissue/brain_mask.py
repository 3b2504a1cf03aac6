"""Brain mask from tissue probabilities: opened away from the skull, closed over the sulci."""

import numpy as np
from scipy import ndimage

from rt1t2.geometry.head_mask import largest_part
from rt1t2.geometry.morphology import box_around, close, dilate, erode

OPENING_MM, CLOSING_MM, FINAL_CLOSING_MM = 2.5, 6.0, 3.0
RIM_MM, RIM_CSF = 2.3, 0.3
MIN_PRIOR = 0.02


def brain_mask(
    parenchyma: np.ndarray, csf: np.ndarray, prior: np.ndarray, voxel_mm: np.ndarray
) -> np.ndarray:
    """Mark the brain with its ventricles and the CSF of its sulci.

    Parameters
    ----------
    parenchyma, csf
        Posterior probabilities (x, y, z).
    prior
        Prior probability of brain or CSF.
    voxel_mm
        Voxel sizes.

    Returns
    -------
    np.ndarray
        bool. Parenchyma is opened (dura, muscles of the eye), its largest part closed over
        sulci where there is parenchyma or CSF, a rim of CSF is added, holes are filled.
    """
    whole = np.zeros(prior.shape, bool)
    box = box_around(prior > MIN_PRIOR, RIM_MM + FINAL_CLOSING_MM, voxel_mm)
    whole[box] = _brain_mask(parenchyma[box], csf[box], prior[box], voxel_mm)
    return whole


def _brain_mask(
    parenchyma: np.ndarray, csf: np.ndarray, prior: np.ndarray, voxel_mm: np.ndarray
) -> np.ndarray:
    brain = (parenchyma > 0.5) & (prior > MIN_PRIOR)
    mask = _opened(brain, OPENING_MM, voxel_mm)
    mask = close(mask, CLOSING_MM, voxel_mm) & (parenchyma + csf > 0.5)
    mask = largest_part(close(mask, FINAL_CLOSING_MM, voxel_mm))
    rim_mm = max(RIM_MM, voxel_mm.min()) + 1e-3
    mask |= dilate(mask, rim_mm, voxel_mm) & (csf > RIM_CSF)
    for axis in range(3):
        slices = [ndimage.binary_fill_holes(s) for s in np.moveaxis(mask, axis, 0)]
        mask = np.moveaxis(np.stack(slices), 0, axis)
    return mask


def _opened(mask: np.ndarray, radius_mm: float, voxel_mm: np.ndarray) -> np.ndarray:
    core = largest_part(erode(mask, radius_mm, voxel_mm))
    opened: np.ndarray = dilate(core, radius_mm + 1e-3, voxel_mm) & mask
    return opened
