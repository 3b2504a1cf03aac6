"""Colours and markers that every figure and page shares; nothing is imported for them."""

from collections.abc import Iterable

INK = "#1f2933"
MUTED = "#6b7785"
HAIRLINE = "#d5dbe1"
WARNING = "#a33b00"

# Slate for the first group (the controls by convention), then Okabe and Ito's palette,
# which stays distinct under the common forms of colour blindness.
GROUP_COLOURS = (
    "#5b6770",
    "#d55e00",
    "#0072b2",
    "#009e73",
    "#cc79a7",
    "#e69f00",
    "#56b4e9",
)

# Shapes as well as colours, for print in grey.
GROUP_MARKERS = ("o", "s", "^", "D", "v", "P", "X")

SIMULATED_NOTICE = "Simulated data: no real person, no real finding"


def group_colours(groups: Iterable[str]) -> dict[str, str]:
    """Return one colour per group, by the order of the config, so that figures agree."""
    return {
        group: GROUP_COLOURS[index % len(GROUP_COLOURS)]
        for index, group in enumerate(groups)
    }


def group_markers(groups: Iterable[str]) -> dict[str, str]:
    """Return one marker per group, by the order of the config."""
    return {
        group: GROUP_MARKERS[index % len(GROUP_MARKERS)]
        for index, group in enumerate(groups)
    }
