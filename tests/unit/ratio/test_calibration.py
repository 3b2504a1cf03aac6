import numpy as np
import pytest
from made_landmarks import LEVELS, controls, record

from rt1t2.errors import UserError
from rt1t2.ratio.calibration import affine_curve, calibrate
from rt1t2.tissue.levels_reference import build_reference

BRIGHTEST = {"t1w": 3.0, "t2w": 6.0}
REFERENCE = build_reference(controls())


def ratio_of_white(method, gain, found=None):
    found = found or record("sub-new", gain)
    top = {
        image: BRIGHTEST[image] * g for image, g in zip(BRIGHTEST, gain, strict=True)
    }
    curves = calibrate(method, found, REFERENCE, top).curves
    return float(curves["t1w"](np.array(gain[0])) / curves["t2w"](np.array(gain[1])))


@pytest.mark.parametrize("method", ["affine", "nonlinear", "linear_eye_muscle"])
@pytest.mark.parametrize("gain", [(0.1, 1.0), (1.0, 0.1), (10.0, 0.1), (275.0, 1.0)])
def test_scaling_an_image_leaves_the_ratio_unchanged(method, gain):
    plain = ratio_of_white(method, (1.0, 1.0))
    assert ratio_of_white(method, gain) == pytest.approx(plain, rel=1e-3)


def test_without_calibration_the_ratio_is_the_scanners():
    assert ratio_of_white("none", (275.0, 1.0)) == pytest.approx(275)


def test_affine_scales_on_csf_and_fat_with_equal_weights():
    brighter_fat = record("sub-new", fat=(1.9 * 1.21, 2.0))
    plain = ratio_of_white("affine", (1.0, 1.0))
    ratio = ratio_of_white("affine", (1.0, 1.0), brighter_fat)
    assert ratio == pytest.approx(plain / 1.1)  # half of the 21 % in the log
    found = calibrate("affine", brighter_fat, REFERENCE, BRIGHTEST)
    assert found.alternatives["csf_percent"] == pytest.approx(10, abs=1e-6)
    assert found.alternatives["fat_percent"] == pytest.approx(-100 / 11, abs=1e-6)


def test_an_offset_is_found_in_air_and_removed():
    shifted = record("sub-new", offset=(0.2, 0.0))
    curve = calibrate("affine", shifted, REFERENCE, BRIGHTEST).curves["t1w"]
    plain = calibrate("affine", record("sub-new"), REFERENCE, BRIGHTEST).curves["t1w"]
    assert curve(np.array(1.2)) == pytest.approx(plain(np.array(1.0)), rel=0.02)


def test_nonlinear_equals_affine_where_the_histograms_agree():
    found = {
        method: calibrate(method, record("sub-new", (7.0, 3.0)), REFERENCE, BRIGHTEST)
        for method in ("affine", "nonlinear")
    }
    x = np.linspace(0, 15, 50)
    for image in ("t1w", "t2w"):
        affine, nonlinear = (found[m].curves[image](x) for m in ("affine", "nonlinear"))
        assert np.abs(nonlinear - affine).max() < 0.01 * affine.max()


def test_nonlinear_undoes_a_bent_contrast_better_than_affine():
    bent = record("sub-new", gamma=(0.92, 1.0))
    white = LEVELS["csf"][1] * (1 / LEVELS["csf"][1]) ** 0.92
    plain = calibrate("affine", record("sub-x"), REFERENCE, BRIGHTEST).curves["t1w"](
        1.0
    )
    error = {
        method: abs(
            calibrate(method, bent, REFERENCE, BRIGHTEST).curves["t1w"](white) / plain
            - 1
        )
        for method in ("affine", "nonlinear")
    }
    assert error["affine"] > 0.02
    assert error["nonlinear"] < 0.7 * error["affine"]


@pytest.mark.parametrize("method", ["affine", "nonlinear", "linear_eye_muscle", "none"])
def test_curves_rise_everywhere_and_on_beyond_their_ends(method):
    found = record("sub-new", gamma=(0.8, 1.2))
    for curve in calibrate(method, found, REFERENCE, BRIGHTEST).curves.values():
        assert (np.diff(curve.knots_in) > 0).all()
        bright = np.linspace(curve.knots_in[0], 3 * curve.knots_in[-1], 400)
        mapped = curve.gain * 0 + curve(bright)
        assert (np.diff(mapped[mapped > 0]) > 0).all() == (curve.gain > 0)


def test_eye_and_muscle_land_on_the_templates_modes():
    found = record("sub-new", (20.0, 5.0))
    curves = calibrate("linear_eye_muscle", found, REFERENCE, BRIGHTEST).curves
    classes = found["Classes"]
    for image, muscle, eye in (("t1w", 59.11, 30.29), ("t2w", 20.14, 99.69)):
        assert curves[image](classes["temporalis"][image]) == pytest.approx(muscle)
        assert curves[image](classes["eye"][image]) == pytest.approx(eye)


def test_without_eyes_the_message_names_what_to_do():
    found = record("sub-07")
    found["Classes"]["eye"] = None
    with pytest.raises(UserError, match=r"sub-07: no eye landmark.*Choose affine"):
        calibrate("linear_eye_muscle", found, REFERENCE, BRIGHTEST)


DARK_IN = {"T1w": (0.75, 2.0), "T2w": (1.9, 0.2), "T1w and T2w": (0.3, 0.2)}
dark_in = pytest.mark.parametrize(("images", "dark_fat"), DARK_IN.items())


@dark_in
def test_a_scan_with_dark_fat_is_scaled_on_csf_and_flagged(images, dark_fat):
    found = calibrate("affine", record("sub-new", fat=dark_fat), REFERENCE, BRIGHTEST)
    assert f"fat is dark in the {images}, not so in controls" in found.flags[0]
    ratio = found.curves["t1w"](1.0) / found.curves["t2w"](1.0)
    assert ratio == pytest.approx(ratio_of_white("affine", (1.0, 1.0)))


@dark_in
def test_a_cohort_with_dark_fat_throughout_is_scaled_on_csf_without_a_warning(
    images, dark_fat
):
    reference = build_reference(
        [record(f"sub-{i}", gain=(1.0 + i, 2.0), fat=dark_fat) for i in range(4)]
    )
    plain = ratio_of_white("affine", (1.0, 1.0))
    for method in ("affine", "nonlinear"):
        found = calibrate(
            method, record("sub-new", (7.0, 1.0), fat=dark_fat), reference, BRIGHTEST
        )
        assert found.flags == []
        ratio = found.curves["t1w"](7.0) / found.curves["t2w"](1.0)
        assert ratio * LEVELS["csf"][0] / LEVELS["csf"][1] == pytest.approx(1, rel=0.01)
        assert plain > 0


@pytest.mark.parametrize("method", ["affine", "nonlinear"])
@pytest.mark.parametrize("dark", ["participant", "controls"])
@dark_in
def test_fat_has_no_say_where_it_is_dark_in_some_only(method, dark, images, dark_fat):
    fat = {True: {"fat": dark_fat}, False: {}}
    reference = build_reference(
        [record(f"sub-{i}", **fat[dark == "controls"]) for i in range(6)]
    )
    alike = calibrate("affine", record("sub-x"), reference, BRIGHTEST)
    odd = record("sub-new", **fat[dark == "participant"])
    found = calibrate(method, odd, reference, BRIGHTEST)
    ratios = [c.curves["t1w"](1.0) / c.curves["t2w"](1.0) for c in (alike, found)]
    assert ratios[1] == pytest.approx(ratios[0], rel=0.02)
    words = {
        "participant": f"fat is dark in the {images}",
        "controls": f"fat is not dark in the {images}",
    }
    assert words[dark] in found.flags[0]
    assert "not comparable" in found.flags[0]


def test_fat_that_is_dark_in_another_image_than_in_the_controls_is_flagged():
    controls_t2w = [record(f"sub-{i}", fat=DARK_IN["T2w"]) for i in range(3)]
    odd = record("sub-new", fat=DARK_IN["T1w"])
    flags = calibrate("affine", odd, build_reference(controls_t2w), BRIGHTEST).flags
    assert "fat is not dark in the T2w as in most controls" in flags[0]
    assert "fat is dark in the T1w, not so in most controls" in flags[1]


def test_nothing_to_scale_on_is_an_error():
    found = record("sub-07")
    found["Classes"] |= {"csf": None, "fat": None}
    with pytest.raises(UserError, match="sub-07: not all of csf, fat"):
        calibrate("affine", found, REFERENCE, BRIGHTEST)


def test_a_scan_whose_csf_and_fat_disagree_is_flagged():
    odd = record("sub-new", fat=(1.9 * 1.4, 2.0))
    assert "disagree" in calibrate("affine", odd, REFERENCE, BRIGHTEST).flags[0]


def test_undefined_stays_undefined_and_negative_becomes_zero():
    curve = affine_curve(2.0, -1.0, 10.0)
    assert curve(np.array([np.nan, 0.0, 1.0, 20.0])) == pytest.approx(
        [np.nan, 0, 1, 39], nan_ok=True
    )
