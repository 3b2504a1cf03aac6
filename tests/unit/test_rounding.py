"""Rounding of kept images: to powers of two."""

import numpy as np
import pytest

from rt1t2 import rounding


@pytest.mark.parametrize(
    ("median", "step"), [(4.0, 1.0), (7.6, 1.0), (1.2, 0.25), (1200.0, 256.0)]
)
def test_a_step_is_the_largest_power_of_two_below_a_share_of_the_median(median, step):
    image = np.array([0.5 * median, median, 9 * median, np.nan])
    assert rounding.step_of(image, 1 / 4) == step


@pytest.mark.parametrize("value", [0.0, -1.0, np.nan])
def test_there_is_no_step_for_an_image_without_a_level(value):
    with pytest.raises(ValueError, match="median"):
        rounding.step_of(np.array([value]), 0.5)


def test_rounded_values_leave_the_last_bits_empty():
    values = np.random.default_rng(0).uniform(0, 2, 1000).astype(np.float32)
    kept = rounding.rounded(values, 1 / 128)
    assert np.abs(kept - values).max() <= 1 / 256
    assert not (kept.view(np.uint32) & 0xFFFF).any()
