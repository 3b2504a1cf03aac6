import numpy as np
import pytest

from rt1t2.ratio.ratio import t1w_t2w_ratio


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
