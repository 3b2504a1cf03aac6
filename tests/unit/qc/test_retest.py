"""Repeated scans: who they are, and the coefficient of variation by hand."""

import math

import pytest

from rt1t2.qc.calibration_check import METHODS
from rt1t2.qc.retest import people, retest_table, typical_percent, variation_percent


def test_scans_of_one_person_are_found():
    rows = [
        {"participant_id": "sub-1", "retest_of": "n/a"},
        {"participant_id": "sub-2"},
        {"participant_id": "sub-1b", "retest_of": "sub-1"},
        {"participant_id": "sub-1c", "retest_of": "sub-1"},
        {"participant_id": "sub-3b", "retest_of": "sub-3"},  # sub-3 is left out
    ]
    assert people(rows) == [["sub-1", "sub-1b", "sub-1c"]]


def test_two_scans_against_the_closed_form():
    # SD of two values is their difference over the root of 2
    assert variation_percent([1.0, 1.2]) == pytest.approx(
        100 * 0.2 / math.sqrt(2) / 1.1
    )
    assert variation_percent([2.0, 2.0, 2.0]) == 0
    assert math.isnan(variation_percent([1.0, math.nan]))
    assert math.isnan(variation_percent([1.0]))


def test_the_table_and_the_root_mean_square_over_people():
    def ratios(factor):
        tissues = {"wm": 2.0 * factor, "gm": 1.0, "deep": None}
        return dict.fromkeys(METHODS, tissues)

    found = {"a": ratios(1), "a2": ratios(1.1), "b": ratios(1), "b2": ratios(1)}
    rows = retest_table([["a", "a2"], ["b", "b2"]], found)
    assert [row["Method"] for row in rows[: 3 * len(METHODS) : 3]] == list(METHODS)
    first = 100 * 0.1 / math.sqrt(2) / 1.05
    assert rows[0]["VariationPercent"] == pytest.approx(first)
    typical = typical_percent(rows)
    assert typical["affine"]["wm"] == pytest.approx(first / math.sqrt(2))
    assert typical["affine"]["gm"] == 0
    assert math.isnan(typical["affine"]["deep"])
