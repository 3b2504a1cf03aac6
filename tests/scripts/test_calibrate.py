import numpy as np
import pytest
from ratio_steps import run_ratio_steps


@pytest.mark.parametrize("method", ["affine", "nonlinear", "linear_eye_muscle", "none"])
def test_calibrated_images_follow_the_stored_curve(script_main, tmp_path, method):
    found, sidecars, curve = run_ratio_steps(script_main, tmp_path, method)
    assert curve["Method"] == method
    for name, key in (("t1w", "T1w"), ("t2w", "T2w")):
        before, after = found[name], found[f"calibrated_{name}"]
        knots = curve[key]["KnotsIn"], curve[key]["KnotsOut"]
        brain = found["brain"] > 0
        inside = brain & (before >= knots[0][0]) & (before <= knots[0][-1])
        expected = np.maximum(np.interp(before[inside], *knots), 0)
        assert inside.sum() > 100
        meta = sidecars[f"calibrated_{name}"]
        half_step = meta["RoundedToMultiplesOf"] / 2
        assert half_step < np.median(expected) / 1000
        np.testing.assert_allclose(after[inside], expected, 1e-5, half_step)
        assert np.array_equal(np.isfinite(after), brain & np.isfinite(before))
        assert meta["CalibrationMethod"] == method
        assert meta["CalibrationGain"] == pytest.approx(curve[key]["Gain"])


def test_the_record_holds_landmarks_curve_and_flags(script_main, tmp_path):
    _, _, curve = run_ratio_steps(script_main, tmp_path)
    assert curve["Protocol"] == curve["Reference"] == "P1"
    levels = {"t1w": 19.0, "t2w": 16.0, "n_voxels": 5000}
    assert curve["Landmarks"]["fat"] == pytest.approx(levels)
    assert curve["Flags"] == curve["LandmarkFlags"] == []
    assert run_ratio_steps(script_main, tmp_path, "none")[2]["Reference"] is None
