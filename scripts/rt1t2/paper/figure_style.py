"""One look for every figure, and one writer whose bytes depend on nothing but the drawing.

Figures are made for print: as wide as a page (170 mm), no text below 6 pt at that size, 300 dpi,
text as text in SVG and PDF. All lengths are mm.
"""

from functools import cache
from pathlib import Path
from typing import Any, Literal

import matplotlib
from matplotlib import font_manager
from matplotlib.figure import Figure
from matplotlib.ft2font import FT2Font

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
    "BODY_PT",
    "HAIRLINE",
    "INK",
    "MM_PER_INCH",
    "MUTED",
    "PAGE_HEIGHT_MM",
    "PAGE_WIDTH_MM",
    "SMALL_PT",
    "TITLE_PT",
    "WARNING",
    "empty_figure",
    "fitted",
    "group_colours",
    "group_markers",
    "mark_simulated",
    "new_figure",
    "printable",
    "save_figure",
    "text_width_mm",
    "top_margin_mm",
    "wrapped",
]

MM_PER_INCH = 25.4
PAGE_WIDTH_MM, PAGE_HEIGHT_MM = 170.0, 225.0
SMALL_PT, BODY_PT, TITLE_PT = 6.0, 7.0, 8.0
DPI = 300

matplotlib.use("Agg")

STYLE: dict[str, Any] = {
    "font.family": "DejaVu Sans",
    "font.size": BODY_PT,
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.labelsize": BODY_PT,
    "axes.titlesize": TITLE_PT,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.edgecolor": MUTED,
    "axes.linewidth": 0.6,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "xtick.labelsize": 6.5,
    "ytick.labelsize": 6.5,
    "xtick.major.size": 2.5,
    "ytick.major.size": 2.5,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "grid.color": HAIRLINE,
    "grid.linewidth": 0.6,
    "lines.linewidth": 1.0,
    "lines.markersize": 3.5,
    "legend.frameon": False,
    "legend.fontsize": 6.5,
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
    "svg.hashsalt": "rt1t2",
    "svg.fonttype": "none",
    "pdf.fonttype": 42,
    "pdf.compression": 9,
    "image.interpolation": "nearest",
    # what users name may hold dollar signs: nothing in these figures is a formula
    "text.parse_math": False,
}

# matplotlib types every name of a setting, not str
matplotlib.rcParams.update(STYLE)  # type: ignore[arg-type]


def new_figure(
    width_mm: float, height_mm: float, layout: Literal["constrained"] | None = None
) -> Figure:
    """Return an empty figure in the common style (``layout="constrained"`` to fit labels)."""
    size = (width_mm / MM_PER_INCH, height_mm / MM_PER_INCH)
    return Figure(figsize=size, layout=layout)


@cache
def _font(bold: bool) -> FT2Font:
    """Return the figures' font, for measuring alone."""
    weight = "bold" if bold else "normal"
    properties = font_manager.FontProperties(family=STYLE["font.family"], weight=weight)
    font = FT2Font(font_manager.findfont(properties))
    font.set_size(100, 72)  # 1 pixel is 1 pt
    return font


def text_width_mm(text: str, size_pt: float, bold: bool = False) -> float:
    """Return how long the longest line of a text is."""
    font = _font(bold)
    width = 0.0
    for line in text.split("\n"):
        font.set_text(line, 0)
        width = max(width, font.get_width_height()[0] / 64)
    return width * size_pt / 100 / 72 * MM_PER_INCH


def fitted(text: str, width_mm: float, size_pt: float, bold: bool = False) -> str:
    """Return a line of text, its end cut off with an ellipsis where it is too long."""
    if text_width_mm(text, size_pt, bold) <= width_mm:
        return text
    ellipsis = "\N{HORIZONTAL ELLIPSIS}"
    while text and text_width_mm(text + ellipsis, size_pt, bold) > width_mm:
        text = text[:-1].rstrip(" ,;")
    return text + ellipsis


def wrapped(
    text: str, width_mm: float, size_pt: float, lines: int = 2, bold: bool = False
) -> str:
    """Return a text in at most so many lines, broken at spaces, the last one cut if need be."""
    words = text.split(" ")
    shown: list[str] = []
    while words and len(shown) < lines - 1:
        n = 1
        while n < len(words) and (
            text_width_mm(" ".join(words[: n + 1]), size_pt, bold) <= width_mm
        ):
            n += 1
        shown.append(fitted(" ".join(words[:n]), width_mm, size_pt, bold))
        words = words[n:]
    if words:
        shown.append(fitted(" ".join(words), width_mm, size_pt, bold))
    return "\n".join(shown)


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
    figure = new_figure(PAGE_WIDTH_MM, 16)
    figure.text(0.02, 0.45, text, fontsize=TITLE_PT, color=MUTED, va="center")
    if simulated:
        mark_simulated(figure)
    return figure


def save_figure(
    figure: Figure,
    png: str | Path,
    svg: str | Path | None = None,
    pdf: str | Path | None = None,
) -> None:
    """Write a figure as PNG, SVG and PDF; the same drawing gives the same bytes."""
    figure.savefig(png, format="png", dpi=DPI, metadata={"Software": None})
    if svg is not None:
        figure.savefig(svg, format="svg", dpi=DPI, metadata={"Date": None})
    if pdf is not None:
        undated = {"CreationDate": None, "Producer": None, "Creator": None}
        figure.savefig(pdf, format="pdf", dpi=DPI, metadata=undated)


def top_margin_mm(simulated: bool) -> float:
    """Return how much is left free at the top of a figure: more where the mark stands there."""
    return 4.5 if simulated else 1.5


def mark_simulated(figure: Figure) -> None:
    """Write along the top edge of a figure that its data are simulated."""
    height_mm = figure.get_figheight() * MM_PER_INCH
    figure.text(
        0.99,
        1 - 1 / height_mm,
        SIMULATED_NOTICE,
        ha="right",
        va="top",
        fontsize=6.5,
        color=WARNING,
        fontweight="bold",
    )
