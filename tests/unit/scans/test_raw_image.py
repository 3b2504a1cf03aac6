"""An image of the raw data set: no text of the source's, and the sizes of its voxels."""

import nibabel as nib
import numpy as np
import pytest

from rt1t2.records import read_json
from rt1t2.scans.raw_image import save_raw


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 0, 1)])
def test_sizes_are_those_of_left_front_and_up_in_any_order_of_the_axes(tmp_path, order):
    affine = np.eye(4)
    affine[:3, :3] = np.diag([1.0, 2.0, 3.0])[:, order]
    data = np.arange(24, dtype=np.int16).reshape(2, 3, 4)
    path = tmp_path / "sub-01_TB1map.nii.gz"
    said = save_raw((data, affine, {"Flags": []}), path, {"CodeDigest": "x"})
    assert said.startswith("sub-01_TB1map.nii.gz: (2, 3, 4) voxels")
    image = nib.load(path)
    np.testing.assert_array_equal(np.asarray(image.dataobj), data)
    np.testing.assert_array_equal(image.affine, affine)
    assert read_json(tmp_path / "sub-01_TB1map.json") == {
        "Flags": [],
        "VoxelSizeMm": [1.0, 2.0, 3.0],
        "CodeDigest": "x",
    }
