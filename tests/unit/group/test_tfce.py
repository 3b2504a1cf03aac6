"""TFCE against its integral by brute force."""

import numpy as np
import pytest
from enumerated import exact_tfce
from scipy import ndimage

from rt1t2.group.tfce import tfce


def smooth_t(highest, shape=(12, 13, 11), seed=1):
    t = ndimage.gaussian_filter(np.random.default_rng(seed).standard_normal(shape), 1.5)
    return t * highest / t.max()


@pytest.mark.parametrize("highest", [4.0, 6.0, 12.0, 60.0])
def test_the_integral_of_smooth_maps(highest):
    t = smooth_t(highest)
    expected, found = exact_tfce(t), tfce(t)
    assert np.abs(found - expected).max() <= 0.01 * expected.max()
    assert (found[t <= 0] == 0).all()


def test_a_low_peak_does_not_depend_on_a_high_one_elsewhere():
    t = smooth_t(5.0)
    both = np.zeros((30, 13, 11))
    both[:12] = t
    both[20, 5, 5] = 20.7
    assert np.array_equal(tfce(both)[:12], tfce(t))
    assert tfce(both)[20, 5, 5] == pytest.approx(20.7**3 / 3)


def test_a_plateau_of_n_voxels_has_its_closed_form():
    t = np.zeros((6, 6, 6))
    t[1:4, 1:4, 1:4] = 3.217
    assert tfce(t)[2, 2, 2] == pytest.approx(np.sqrt(27) * 3.217**3 / 3)
    assert not tfce(np.zeros((2, 2, 2))).any()
    assert np.isfinite(tfce(np.full((2, 2, 2), 1e7))).all()
