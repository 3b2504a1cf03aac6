import json

import numpy as np
import pytest

from rt1t2 import images
from rt1t2.displacement import to_itk
from rt1t2.transforms import translation, write_itk

SHAPE = (20, 24, 20)
AFFINE = np.diag([2.0, 2.0, 2.0, 1.0])


@pytest.fixture
def run_main(script_main, tmp_path):
    """Warp a native ratio that lies 4 mm further right than the template."""

    def run(ratio, lesion, field_shape=(10, 12, 10)):
        path = {
            name: str(tmp_path / f"{name}.nii.gz")
            for name in (
                "native_ratio",
                "native_t1w",
                "native_lesion",
                "displacement",
                "template_brain",
                "ratio",
                "t1w",
                "lesion",
            )
        }
        path["affine"] = str(tmp_path / "affine.txt")
        brain = np.zeros(SHAPE, dtype=bool)
        brain[4:16, 4:20, 4:16] = True
        images.save(ratio, AFFINE, path["native_ratio"])
        images.save(np.full(SHAPE, 7.0), AFFINE, path["native_t1w"])
        images.save(lesion, AFFINE, path["native_lesion"])
        images.save(brain, AFFINE, path["template_brain"])
        field = np.zeros((*field_shape, 3), dtype=np.float32)
        field[..., 1] = 2.0  # and 2 mm further forward
        grid = np.diag([4.0, 4.0, 4.0, 1.0])
        images.save(to_itk(field), grid, path["displacement"], intent="vector")
        write_itk(translation([4.0, 0, 0]), path["affine"])
        script_main("warp_ratio")(**path, code="c0de")
        warped = {
            name: images.load(path[name])[0] for name in ("ratio", "t1w", "lesion")
        }
        return warped, brain, json.loads((tmp_path / "ratio.json").read_text())

    return run


def test_each_voxel_comes_from_where_the_transform_points(run_main):
    native = np.random.default_rng(0).normal(2, 0.1, SHAPE).astype(np.float32)
    warped, brain, sidecar = run_main(native, np.zeros(SHAPE, bool))
    moved = np.roll(native, (-2, -1), axis=(0, 1))  # 4 mm and 2 mm
    np.testing.assert_allclose(warped["ratio"][brain], moved[brain], rtol=1e-5)
    assert np.isnan(warped["ratio"][~brain]).all()
    assert sidecar["BrainVoxels"] == brain.sum()
    assert set(sidecar["ExcludedVoxels"].values()) == {0}


def test_undefined_voxels_stay_undefined_and_darken_nothing(run_main):
    native = np.full(SHAPE, 3.0, dtype=np.float32)
    native[:8] = np.nan
    native[12, 12, 12] = np.nan
    warped, brain, sidecar = run_main(native, np.zeros(SHAPE, bool))
    undefined = np.isnan(warped["ratio"]) & brain
    expected = np.zeros(SHAPE, bool)
    expected[:6] = True
    expected[10, 11, 12] = True
    np.testing.assert_array_equal(undefined, expected & brain)
    np.testing.assert_allclose(warped["ratio"][brain & ~expected], 3.0, rtol=1e-6)
    counts = sidecar["ExcludedVoxels"]
    assert counts["UndefinedInNativeRatio"] == (expected & brain).sum()


def test_lesion_is_carried_cut_out_and_counted(run_main):
    lesion = np.zeros(SHAPE, dtype=bool)
    lesion[10:13, 11:14, 10:13] = True
    native = np.where(lesion, np.nan, 2.0)
    warped, _, sidecar = run_main(native, lesion)
    expected = np.roll(lesion, (-2, -1), axis=(0, 1))
    np.testing.assert_array_equal(warped["lesion"] > 0, expected)
    assert np.isnan(warped["ratio"][expected]).all()
    assert sidecar["ExcludedVoxels"]["Lesion"] == 27
    assert sidecar["ExcludedVoxels"]["UndefinedInNativeRatio"] == 0


def test_outside_the_displacement_grid_is_no_data(run_main):
    native = np.full(SHAPE, 2.0)
    warped, brain, sidecar = run_main(
        native, np.zeros(SHAPE, bool), field_shape=(10, 12, 6)
    )
    beyond = brain.copy()
    beyond[:, :, :12] = False  # the field ends at 20 + 2 mm
    assert np.isnan(warped["ratio"][beyond]).all()
    assert np.isnan(warped["t1w"][beyond]).all()
    np.testing.assert_allclose(warped["t1w"][brain & ~beyond], 7.0)
    assert sidecar["ExcludedVoxels"]["OutsideT1wFieldOfView"] == beyond.sum()
