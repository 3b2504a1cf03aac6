"""The order in which a scanner's voxels are stored."""

import numpy as np

from rt1t2.nifti import nib

# As a converter gives them: i along an image's columns, j up its rows, k over the slices.
SAGITTAL, CORONAL, AXIAL = "PSR", "LSA", "LAS"


def reordered(
    data: np.ndarray, affine: np.ndarray, order: str
) -> tuple[np.ndarray, np.ndarray]:
    """Flip and swap voxel axes to an order such as ``"PSR"`` (i to posterior, …)."""
    here = nib.io_orientation(affine)
    wanted = nib.orientations.axcodes2ornt(order)
    change = nib.orientations.ornt_transform(here, wanted)
    turned = nib.orientations.apply_orientation(data, change)
    return turned, affine @ nib.orientations.inv_ornt_aff(change, data.shape)
