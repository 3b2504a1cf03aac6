"""Intraclass correlations against the published example, and against variances that are known."""

import math

import numpy as np
import pytest

from rt1t2.qc.intraclass import intraclass

# Shrout and Fleiss 1979, table 2: six targets, four judges
JUDGED = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9]]
JUDGED += [[6, 2, 4, 7]]


def test_the_example_of_shrout_and_fleiss():
    """Their table 4: .29 and .71; limits as the R package psych prints them for these data."""
    agreement, consistency = intraclass(np.array(JUDGED))
    assert agreement.value == pytest.approx(0.29, abs=0.005)
    assert consistency.value == pytest.approx(0.71, abs=0.005)
    assert agreement[1:] == pytest.approx((0.019, 0.761), abs=0.001)
    assert consistency[1:] == pytest.approx((0.342, 0.946), abs=0.001)


def test_the_mean_squares_of_the_example():
    """Their table 3: BMS 11.24, JMS 32.49, EMS 1.02."""
    between, judges, error = 11.24, 32.49, 1.02
    agreement, consistency = intraclass(np.array(JUDGED))
    expected = (between - error) / (between + 3 * error)
    assert consistency.value == pytest.approx(expected, abs=1e-3)
    expected = (between - error) / (between + 3 * error + 4 * (judges - error) / 6)
    assert agreement.value == pytest.approx(expected, abs=1e-3)


def test_a_shift_between_sessions_lowers_agreement_alone():
    x = np.random.default_rng(0).normal(1.0, 0.1, (8, 2))
    agreement, consistency = intraclass(x)
    shifted = intraclass(x + np.array([0, 0.5]))
    assert shifted[1] == pytest.approx(consistency)
    assert shifted[0].value < agreement.value


def test_intervals_hold_the_true_value_as_often_as_they_say():
    rng = np.random.default_rng(1)
    truth = 0.6  # of SD sqrt(.6) between and sqrt(.4) within people
    inside = np.zeros(2)
    for _ in range(400):
        people = rng.normal(0, math.sqrt(truth), (12, 1))
        x = 5 + people + rng.normal(0, math.sqrt(1 - truth), (12, 2))
        inside += [one.low <= truth <= one.high for one in intraclass(x)]
    # 400 draws of .95: SD .011
    assert np.all(abs(inside / 400 - 0.95) < 0.04)


def test_what_cannot_be_told_is_undefined():
    one_person = np.array([[1.0, 1.1]])
    constant = np.ones((4, 2))
    for values in (one_person, constant, np.array([])):
        assert all(math.isnan(number) for one in intraclass(values) for number in one)


def test_a_person_without_a_value_is_left_out():
    x = np.random.default_rng(2).normal(1.0, 0.1, (6, 2))
    with_gap = np.vstack([x, [1.0, np.nan]])
    assert intraclass(with_gap) == intraclass(x)


def test_scans_that_repeat_exactly_correlate_perfectly_without_limits():
    x = np.repeat(np.array([[1.0], [1.2], [0.9]]), 2, axis=1)
    for one in intraclass(x):
        assert one.value == pytest.approx(1)
        assert math.isnan(one.low)
