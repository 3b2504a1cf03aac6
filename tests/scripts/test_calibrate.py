import json

import numpy as np
import pytest
from made_landmarks import controls, record

from rt1t2 import images
from rt1t2.calibration_reference import build_reference


@pytest.mark.parametrize("method", ["affine", "nonlinear", "linear_eye_muscle", "none"])
def test_calibrated_images_follow_the_stored_curve(script_main, tmp_path, method):
    rng = np.random.default_rng(0)
    for name in ("t1w", "t2w"):
        image = rng.uniform(0, 40, (6, 7, 8))
        image[0] = np.nan if name == "t2w" else 0
        images.save(image, np.eye(4), tmp_path / f"{name}.nii.gz")
    images.save_json(record("sub-01", (10.0, 8.0)), tmp_path / "landmarks.json")
    images.save_json(build_reference(controls()), tmp_path / "reference.json")
    out = {name: str(tmp_path / f"out_{name}.nii.gz") for name in ("t1w", "t2w")}
    script_main("calibrate")(
        preproc_t1w=str(tmp_path / "t1w.nii.gz"),
        preproc_t2w=str(tmp_path / "t2w.nii.gz"),
        landmarks=str(tmp_path / "landmarks.json"),
        reference=str(tmp_path / "reference.json"),
        **out,
        curve=str(tmp_path / "curve.json"),
        code="abc",
        participant_id="sub-01",
        method=method,
    )
    curve = json.loads((tmp_path / "curve.json").read_text())
    assert curve["Method"] == method
    for name, key in (("t1w", "T1w"), ("t2w", "T2w")):
        before = images.load(tmp_path / f"{name}.nii.gz")[0]
        after = images.load(out[name])[0]
        knots = curve[key]["KnotsIn"], curve[key]["KnotsOut"]
        inside = (before >= knots[0][0]) & (before <= knots[0][-1])
        expected = np.maximum(np.interp(before[inside], *knots), 0)
        assert inside.sum() > 100
        np.testing.assert_allclose(after[inside], expected, rtol=1e-4, atol=1e-5)
        assert np.array_equal(np.isnan(after), np.isnan(before))
        meta = json.loads((tmp_path / f"out_{name}.json").read_text())
        assert meta["CalibrationMethod"] == method
        assert meta["CalibrationGain"] == pytest.approx(curve[key]["Gain"])
