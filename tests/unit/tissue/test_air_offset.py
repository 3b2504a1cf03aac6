import numpy as np
import pytest
from scipy import ndimage

from rt1t2.tissue.air_offset import additive_offset


def test_noise_in_air_is_no_offset_but_a_constant_is():
    rng = np.random.default_rng(0)
    air = np.hypot(*rng.normal(0, 8, (2, 20_000)))
    assert additive_offset(air, 100.0) == 0
    smoothed = ndimage.uniform_filter1d(air, 4)[::4]
    assert additive_offset(0.4 * smoothed, 100.0) == 0  # SNR 30, then resampled
    assert additive_offset(0.4 * air + 20, 100.0) == pytest.approx(20, abs=2)
    assert additive_offset(np.zeros(1000), 100.0) == 0


def test_zeros_do_not_hide_a_constant_that_was_added():
    air = np.random.default_rng(0).rayleigh(2, 5000) + 20
    with_zeros = np.r_[air, np.zeros(2000)]
    assert additive_offset(with_zeros, 100.0) == additive_offset(air, 100.0) > 15
    assert additive_offset(np.r_[air, np.zeros(20000)], 100.0) == 0
