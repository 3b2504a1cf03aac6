import numpy as np
import pytest
from ratio_steps import run_ratio_steps

from rt1t2 import images
from rt1t2.errors import UserError


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
    assert sidecars["ratio"]["Formula"] == "t1w_over_t2w"


def test_the_logarithmic_measure_is_that_of_a_thousand_times_the_calibrated_t2w(
    script_main, tmp_path
):
    found, sidecars, _ = run_ratio_steps(
        script_main, tmp_path, formula="t1w_over_ln_t2w"
    )
    ratio, brain = found["ratio"], found["brain"] > 0
    defined = brain & np.isfinite(found["t2w"]) & ~(found["lesion"] > 0)
    t1w, t2w = found["calibrated_t1w"][defined], found["calibrated_t2w"][defined]
    half_step = sidecars["ratio"]["RoundedToMultiplesOf"] / 2
    # the calibrated images are rounded on disk before both
    np.testing.assert_allclose(
        ratio[defined], t1w / np.log(1000 * t2w), 1e-5, half_step
    )
    assert np.isnan(ratio[~defined]).all()
    assert sidecars["ratio"]["UnitsOfT2wBeforeLogarithm"] == 1000
    assert sidecars["ratio"]["Description"].startswith("T1w / ln(1000 T2w)")
    for name in ("mni_ratio", "smoothed"):
        assert sidecars[name]["Description"].startswith("T1w/ln(T2w) ratio in template")


def test_a_logarithm_of_nothing_is_refused_with_a_way_out(script_main, tmp_path):
    shape, paths = (4, 4, 4), {}
    for name, value in {
        "calibrated_t1w": 0.5,
        "calibrated_t2w": 0.9,
        "brain": 1,
        "lesion": 0,
    }.items():
        paths[name] = str(tmp_path / f"{name}.nii.gz")
        images.save(np.full(shape, value, "f4"), np.eye(4), paths[name])
    with pytest.raises(UserError, match=r"sub-7: .*Choose weighted, or ratio\.formula"):
        script_main("ratio_map")(
            **paths,
            ratio=str(tmp_path / "ratio.nii.gz"),
            code="abc",
            participant_id="sub-7",
            method="none",
            formula="t1w_over_ln_t2w",
        )
