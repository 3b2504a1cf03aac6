"""What a calibration does to the ratio, against the factor that its gains imply."""

import math

import numpy as np
import pytest
from made_landmarks import LEVELS, controls, record

from rt1t2.qc.calibration_check import (
    beyond_landmarks_percent,
    median_ratios,
    percent_from,
    tissue_masks,
)
from rt1t2.template.head_classes import HEAD_LABELS
from rt1t2.tissue.levels_reference import build_reference

SHAPE = (6, 6, 6)
REFERENCE = build_reference(controls())


def scans(gain):
    rng = np.random.default_rng(0)
    t1w, t2w = rng.uniform(0.5, 1.2, SHAPE), rng.uniform(0.6, 1.4, SHAPE)
    return (gain[0] * t1w).astype("f4"), (gain[1] * t2w).astype("f4")


@pytest.mark.parametrize("nothing", [0.0, 1e-9, 0.01, math.nan])
def test_a_percentage_of_about_nothing_is_not_printed(nothing):
    assert percent_from(1.1, 1.0, 2.0) == pytest.approx(10)
    assert math.isnan(percent_from(0.4, nothing, 2.0))


def test_affine_removes_any_gain_that_none_keeps():
    masks = {"wm": np.ones(SHAPE, bool), "gm": np.zeros(SHAPE, bool)}
    plain, scaled = (
        median_ratios(*scans(gain), masks, record("sub-new", gain), REFERENCE)
        for gain in ((1.0, 1.0), (50.0, 0.2))
    )
    assert scaled["none"]["wm"] == pytest.approx(250 * plain["none"]["wm"], rel=1e-4)
    assert scaled["affine"]["wm"] == pytest.approx(plain["affine"]["wm"], rel=1e-4)
    assert scaled["nonlinear"]["wm"] == pytest.approx(
        plain["nonlinear"]["wm"], rel=1e-3
    )
    assert math.isnan(plain["affine"]["gm"])


def test_the_logarithmic_measure_is_that_of_the_formula():
    t1w, t2w = scans((1.0, 1000.0))
    masks, marks = {"wm": np.ones(SHAPE, bool)}, record("sub-new", (1.0, 1000.0))
    found = median_ratios(t1w, t2w, masks, marks, REFERENCE, "t1w_over_ln_t2w")
    assert found["none"]["wm"] == pytest.approx(np.median(t1w / np.log(t2w)), rel=1e-5)
    # on the controls' scale the gain is gone, and the units are 1000
    plain = scans((1.0, 1.0))
    same = median_ratios(*plain, masks, record("sub-new"), REFERENCE, "t1w_over_ln_t2w")
    assert same["affine"]["wm"] == pytest.approx(found["affine"]["wm"], rel=1e-4)


def test_what_cannot_be_scaled_is_undefined():
    masks = {"wm": np.ones(SHAPE, bool)}
    bare = record("sub-new")
    bare["Classes"] |= {"csf": None, "fat": None}
    found = median_ratios(*scans((1, 1)), masks, bare, REFERENCE)
    assert math.isnan(found["affine"]["wm"])
    assert found["none"]["wm"] > 0


def test_masks_are_where_the_ratio_is_defined():
    ratio = np.ones(SHAPE)
    ratio[0] = np.nan
    wm = np.full(SHAPE, 0.95)
    head = np.full(SHAPE, HEAD_LABELS["brain"])
    head[:, 0] = HEAD_LABELS["deep"]
    masks = tissue_masks(ratio, np.full(SHAPE, 0.5), wm, head)
    assert {name: int(m.sum()) for name, m in masks.items()} == {
        "wm": 180,
        "gm": 0,
        "deep": 30,
    }


def test_share_beyond_the_landmarks():
    levels = {name: {"t1w": a, "t2w": b} for name, (a, b) in LEVELS.items()}
    image = np.linspace(0.02, 2 * 1.90 - 0.02, 101)  # half of it is brighter than fat
    brain = np.ones(101, bool)
    share = beyond_landmarks_percent(image, brain, levels | {"eye": None}, "t1w")
    assert share == pytest.approx(50, abs=1)
    assert math.isnan(beyond_landmarks_percent(image, brain, {"eye": None}, "t1w"))
