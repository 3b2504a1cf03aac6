"""The one reader and writer of images and sidecars."""

import json

import nibabel as nib
import numpy as np
import pytest

from rt1t2 import images
from rt1t2.errors import UserError


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


def test_rounding_is_said_and_keeps_what_is_undefined(tmp_path):
    data = np.array([[[1.3, -0.01, np.nan]]], np.float32)
    path = tmp_path / "a.nii.gz"
    images.save(data, np.eye(4), path, meta={}, step=0.25)
    np.testing.assert_array_equal(images.load(path)[0], [[[1.25, 0, np.nan]]])
    assert json.loads((tmp_path / "a.json").read_text()) == {
        "RoundedToMultiplesOf": 0.25
    }


@pytest.mark.parametrize(
    ("values", "kind"),
    [([0, 255], "u1"), ([-1, 255], "i2"), ([0, 2**15 - 1], "i2"), ([0, 2**15], "i4")],
)
def test_integers_are_stored_in_the_smallest_type(tmp_path, values, kind):
    path = tmp_path / "a.nii.gz"
    images.save(np.array([[values]], np.int64), np.eye(4), path)
    assert nib.load(path).get_data_dtype() == np.dtype(kind)
    np.testing.assert_array_equal(images.load(path)[0], [[values]])


def test_grids_differ_by_shape_or_by_corners():
    affine = np.eye(4)
    shifted = affine.copy()
    shifted[0, 3] = 0.02
    assert images.same_grid((2, 2, 2), affine, (2, 2, 2), affine)
    assert not images.same_grid((2, 2, 2), affine, (2, 2, 3), affine)
    assert not images.same_grid((2, 2, 2), affine, (2, 2, 2), shifted)
    assert images.same_grid((2, 2, 2), affine, (2, 2, 2), shifted, tolerance_mm=0.1)


def test_a_participants_file_has_a_bids_uri_within_its_data_set():
    path = "results/derivatives/rt1t2/sub-01/anat/sub-01_desc-preproc_T1w.nii.gz"
    uri = "bids::sub-01/anat/sub-01_desc-preproc_T1w.nii.gz"
    assert images.bids_uri(path) == images.bids_uri(f"/study/{path}") == uri


def test_an_image_on_another_grid_is_refused_by_name(tmp_path):
    """A viewer may save a mask with an axis reversed, at the same shape."""
    affine = np.diag([1.0, 1, 1, 1])
    flipped = np.array([[-1.0, 0, 0, 4], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]])
    t1w, mask, turned = (tmp_path / f"sub-01_{n}.nii.gz" for n in ("T1w", "mask", "b"))
    images.save(np.ones((5, 6, 7)), affine, t1w)
    images.save(np.ones((5, 6, 7), bool), affine, mask)
    images.save(np.ones((5, 6, 7), bool), flipped, turned)
    (same,) = images.load_on(t1w, mask)
    assert same.shape == (5, 6, 7)
    message = (
        r"^sub-01_b.nii.gz lies on another grid than sub-01_T1w.nii.gz: .* LAS .* RAS"
    )
    with pytest.raises(UserError, match=message):
        images.load_on(t1w, mask, turned)


@pytest.mark.parametrize(
    ("low", "high", "kind"),
    [
        (0, 255, np.uint8),
        (-1, 255, np.int16),
        (0, 2**31 - 1, np.int32),
        (0, 2**32 - 1, np.uint32),
        (-1, 2**32, np.int64),
    ],
)
def test_integers_never_wrap(tmp_path, low, high, kind):
    data = np.array([[[low, high]]], np.int64)
    images.save(data, np.eye(4), tmp_path / "a.nii.gz")
    stored = np.asarray(nib.load(tmp_path / "a.nii.gz").dataobj)
    assert stored.dtype == kind
    np.testing.assert_array_equal(stored, data)


def test_integers_beyond_every_type_of_nifti_keep_their_size(tmp_path):
    data = np.array([[[0, 2**64 - 1]]], np.uint64)
    images.save(data, np.eye(4), tmp_path / "a.nii.gz")
    np.testing.assert_allclose(images.load(tmp_path / "a.nii.gz")[0], data, rtol=1e-6)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (np.diag([1, 1, 1, 1.0]), ""),
        (np.diag([-1, 1, 1, 1.0]), "direction of the axes LAS instead of RAS"),
        (np.diag([2, 1, 1, 1.0]), "voxel size 2.00 x 1.00 x 1.00 mm instead of 1.00"),
    ],
)
def test_a_message_about_two_grids_says_what_differs(change, words):
    same = images.grid_difference((4, 5, 6), change, (4, 5, 6), np.eye(4))
    assert words in same
    assert "matrix" not in same
    other = images.grid_difference((4, 5, 7), change, (4, 5, 6), np.eye(4))
    assert "matrix 4 x 5 x 7 instead of 4 x 5 x 6" in other


@pytest.mark.parametrize("name", ["a.nii", "a.nii.gz", "A.NII.GZ", "a.Nii"])
def test_a_sidecar_has_the_images_name(name):
    assert images.sidecar(name).name == f"{name[0]}.json"
