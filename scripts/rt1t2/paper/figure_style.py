"""One look for every figure, and one writer whose bytes depend on nothing but the drawing."""

from functools import cache
from pathlib import Path
from typing import Any, Literal

import matplotlib
from matplotlib import font_manager
from matplotlib.figure import Figure

from rt1t2.palette import (
    HAIRLINE,
    INK,
    MUTED,
    SIMULATED_NOTICE,
    WARNING,
    group_colours,
    group_markers,
)

__all__ = [
    "HAIRLINE",
    "INK",
    "MUTED",
    "WARNING",
    "empty_figure",
    "group_colours",
    "group_markers",
    "mark_simulated",
    "new_figure",
    "printable",
    "save_figure",
]

matplotlib.use("Agg")

STYLE: dict[str, Any] = {
    "font.family": "DejaVu Sans",
    "font.size": 8.5,
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.labelsize": 8.5,
    "axes.titlesize": 9.5,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.edgecolor": MUTED,
    "axes.linewidth": 0.7,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "xtick.labelsize": 8,
    "ytick.labelsize": 8,
    "grid.color": HAIRLINE,
    "grid.linewidth": 0.6,
    "lines.linewidth": 1.3,
    "lines.markersize": 4,
    "legend.frameon": False,
    "legend.fontsize": 8,
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
    "svg.hashsalt": "rt1t2",
    "svg.fonttype": "path",
    "image.interpolation": "nearest",
    # what users name may hold dollar signs: nothing in these figures is a formula
    "text.parse_math": False,
}

# matplotlib types every name of a setting, not str
matplotlib.rcParams.update(STYLE)  # type: ignore[arg-type]


def new_figure(
    width_in: float, height_in: float, layout: Literal["constrained"] | None = None
) -> Figure:
    """Return an empty figure in the common style (``layout="constrained"`` to fit labels)."""
    return Figure(figsize=(width_in, height_in), layout=layout)


@cache
def _glyphs() -> frozenset[int]:
    """Return the characters that the figures' font has."""
    font = font_manager.get_font(font_manager.findfont(STYLE["font.family"]))
    return frozenset(font.get_charmap())


def printable(text: str, otherwise: str | None = None) -> str:
    """Return a user's text as the font of the figures can print it, without empty boxes.

    The font is the same everywhere, so that figures are; it has no Chinese, Japanese or
    Korean characters. ``otherwise`` takes the place of a text that has any that it lacks;
    without it these are written by their code points.
    """
    missing = [c for c in text if ord(c) not in _glyphs() and not c.isspace()]
    if missing and otherwise is not None:
        return otherwise
    for character in dict.fromkeys(missing):
        text = text.replace(character, f"(U+{ord(character):04X})")
    return text


def empty_figure(text: str, simulated: bool) -> Figure:
    """Return a figure that says in a line why there is nothing to draw."""
    figure = new_figure(7.0, 0.9)
    figure.text(0.02, 0.45, text, fontsize=9, color=MUTED, va="center")
    if simulated:
        mark_simulated(figure)
    return figure


def save_figure(
    figure: Figure, png: str | Path, svg: str | Path | None = None, dpi: int = 180
) -> None:
    """Write a figure as PNG and SVG; the same drawing gives the same bytes."""
    figure.savefig(png, format="png", dpi=dpi, metadata={"Software": None})
    if svg is not None:
        figure.savefig(svg, format="svg", dpi=dpi, metadata={"Date": None})


def mark_simulated(figure: Figure) -> None:
    """Write along the top edge of a figure that its data are simulated."""
    figure.text(
        0.995,
        0.995,
        SIMULATED_NOTICE,
        ha="right",
        va="top",
        fontsize=7.5,
        color=WARNING,
        fontweight="bold",
    )
