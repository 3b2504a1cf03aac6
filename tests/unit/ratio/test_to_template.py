import numpy as np
import pytest

from rt1t2.geometry.displacement import source_voxels
from rt1t2.geometry.transforms import translation
from rt1t2.ratio.to_template import warp_ratio

SHAPE = (20, 24, 20)
AFFINE = np.diag([2.0, 2.0, 2.0, 1.0])
BRAIN = np.zeros(SHAPE, dtype=bool)
BRAIN[4:16, 4:20, 4:16] = True


@pytest.fixture
def warp():
    """Warp a native ratio that lies 4 mm further right and 2 mm further forward."""

    def run(ratio, lesion=None, field_shape=(10, 12, 10)):
        field = np.zeros((*field_shape, 3), dtype=np.float32)
        field[..., 1] = 2.0
        grid = np.diag([4.0, 4.0, 4.0, 1.0])
        voxels = source_voxels(
            field, grid, translation([4.0, 0, 0]), AFFINE, AFFINE, SHAPE
        )
        lesion = np.zeros(SHAPE, bool) if lesion is None else lesion
        t1w = np.full(SHAPE, 7.0, np.float32)
        return warp_ratio(ratio.astype(np.float32), t1w, lesion, voxels, BRAIN)

    return run


def test_each_voxel_comes_from_where_the_transform_points(warp):
    native = np.random.default_rng(0).normal(2, 0.1, SHAPE)
    warped = warp(native)
    moved = np.roll(native, (-2, -1), axis=(0, 1))  # 4 mm and 2 mm
    np.testing.assert_allclose(warped.ratio[BRAIN], moved[BRAIN], rtol=1e-5)
    assert np.isnan(warped.ratio[~BRAIN]).all()
    assert set(warped.excluded.values()) == {0}


def test_undefined_voxels_stay_undefined_and_darken_nothing(warp):
    native = np.full(SHAPE, 3.0)
    native[:8] = np.nan
    native[12, 12, 12] = np.nan
    warped = warp(native)
    expected = np.zeros(SHAPE, bool)
    expected[:6] = True
    expected[10, 11, 12] = True
    np.testing.assert_array_equal(np.isnan(warped.ratio) & BRAIN, expected & BRAIN)
    np.testing.assert_allclose(warped.ratio[BRAIN & ~expected], 3.0, rtol=1e-6)
    assert warped.excluded["UndefinedInNativeRatio"] == (expected & BRAIN).sum()


def test_lesion_is_carried_cut_out_and_counted(warp):
    lesion = np.zeros(SHAPE, dtype=bool)
    lesion[10:13, 11:14, 10:13] = True
    warped = warp(np.where(lesion, np.nan, 2.0), lesion)
    expected = np.roll(lesion, (-2, -1), axis=(0, 1))
    np.testing.assert_array_equal(warped.lesion, expected)
    assert np.isnan(warped.ratio[expected]).all()
    assert warped.excluded["Lesion"] == 27
    assert warped.excluded["UndefinedInNativeRatio"] == 0


def test_outside_the_displacement_grid_is_no_data(warp):
    warped = warp(np.full(SHAPE, 2.0), field_shape=(10, 12, 6))
    beyond = BRAIN.copy()
    beyond[:, :, :12] = False  # the field ends at 20 + 2 mm
    assert np.isnan(warped.ratio[beyond]).all()
    assert warped.excluded["OutsideT1wFieldOfView"] == beyond.sum()
