import numpy as np
from ratio_steps import run_ratio_steps


def test_the_ratio_is_that_of_the_calibrated_images_and_its_gaps_are_counted(
    script_main, tmp_path
):
    found, sidecars, _ = run_ratio_steps(script_main, tmp_path)
    ratio, brain = found["ratio"], found["brain"] > 0
    defined = brain & np.isfinite(found["t2w"]) & ~(found["lesion"] > 0)
    expected = found["calibrated_t1w"][defined] / found["calibrated_t2w"][defined]
    half_step = sidecars["ratio"]["RoundedToMultiplesOf"] / 2
    assert half_step < np.median(expected) / 1024
    np.testing.assert_allclose(ratio[defined], expected, 0, half_step)
    assert np.isnan(ratio[~defined]).all()
    assert sidecars["ratio"]["BrainVoxels"] == brain.sum()
    assert sidecars["ratio"]["ExcludedVoxels"] == {
        "OutsideT2wFieldOfView": 144,
        "Lesion": 27,
        "LowDenominator": 0,
    }
    assert sidecars["ratio"]["CalibrationMethod"] == "affine"
    assert sidecars["ratio"]["SkullStripped"] is True
