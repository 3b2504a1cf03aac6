"""The one reader and writer of images and sidecars."""

import json

import numpy as np

from rt1t2 import images


def test_the_same_data_give_the_same_bytes_and_come_back(tmp_path):
    data = np.array([[[1.5, np.nan]]], np.float32)
    affine = np.diag([2.0, 2.0, 2.0, 1.0])
    a, b = tmp_path / "a.nii.gz", tmp_path / "b.nii.gz"
    images.save(data, affine, a, meta={"Mean": np.float32(1.5), "Undefined": np.nan})
    images.save(data, affine, b)
    assert a.read_bytes() == b.read_bytes()
    back, back_affine = images.load(a)
    np.testing.assert_array_equal(back, data)
    np.testing.assert_array_equal(back_affine, affine)
    assert json.loads((tmp_path / "a.json").read_text()) == {
        "Mean": 1.5,
        "Undefined": None,
    }
    assert not (tmp_path / "b.json").exists()


def test_grids_differ_by_shape_or_by_corners():
    affine = np.eye(4)
    shifted = affine.copy()
    shifted[0, 3] = 0.02
    assert images.same_grid((2, 2, 2), affine, (2, 2, 2), affine)
    assert not images.same_grid((2, 2, 2), affine, (2, 2, 3), affine)
    assert not images.same_grid((2, 2, 2), affine, (2, 2, 2), shifted)
    assert images.same_grid((2, 2, 2), affine, (2, 2, 2), shifted, tolerance_mm=0.1)
