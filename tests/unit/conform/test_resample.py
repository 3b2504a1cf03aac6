import nibabel as nib
import numpy as np
import pytest

from rt1t2.conform.resample import conform_lesion, conform_t1w
from rt1t2.errors import UserError
from rt1t2.geometry.transforms import apply, from_parameters
from rt1t2.geometry.volume import Volume

AC_MM = np.array([12.0, -34.0, 56.0])
OBLIQUE = from_parameters([-60.0, -90.0, -10.0, 5.0, -8.0, 12.0], np.zeros(3))


def blob(shape, affine, centre_mm, sd_mm=15.0):
    """A Gaussian at a place in the world, easy to find again on any grid."""
    points = apply(affine, np.stack(np.indices(shape), axis=-1).astype(float))
    return 100 * np.exp(-((points - centre_mm) ** 2).sum(axis=-1) / (2 * sd_mm**2))


@pytest.mark.parametrize("voxel", [(1.0, 1.0, 1.5), (-2.0, 2.0, 3.0)])
def test_the_origin_is_the_commissure_and_voxels_are_isotropic(voxel):
    affine = OBLIQUE @ np.diag([*voxel, 1.0])
    shape = tuple(int(v) for v in 100 / np.abs(voxel))
    centre_mm = apply(affine, np.array(shape) / 2)
    scan = Volume(blob(shape, affine, centre_mm), affine)
    t1w, _ = conform_t1w(scan, AC_MM, 2.0)
    np.testing.assert_allclose(t1w.voxel_mm, 2, rtol=1e-6)
    assert nib.aff2axcodes(t1w.affine) == ("R", "A", "S")
    expected = blob(t1w.shape, t1w.affine, centre_mm - AC_MM)
    inner = (slice(3, -3),) * 3
    np.testing.assert_allclose(t1w.data[inner], expected[inner], atol=1.5)


def test_what_the_spline_puts_below_zero_becomes_zero_and_is_counted():
    block = np.zeros((40, 40, 40))
    block[10:30, 10:30, 10:30] = 1000
    scan = Volume(block, np.diag([3.0, 3, 3, 1]))
    t1w, n_below_zero = conform_t1w(scan, AC_MM, 2.0)
    assert t1w.data.min() == 0
    assert n_below_zero > 100


@pytest.mark.parametrize("flip", [(1, 1, 1), (-1, 1, -1), (-1, -1, 1)])
def test_a_lesion_lies_where_its_own_header_says(flip):
    shape, affine = (60, 70, 50), OBLIQUE @ np.diag([1.5, 1.5, 1.5, 1.0])
    centre_mm = apply(affine, np.array([20.0, 40.0, 18.0]))
    lesion = (blob(shape, affine, centre_mm) > 50).astype(np.uint8)
    # the same voxels stored in another order, with the affine that says so
    flip = np.array(flip)
    turn = np.eye(4)
    turn[:3, :3] = np.diag(flip)
    turn[:3, 3] = np.where(flip < 0, np.array(shape) - 1, 0)
    stored = lesion[tuple(slice(None, None, f) for f in flip)]
    t1w, _ = conform_t1w(Volume(np.ones(shape), affine), AC_MM, 2.0)
    mask = conform_lesion(Volume(stored, affine @ turn), AC_MM, t1w, "sub-01")
    centre = apply(t1w.affine, np.argwhere(mask > 0).mean(axis=0))
    np.testing.assert_allclose(centre, centre_mm - AC_MM, atol=0.5)
    assert mask.sum() * 8 == pytest.approx(lesion.sum() * 1.5**3, rel=0.05)


def test_a_lesion_of_another_image_stops():
    lesion = np.zeros((30, 30, 30), dtype=np.uint8)
    lesion[:9] = 1
    elsewhere = np.eye(4)
    elsewhere[0, 3] = -6
    t1w, _ = conform_t1w(Volume(np.ones((30, 30, 30)), np.eye(4)), AC_MM, 2.0)
    with pytest.raises(UserError, match=r"sub-01: 33 % of the lesion"):
        conform_lesion(Volume(lesion, elsewhere), AC_MM, t1w, "sub-01")
