"""Agreement, sides and repeated scans against what was put in."""

import math

import numpy as np
import pytest

from rt1t2.qc.brain_parts import PARTS
from rt1t2.qc.calibration_check import METHODS, TISSUES
from rt1t2.qc.intraclass import intraclass
from rt1t2.qc.reliability import (
    COLUMNS,
    WHOLE,
    lookup,
    mean_estimate,
    reliability_table,
)

PATTERN = dict(zip(PARTS, np.linspace(1.0, 3.0, len(PARTS)), strict=True))
WHOLES = {"wm": 2.5, "gm": 1.2, "deep": 2.0}


def person(gain=1.0, **parts):
    """Return median ratios: the gain stays where nothing is calibrated."""
    plain = PATTERN | WHOLES | parts
    scaled = {name: gain * value for name, value in plain.items()}
    return dict.fromkeys(METHODS, plain) | {"none": scaled}


def judged(ratios, first, controls, people=()):
    rows = reliability_table(ratios, first, controls, people)
    assert all(tuple(row) == COLUMNS for row in rows)
    return lookup(rows)


def test_a_gain_deviates_from_the_pattern_and_correlates_with_it():
    ratios = {"a": person(), "b": person(), "c": person(gain=1.25)}
    found = judged(ratios, ["c"], ["a", "b"])
    deviation = found["none", "agreement_deviation_percent", WHOLE]
    assert deviation["value"] == pytest.approx(100 * math.log(1.25))
    assert math.isnan(deviation["low"])
    assert found["none", "agreement_r", WHOLE]["value"] == pytest.approx(1)
    assert found["weighted", "agreement_deviation_percent", WHOLE]["value"] == 0
    assert deviation["n"] == 1


def test_a_control_is_left_out_of_its_own_pattern():
    ratios = {"a": person(gain=2.0), "b": person(), "c": person()}
    found = judged(ratios, ["a", "b", "c"], ["a", "b", "c"])
    # a against (b, c): ln 2; b and c against the median of a and 1: ln 1.5
    expected = 100 * (math.log(2) + 2 * math.log(1.5)) / 3
    row = found["none", "agreement_deviation_percent", WHOLE]
    assert row["value"] == pytest.approx(expected)


def test_a_brighter_left_side_of_the_controls_is_the_bias():
    ratios = {
        who: person(deep_left=1.01 * right, deep_right=right)
        for who, right in (("a", 1.0), ("b", 2.0))
    }
    ratios["patient"] = person(deep_left=0.5, deep_right=1.0)
    names = ["a", "b", "patient"]
    row = judged(ratios, names, names[:2])["affine", "left_right_percent", "deep"]
    assert row["value"] == pytest.approx(2 / 2.01)
    assert row["low"] == pytest.approx(row["value"]) == row["high"]
    assert row["n"] == 2


def test_repeated_scans_have_the_intraclass_correlation_of_their_medians():
    gains = [(1.0, 1.1), (1.3, 1.2), (0.8, 0.9)]
    ratios = {f"{i}-{s}": person(gains[i][s]) for i in range(3) for s in range(2)}
    people = [[f"{i}-0", f"{i}-1"] for i in range(3)]
    people[0] = [*people[0], "1-0"]  # a third scan that the others lack
    found = judged(ratios, ["0-0"], ["0-0"], people)
    agreement, consistency = intraclass(np.array(gains))
    for region in (*TISSUES, *PARTS):
        for name, one in (("icc_2_1", agreement), ("icc_3_1", consistency)):
            row = found["none", name, region]
            assert (row["value"], row["low"], row["high"]) == pytest.approx(one)
    variation = [100 * abs(a - b) / math.sqrt(2) / ((a + b) / 2) for a, b in gains]
    typical = math.sqrt(np.mean(np.square(variation)))
    row = found["none", "retest_variation_percent", "wm"]
    assert row["value"] == pytest.approx(typical)
    assert math.isnan(found["affine", "icc_2_1", "wm"]["value"])  # nothing varies


def test_without_repeated_scans_or_values_there_is_still_a_table():
    assert not any("icc" in key[1] for key in judged({"a": person()}, ["a"], ["a"]))
    empty = {"a": {method: {} for method in METHODS}}
    found = judged(empty, ["a"], ["a"], [["a", "a"]])
    assert {row["n"] for row in found.values()} == {0}
    assert all(math.isnan(row["value"]) for row in found.values())
    assert judged({}, [], [])["none", "agreement_r", WHOLE]["n"] == 0


def test_limits_of_a_mean():
    """1, 2, 3: mean 2, SD 1, t(2) = 4.303."""
    half = 4.302653 / math.sqrt(3)
    assert mean_estimate([1, 2, 3]) == pytest.approx((2, 2 - half, 2 + half))
    assert math.isnan(mean_estimate([]).value)
