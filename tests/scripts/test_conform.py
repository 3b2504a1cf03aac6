import json

import nibabel as nib
import numpy as np
import pytest

from rt1t2 import images
from rt1t2.errors import UserError
from rt1t2.transforms import apply, from_parameters

AC_MM = np.array([12.0, -34.0, 56.0])
OBLIQUE = from_parameters([-60.0, -90.0, -10.0, 5.0, -8.0, 12.0], np.zeros(3))


@pytest.fixture
def conform(script_main, tmp_path):
    """Return a function that runs the script and gives both images and sidecars."""

    def run(t1w, affine, lesion=None, lesion_affine=None, voxel_mm=2.0):
        images.save(t1w, affine, tmp_path / "raw.nii.gz")
        drawn = []
        if lesion is not None:
            drawn = str(tmp_path / "drawn.nii.gz")
            images.save(lesion, lesion_affine, drawn)
        images.save_json({"ac_mm": AC_MM}, tmp_path / "origin.json")
        paths = [tmp_path / "sub-01_T1w.nii.gz", tmp_path / "sub-01_lesion.nii.gz"]
        script_main("conform")(
            native_t1w=str(tmp_path / "raw.nii.gz"),
            origin=str(tmp_path / "origin.json"),
            drawn_lesion=drawn,
            t1w=str(paths[0]),
            lesion=str(paths[1]),
            record=str(tmp_path / "record.json"),
            code="0",
            voxel_mm=voxel_mm,
        )
        records = [tmp_path / "record.json", images.sidecar(paths[1])]
        meta = [json.loads(path.read_text()) for path in records]
        return *images.load(paths[0]), *images.load(paths[1]), *meta

    return run


def blob(shape, affine, centre_mm, sd_mm=15.0):
    """A Gaussian at a place in the world, easy to find again on any grid."""
    points = apply(affine, np.stack(np.indices(shape), axis=-1).astype(float))
    return 100 * np.exp(-((points - centre_mm) ** 2).sum(axis=-1) / (2 * sd_mm**2))


@pytest.mark.parametrize("voxel", [(1.0, 1.0, 1.5), (-2.0, 2.0, 3.0)])
def test_the_origin_is_the_commissure_and_voxels_are_isotropic(conform, voxel):
    affine = OBLIQUE @ np.diag([*voxel, 1.0])
    shape = tuple(int(v) for v in 100 / np.abs(voxel))
    centre_mm = apply(affine, np.array(shape) / 2)
    t1w, grid, _, _, meta, _ = conform(blob(shape, affine, centre_mm), affine)
    np.testing.assert_allclose(images.voxel_sizes_mm(grid), 2, rtol=1e-6)
    assert nib.aff2axcodes(grid) == ("R", "A", "S")
    expected = blob(t1w.shape, grid, centre_mm - AC_MM)
    inner = (slice(3, -3),) * 3
    np.testing.assert_allclose(t1w[inner], expected[inner], atol=1.5)
    assert meta["ac_mm"] == AC_MM.tolist()


def test_what_the_spline_puts_below_zero_becomes_zero_and_is_counted(conform):
    block = np.zeros((40, 40, 40))
    block[10:30, 10:30, 10:30] = 1000
    t1w, _, _, _, meta, _ = conform(block, np.diag([3.0, 3, 3, 1]))
    assert t1w.min() == 0
    assert meta["ValuesBelowZeroSetToZero"] > 100


def test_without_a_lesion_the_mask_is_empty(conform):
    t1w, grid, lesion, lesion_grid, _, meta = conform(np.ones((30, 30, 30)), np.eye(4))
    assert not lesion.any()
    assert lesion.shape == t1w.shape
    np.testing.assert_array_equal(grid, lesion_grid)
    assert meta["LesionDrawn"] is False


@pytest.mark.parametrize("flip", [(1, 1, 1), (-1, 1, -1), (-1, -1, 1)])
def test_a_lesion_lies_where_its_own_header_says(conform, flip):
    shape, affine = (60, 70, 50), OBLIQUE @ np.diag([1.5, 1.5, 1.5, 1.0])
    centre_mm = apply(affine, np.array([20.0, 40.0, 18.0]))
    lesion = (blob(shape, affine, centre_mm) > 50).astype(np.uint8)
    # the same voxels stored in another order, with the affine that says so
    flip = np.array(flip)
    turn = np.eye(4)
    turn[:3, :3] = np.diag(flip)
    turn[:3, 3] = np.where(flip < 0, np.array(shape) - 1, 0)
    stored = lesion[tuple(slice(None, None, f) for f in flip)]
    _, _, mask, grid, _, meta = conform(np.ones(shape), affine, stored, affine @ turn)
    centre = apply(grid, np.argwhere(mask > 0).mean(axis=0))
    np.testing.assert_allclose(centre, centre_mm - AC_MM, atol=0.5)
    assert mask.sum() * 8 == pytest.approx(lesion.sum() * 1.5**3, rel=0.05)
    assert meta["LesionDrawn"] is True
    assert meta["LesionVoxels"] == mask.sum()


def test_a_lesion_of_another_image_stops(conform):
    lesion = np.zeros((30, 30, 30), dtype=np.uint8)
    lesion[:9] = 1
    elsewhere = np.eye(4)
    elsewhere[0, 3] = -6
    with pytest.raises(UserError, match=r"sub-01: 33 % of the lesion"):
        conform(np.ones((30, 30, 30)), np.eye(4), lesion, elsewhere)


def test_the_same_bytes_every_time(conform, tmp_path):
    image = np.random.default_rng(0).random((20, 20, 20))
    conform(image, np.eye(4))
    first = (tmp_path / "sub-01_T1w.nii.gz").read_bytes()
    conform(image, np.eye(4))
    assert (tmp_path / "sub-01_T1w.nii.gz").read_bytes() == first
