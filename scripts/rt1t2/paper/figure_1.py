"""Figure 1: every comparison once, patients minus reference: slices, glass brain, cortex, clusters.

All of t is shown; its colour fades below the threshold, and clusters are outlined.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure

from rt1t2.geometry.volume import Volume
from rt1t2.paper.cluster_lines import HEADER_MM, LINE_MM, draw_lines
from rt1t2.paper.cortex import VIEWS, draw_cortex, on_cortex
from rt1t2.paper.faded_t import common_limit, draw_bar, faded_colours
from rt1t2.paper.figure_page import Page
from rt1t2.paper.figure_style import (
    MUTED,
    PAGE_HEIGHT_MM,
    PAGE_WIDTH_MM,
    SMALL_PT,
    TITLE_PT,
    empty_figure,
    fitted,
    mark_simulated,
    new_figure,
    printable,
    top_margin_mm,
    wrapped,
)
from rt1t2.paper.pair_maps import PairMaps
from rt1t2.paper.primary_test import PrimaryTest
from rt1t2.paper.stat_slices import GLASS, Frame, draw_glass, draw_slice, image_of

LEFT_MM, RIGHT_MM, GAP_MM = 3.0, 3.0, 2.0
HEADING_MM, BELOW_SLICES_MM, BETWEEN_MM, LEGEND_MM = 7.6, 3.2, 3.0, 8.5
BAR_MM = 8.5
TALLEST_MM, LOWEST_MM = 28.0, 15.0
MOST_CLUSTERS = 4


def cluster_figure(
    shown: Sequence[PairMaps],
    template_t1w: Volume,
    groups: Mapping[str, str],
    simulated: bool,
    primary: PrimaryTest,
) -> Figure:
    """Draw one row per comparison, with a list of its clusters.

    Parameters
    ----------
    shown
        Of every comparison, in template space.
    template_t1w
        The template's T1w, upright, 0 outside the brain.
    groups
        Printed names by code.
    simulated
        Say so on the figure.
    primary
        The test whose p is printed bold, and decides which cluster the slices go through.
    """
    if not shown:
        return empty_figure("No contrast was tested.", simulated)
    lines = _lines_per_row(shown)
    top = top_margin_mm(simulated)
    fixed = [HEADING_MM + BELOW_SLICES_MM + BETWEEN_MM + _list_mm(n) for n in lines]
    room = (PAGE_HEIGHT_MM - top - LEGEND_MM - sum(fixed)) / len(shown)
    height = float(np.clip(room, LOWEST_MM, TALLEST_MM))
    total = top + sum(fixed) + len(shown) * height + LEGEND_MM
    figure = new_figure(PAGE_WIDTH_MM, total)
    limits = {
        statistic: common_limit(
            [maps.largest_t for maps in shown if maps.pair.statistic == statistic],
            [maps.height_t for maps in shown if maps.pair.statistic == statistic],
        )
        for statistic in "tF"
    }
    page, below = Page(figure, total), total - top
    for number, (maps, n, other) in enumerate(zip(shown, lines, fixed, strict=True)):
        row = _Row(page, total - below, height)
        _heading(row, chr(ord("A") + number % 26), maps, groups)
        _pictures(row, maps, template_t1w, limits[maps.pair.statistic])
        draw_lines(
            *(figure, below - HEADING_MM - height - BELOW_SLICES_MM, total),
            *(maps, n, primary),
        )
        below -= other + height
    _legend(figure, total, groups, primary)
    if simulated:
        mark_simulated(figure)
    return figure


@dataclass(frozen=True)
class _Row:
    """A row of the figure: places are given from its upper left corner, boxes below its heading."""

    page: Page
    down_mm: float
    height_mm: float

    @property
    def figure(self) -> Figure:
        """The whole figure."""
        return self.page.figure

    def box(
        self, left: float, down: float, width: float, height: float
    ) -> tuple[float, float, float, float]:
        """Return a rectangle as shares of the figure."""
        return self.page.box(left, self.down_mm + HEADING_MM + down, width, height)

    def text(self, x: float, down: float, text: str, **style: object) -> None:
        """Write from a place to the right and down."""
        self.page.text(x, self.down_mm + down, text, **style)


def _lines_per_row(shown: Sequence[PairMaps]) -> list[int]:
    """Return how many clusters are listed: fewer where there are many comparisons."""
    most = MOST_CLUSTERS if len(shown) <= 3 else 2 if len(shown) <= 5 else 1
    return [min(len(maps.clusters), most) for maps in shown]


def _list_mm(lines: int) -> float:
    return HEADER_MM + lines * LINE_MM if lines else LINE_MM


def _heading(row: _Row, letter: str, maps: PairMaps, groups: Mapping[str, str]) -> None:
    names = {code: printable(name, code) for code, name in groups.items()}
    title = fitted(maps.pair.title(names), 160, TITLE_PT, bold=True)
    row.text(LEFT_MM, 0, letter, fontsize=TITLE_PT + 1, fontweight="bold")
    row.text(LEFT_MM + 5, 0.2, title, fontsize=TITLE_PT, fontweight="bold")
    row.text(LEFT_MM + 5, 3.9, details(maps), fontsize=6.5, color=MUTED)


def details(maps: PairMaps) -> str:
    """Say how many there are, what was searched for, and what is not shown."""
    tested = "each direction" if len(maps.pair.tested) > 1 else "one direction only"
    searched = f"{tested}, |t|" if maps.pair.statistic == "t" else "F"
    return (
        f"{maps.people}; outlined: p < {maps.summary['height_p']:g} uncorrected, "
        f"{searched} > {maps.height_t:.2f}, "
        f"\N{GREATER-THAN OR EQUAL TO} {maps.extent_ml:.2f} ml"
    )


def _pictures(row: _Row, maps: PairMaps, template_t1w: Volume, limit: float) -> None:
    """Draw three slices, two glass brains, four views of the cortex, and the colour bar."""
    colours = faded_colours(maps.height_t, limit)
    frame = Frame.around(template_t1w)
    scale = row.height_mm / frame.size_mm(2)[1]
    images = (
        image_of(template_t1w),
        image_of(maps.t),
        image_of(maps.t.like(maps.in_cluster)) if maps.in_cluster.any() else None,
    )
    x = LEFT_MM
    for axis, mm in enumerate(maps.shown_at_mm):
        width, height = (scale * size for size in frame.size_mm(axis))
        box = row.box(x, row.height_mm - height, width, height)
        draw_slice(row.figure, box, axis, mm, frame, images, colours, limit)
        x += width + GAP_MM
    right = PAGE_WIDTH_MM - RIGHT_MM - BAR_MM
    bar = row.box(right + 1.5, 2, 1.8, row.height_mm - 3)
    statistic = maps.pair.statistic
    draw_bar(row.figure.add_axes(bar), maps.height_t, limit, statistic)
    x += GAP_MM
    _glass_and_cortex(row, maps, (x, right - GAP_MM), limit)


def _glass_and_cortex(
    row: _Row, maps: PairMaps, span_mm: tuple[float, float], limit: float
) -> None:
    """Share what is left of the row between glass brains and cortex."""
    left, right = span_mm
    above = np.abs(np.nan_to_num(maps.t.data)) > maps.height_t
    kept = maps.in_cluster if maps.clusters else above
    glass = image_of(maps.t.like(np.where(kept, maps.t.data, 0)))
    sizes = {axis: GLASS.size_mm(axis) for axis in (0, 2)}
    wide = sum(width for width, _ in sizes.values())
    scale = min(0.5 * (right - left) / wide, row.height_mm / sizes[2][1])
    for axis, (width, height) in sizes.items():
        down = row.height_mm - scale * height
        box = row.box(left, down, scale * width, scale * height)
        draw_glass(row.figure, box, axis, glass, limit)
        left += scale * width + GAP_MM / 2
    values = on_cortex(maps.t)
    colours = faded_colours(maps.height_t, limit)
    width, height = (right - left) / 2, row.height_mm / 2
    for place, (side, view) in enumerate(VIEWS):
        line, column = divmod(place, 2)
        box = row.box(left + column * width, line * height, width, height)
        draw_cortex(row.figure, box, values[side], side, view, colours, limit)
        letter, x = ("L", left) if column == 0 else ("R", right - 1.5)
        if line == 0:
            row.text(x, HEADING_MM, letter, fontsize=SMALL_PT)


def _legend(
    figure: Figure, total: float, groups: Mapping[str, str], primary: PrimaryTest
) -> None:
    text = (
        "Colour: red where the ratio is higher in the group named first; it fades below the "
        "threshold (lines on the bar). Glass brains: clusters alone, or, without one, single "
        "voxels above the threshold. p(FWE): perm. by permutation, RFT by random field theory; "
        f"bold: the primary test ({primary.words}). Effect sizes: at the peak, chosen for its "
        "height."
    )
    width = PAGE_WIDTH_MM - LEFT_MM - RIGHT_MM
    figure.text(
        LEFT_MM / PAGE_WIDTH_MM,
        (LEGEND_MM - 0.8) / total,
        wrapped(text, width, SMALL_PT, lines=3),
        fontsize=SMALL_PT,
        color=MUTED,
        va="top",
        linespacing=1.15,
    )
