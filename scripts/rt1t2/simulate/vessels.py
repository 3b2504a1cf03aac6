"""Where venous blood flows at the surface of a simulated brain."""

import numpy as np
from scipy import ndimage

from rt1t2.geometry.morphology import widened
from rt1t2.template.head_model import Head

DEPTH_MM, HALF_WIDTH_MM = 7.0, 5.0


def venous_sinuses(head: Head) -> np.ndarray:
    """Return the share of the superior sagittal and transverse sinuses in every voxel.

    They lie within DEPTH_MM outside the brain: one along the midline over the vault, one at
    each side behind, at the height of the tentorium's edge.
    """
    x, y, z = head.grid.axes
    beside = widened(head.brain, DEPTH_MM, head.voxel_mm) & ~head.brain
    sagittal = (np.abs(x) <= HALF_WIDTH_MM) & (z > -15) & (y < 60)
    transverse = (np.abs(z + 22) <= HALF_WIDTH_MM) & (y < -40)
    sinus = (beside & (sagittal | transverse)).astype(np.float32)
    return ndimage.gaussian_filter(sinus, 0.55 / head.voxel_mm)
