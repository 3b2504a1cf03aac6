import math

import numpy as np
import pytest

from rt1t2.qc import metrics
from rt1t2.qc.metric_definitions import METRICS


def test_robust_z_of_a_normal_sample_is_its_z_and_finds_the_outlier():
    x = np.random.default_rng(0).normal(10, 2, 4001)
    x[0] = 40
    z = metrics.robust_z(x)
    assert np.std(z[1:]) == pytest.approx(1, abs=0.03)
    assert z[0] == pytest.approx(15, rel=0.05)


def test_robust_z_is_undefined_without_spread_or_value():
    assert np.isnan(metrics.robust_z([1, 1, 1, 5])).all()
    assert np.isnan(metrics.robust_z([1, 2])).all()
    z = metrics.robust_z([1, 2, 3, None, "n/a"])
    assert np.isnan(z[3:]).all()
    assert z[1] == 0


def test_native_metrics_of_a_known_brain():
    brain = np.zeros((20, 20, 20), bool)
    brain[5:15, 5:15, 5:15] = True  # 1000 voxels
    wm = np.zeros(brain.shape)
    wm[5:10, 5:15, 5:15] = 1
    gm = np.where(brain, 1 - wm, 0)
    ratio = np.where(wm > 0, 2.0, 1.0)
    lesion = np.zeros_like(brain)
    lesion[5:6, 5:15, 5:10] = True  # 50 voxels
    ratio[lesion] = np.nan
    found = metrics.native_metrics(ratio, brain, gm, wm, lesion, 0.008)
    assert found["brain_volume_ml"] == pytest.approx(8)
    assert found["wm_volume_ml"] == pytest.approx(4)
    assert found["lesion_volume_ml"] == pytest.approx(0.4)
    assert found["excluded_percent"] == pytest.approx(5)
    assert found["ratio_wm_gm_contrast"] == pytest.approx(2)
    assert found["ratio_wm_spread_percent"] == pytest.approx(0)


def test_planted_gradients_are_measured():
    shape = (41, 41, 41)
    affine = np.diag([2.0, 2.0, 2.0, 1.0])
    affine[:3, 3] = -40
    x = affine[0, 0] * np.arange(41)[:, None, None] + affine[0, 3]
    ratio = np.full(shape, 1.0)
    ratio += np.where(x < 0, 0.05, 0)
    found = metrics.symmetry_metrics(ratio, np.ones(shape), affine)
    assert found["ratio_left_right_percent"] == pytest.approx(5, rel=0.06)
    assert found["ratio_front_back_percent"] == pytest.approx(0, abs=1e-9)


def test_verdict_flags_what_is_implausible_and_what_is_missing():
    good = {m.name: max(min(m.high, 1e3), m.low) for m in METRICS}
    assert not [f.metric.name for f in metrics.verdict(good) if f.flagged]
    bad = {**good, "folded_voxels": 3, "dice_wm": 0.2, "cross_correlation": None}
    flagged = {f.metric.name for f in metrics.verdict(bad) if f.flagged}
    assert flagged == {"folded_voxels", "dice_wm", "cross_correlation"}


@pytest.mark.parametrize(
    ("value", "text"),
    [(9.04, "9.04"), (9.0003, "9.0003"), (12.04, "12.0"), (8.96, "9.0")],
)
def test_a_value_out_of_range_is_printed_as_that(value, text):
    """The limit of mask_asymmetry_mm is 9, and it has one decimal."""
    (found,) = (
        one
        for one in metrics.verdict({"mask_asymmetry_mm": value})
        if one.metric.name == "mask_asymmetry_mm"
    )
    assert found.flagged == (value > 9)
    assert found.text == text


def test_every_bounded_metric_says_what_to_do():
    for metric in METRICS:
        bounded = not (math.isinf(metric.low) and math.isinf(metric.high))
        assert bool(metric.advice) == bounded, metric.name


def test_numbers_are_written_for_readers():
    assert metrics.formatted(-0.0001) == "0.00"
    assert metrics.formatted(-1.5, 1) == "\N{MINUS SIGN}1.5"
    assert metrics.formatted(math.nan) == "n/a"
    assert metrics.length([3.0, 0.0, 4.0]) == 5
    assert math.isnan(metrics.number("n/a"))


def test_what_was_asked_of_the_mask_is_on_the_page_and_absence_is_no_mark():
    record = {"MaskCheck": {"UncoveredMm": {"TemporalLeft": 3.5}, "Flags": []}}
    found = metrics.mask_metrics(record)
    assert found["uncovered_temporal_left_mm"] == 3.5
    assert math.isnan(found["short_frontal_mm"])  # not measured
    by_hand = metrics.mask_metrics({})
    assert set(by_hand) == set(found)
    assert all(math.isnan(value) for value in by_hand.values())
    judged = {f.metric.name: f.flagged for f in metrics.verdict(by_hand)}
    assert not any(judged[name] for name in by_hand if name in judged)
    assert judged["brain_volume_ml"]  # that must be there


def test_a_cut_pole_and_a_smeared_thalamus_are_marked():
    far = metrics.mask_metrics(
        {
            "MaskCheck": {
                "BrainLikeOutsideMl": {"Frontal": 16.0},
                "PriorShiftMm": {"Inward": 11.3},
            }
        }
    )
    deep = {"JacobianDeepP5": 0.24, "JacobianDeepP95": 1.75, "DeepCoreMovedMm": 4.7}
    found = metrics.verdict(far | metrics.recorded_metrics({}, {}, {}, deep))
    marked = {f.metric.name for f in found if f.flagged}
    assert {"outside_mask_frontal_ml", "prior_inward_mm"} <= marked
    assert {"jacobian_thalamus_low", "deep_core_moved_mm"} <= marked
    assert "jacobian_thalamus_high" not in marked
    (shown,) = [f for f in found if f.metric.name == "short_frontal_mm"]
    assert shown.plausible == "at most 8"
