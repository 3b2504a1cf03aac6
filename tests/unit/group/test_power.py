"""Power against statsmodels and the published audit of the paper's design."""

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.power import TTestIndPower

from rt1t2.group.power import design_power, detectable_g, detection_power

N = 11 * 18 / 29


@pytest.mark.parametrize("g", [0.5, 0.8, 1.2, 2.0])
def test_power_is_statsmodels(g):
    expected = TTestIndPower().power(g, 11, 0.001, 18 / 11, alternative="larger")
    found = detection_power(g, 27, N, stats.t.isf(0.001, 27))
    assert found == pytest.approx(expected, abs=1e-6)


def test_detectable_effect_has_its_power():
    height = float(stats.t.isf(0.001, 31))
    g = detectable_g(31, 15 * 18 / 33, height)
    assert g == pytest.approx(1.50, abs=0.015)  # 15 against 18
    assert detection_power(g, 31, 15 * 18 / 33, height) == pytest.approx(0.8, abs=1e-6)


def test_a_higher_threshold_needs_a_larger_effect():
    found = design_power(27, N, {"height": 3.42, "fwe_peak": 6.0})
    assert found["height"].power["1.2"] == pytest.approx(0.41, abs=0.005)
    assert found["height"].detectable_g < found["fwe_peak"].detectable_g
    assert np.isnan(design_power(2, 1, {"x": np.inf})["x"].detectable_g)


def test_power_of_f_is_that_of_noncentral_f_and_of_t_where_it_has_one_row():
    threshold = stats.f.isf(0.001, 2, 30)
    found = detection_power(0.8, 30, 9.0, threshold, df_effect=2)
    assert found == pytest.approx(stats.ncf.sf(threshold, 2, 30, 0.8**2 * 9))
    g = detectable_g(30, 9.0, threshold, df_effect=2)
    assert detection_power(g, 30, 9.0, threshold, df_effect=2) == pytest.approx(0.8)
    # F of one row is t², and finds both signs
    two_sided = detection_power(0.8, 30, 9.0, stats.t.isf(0.0005, 30)) + (
        detection_power(-0.8, 30, 9.0, stats.t.isf(0.0005, 30))
    )
    one_row = detection_power(0.8, 30, 9.0, stats.f.isf(0.001, 1, 30), df_effect=1)
    assert one_row == pytest.approx(two_sided, rel=1e-4)
