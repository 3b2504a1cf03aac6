import math

import fabricated
import pytest

from rt1t2.qc import calibration_panels as panels

CURVE = {"Method": "affine", "T1w": {"KnotsIn": [0, 10, 20], "KnotsOut": [1, 2, 4]}}


def test_curve_is_followed_and_continued_beyond_its_ends():
    assert panels.calibrated(CURVE, "T1w", 5) == pytest.approx(1.5)
    assert panels.calibrated(CURVE, "T1w", 30) == pytest.approx(6)
    assert panels.calibrated(CURVE, "T1w", -10) == pytest.approx(0)
    assert math.isnan(panels.calibrated(CURVE, "T2w", 5))


def test_reference_is_the_median_of_the_controls_that_have_the_class():
    reference = {"Classes": {"fat": {"t1w": [1.0, None, 3.0, 8.0]}, "eye": None}}
    assert panels.reference_level(reference, "fat", "t1w") == 3
    assert math.isnan(panels.reference_level(reference, "eye", "t1w"))


def test_the_table_gives_no_percentage_of_air():
    classes = {"fat": {"t1w": [2.0], "t2w": [1.0]}, "air": {"t1w": [1e-9], "t2w": [0]}}
    levels = {n: {"t1w": 1.0, "t2w": 1.0, "n_voxels": 900} for n in classes}
    identity = {"KnotsIn": [0, 4], "KnotsOut": [0, 4]}
    curve = {"Method": "affine", "T1w": identity, "T2w": identity}
    table = panels._landmark_table({"Classes": levels}, {"Classes": classes}, curve)
    off = {row[0]: (row[5], row[9]) for row in table.rows}
    assert off["fat"] == ("\N{MINUS SIGN}50.0", "0.0")
    assert off["air"] == ("n/a", "n/a")


def test_colour_scale_belongs_to_the_cohort_not_to_the_participant():
    first = panels.display_maximum(fabricated.REFERENCE, CURVE, wm_median=2.0)
    second = panels.display_maximum(fabricated.REFERENCE, CURVE, wm_median=9.0)
    assert first == second == pytest.approx(1.4 * 1.92 / 0.55, rel=0.02)
    of_log = panels.display_maximum(fabricated.REFERENCE, CURVE, 2.0, "t1w_over_ln_t2w")
    assert of_log == pytest.approx(1.92 / math.log(550), rel=0.02)


def test_colour_scale_without_calibration_is_the_participants_own():
    none = {"Method": "none"}
    assert panels.display_maximum(fabricated.REFERENCE, none, 2.0) == pytest.approx(3.2)
    assert panels.display_maximum({}, none, math.nan) == 1
