"""Colours that stay apart without colour vision, and text that can be read."""

import pytest

from rt1t2 import palette
from rt1t2.palette import group_colours, group_markers

# Okabe and Ito 2008, Color Universal Design, without black and yellow
OKABE_ITO = {"#e69f00", "#56b4e9", "#009e73", "#0072b2", "#d55e00", "#cc79a7"}


def luminance(colour):
    """Return the relative luminance of sRGB (WCAG 2.1)."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(colour):
    """Return the contrast ratio with white (WCAG 2.1)."""
    return 1.05 / (luminance(colour) + 0.05)


def test_groups_after_the_first_have_the_colours_of_okabe_and_ito():
    assert set(palette.GROUP_COLOURS[1:]) == OKABE_ITO


@pytest.mark.parametrize("function", [group_colours, group_markers])
def test_groups_are_told_apart_and_keep_the_order_of_the_config(function):
    groups = ["HC", "PSP", "PSPS2"]
    found = function(groups)
    assert list(found) == groups
    assert len(set(found.values())) == 3
    assert function(groups[:2]) == {group: found[group] for group in groups[:2]}
    many = function([f"g{i}" for i in range(9)])
    assert len(set(many.values())) == 7  # then from the first again
    assert many["g7"] == many["g0"]


def test_text_has_the_contrast_that_reading_needs():
    """4.5 is WCAG's level AA for small text, 7 its level AAA."""
    assert contrast(palette.INK) > 7
    assert contrast(palette.MUTED) > 4.5
    assert contrast(palette.WARNING) > 4.5
