"""Percentiles of defined voxels, and colours in both notations."""

import numpy as np
import pytest

from rt1t2.qc.page_parts import css, percentile, rgb


def test_a_percentile_is_of_the_defined_voxels_of_the_mask():
    image = np.array([0.0, 1, 2, 3, np.nan, 100])
    inside = np.array([True, True, True, True, True, False])
    assert percentile(image, inside, 50) == pytest.approx(1.5)
    assert percentile(image, inside, 100) == 3
    assert percentile(image, ~inside, 50) == 100


def test_nothing_to_take_a_percentile_of_still_gives_a_window():
    assert percentile(np.full(3, np.nan), np.ones(3, bool), 50) == 1
    assert percentile(np.ones(3), np.zeros(3, bool), 50) == 1


def test_colours_in_both_notations():
    assert rgb("#ff0a00") == (255, 10, 0)
    assert css((255, 10, 0)) == "#ff0a00"
