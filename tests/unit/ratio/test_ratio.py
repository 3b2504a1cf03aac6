import numpy as np
import pytest

from rt1t2.ratio.ratio import denominator, log_units, t1w_t2w_ratio


def test_every_voxel_without_a_ratio_is_undefined_and_counted_once():
    t1w = np.array([2.0, 2.0, 2.0, 2.0, 0.0, 2.0, 2.0])
    t2w = np.array([1.0, np.nan, np.nan, 0.01, 1.0, 4.0, 1.0])
    brain = np.array([1, 1, 1, 1, 1, 1, 0], bool)
    lesion = np.array([0, 0, 1, 0, 0, 1, 1], bool)
    ratio, excluded, floor = t1w_t2w_ratio(t1w, t2w, brain, lesion)
    assert ratio == pytest.approx([2, *[np.nan] * 3, 0, *[np.nan] * 2], nan_ok=True)
    assert excluded == {"OutsideT2wFieldOfView": 2, "Lesion": 1, "LowDenominator": 1}
    assert floor == pytest.approx(0.25)
    assert np.isnan(ratio[brain]).sum() == sum(excluded.values())


@pytest.mark.parametrize("gain", [1e-3, 275.0])
def test_the_floor_follows_the_units_of_the_t2w(gain):
    rng = np.random.default_rng(0)
    t1w, t2w = rng.uniform(0, 2, (2, 1000))
    t2w = np.maximum(t2w, 0.1)
    everywhere, nowhere = np.ones(1000, bool), np.zeros(1000, bool)
    plain, counts, _ = t1w_t2w_ratio(t1w, t2w, everywhere, nowhere)
    scaled, same, _ = t1w_t2w_ratio(t1w, gain * t2w, everywhere, nowhere)
    assert counts == same
    assert counts["LowDenominator"] == (t2w <= 0.25 * np.median(t2w)).sum() > 50
    assert scaled * gain == pytest.approx(plain, nan_ok=True, rel=1e-5)


def test_a_sinus_in_the_mask_leaves_no_hot_spot_and_dark_nuclei_stay():
    """T2w of a flow void and of a pallidum full of iron, white matter 0.8 of the median."""
    t2w = np.r_[np.full(900, 1.0), np.full(50, 0.5), np.full(50, 0.1)]
    t1w = np.r_[np.full(900, 0.9), np.full(50, 0.95), np.full(50, 0.6)]
    everywhere, nowhere = np.ones(1000, bool), np.zeros(1000, bool)
    ratio, counts, _ = t1w_t2w_ratio(t1w, t2w, everywhere, nowhere)
    assert counts["LowDenominator"] == 50
    assert np.nanmax(ratio) == pytest.approx(1.9)


def log_ratio(t1w, t2w, method="weighted"):
    everywhere, nowhere = np.ones(len(t2w), bool), np.zeros(len(t2w), bool)
    return t1w_t2w_ratio(
        t1w, t2w, everywhere, nowhere, "t1w_over_ln_t2w", method=method
    )


def test_the_logarithm_has_its_closed_form_on_every_scale():
    t1w = np.array([2.0, 3.0, 1.0])
    t2w = np.exp([4.0, 5.0, 5.0])  # as scanned
    for method, units in (("none", 1), ("linear_eye_muscle", 10), ("affine", 1000)):
        assert log_units(method) == units
        ratio, counts, _ = log_ratio(t1w, t2w / units, method)
        assert ratio == pytest.approx([0.5, 0.6, 0.2])
        assert sum(counts.values()) == 0


def test_a_gain_of_the_t2w_moves_the_logarithmic_measure_little():
    """d ln(T1w / ln x) / d ln x = -1 / ln x."""
    t2w = np.array([0.3, 0.5, 1.3])
    plain, _, _ = log_ratio(np.ones(3), t2w)
    moved, _, _ = log_ratio(np.ones(3), 1.001 * t2w)
    expected = -0.001 / np.log(1000 * t2w)
    assert np.log(moved / plain) == pytest.approx(expected, rel=0.01, abs=2e-7)


def test_where_the_logarithm_is_small_the_measure_is_undefined_and_counted():
    t2w = np.array([2.7, 2.8, 4.0, 0.9, 4.0, np.nan])
    ratio, counts, _ = log_ratio(np.ones(6), t2w, "none")
    expected = [np.nan, 1 / np.log(2.8), 1 / np.log(4), np.nan, 1 / np.log(4), np.nan]
    assert ratio == pytest.approx(expected, nan_ok=True)
    assert counts == {"OutsideT2wFieldOfView": 1, "Lesion": 0, "LowDenominator": 2}


def test_nothing_below_zero_has_a_logarithm():
    divisor = denominator(np.array([-1.0, 0.0, np.nan]), "t1w_over_ln_t2w", "none")
    assert np.isnan(divisor).all()
