"""Figure 1: the clusters of every contrast, each in three slices through its peak."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.figure import Figure, SubFigure

from rt1t2.contrasts import entry
from rt1t2.geometry.volume import Volume
from rt1t2.paper.brain_slices import (
    T_COLOURS,
    Grid,
    crop,
    draw_overlay,
    draw_underlay,
    mark_sides,
)
from rt1t2.paper.figure_style import (
    MUTED,
    empty_figure,
    mark_simulated,
    new_figure,
    printable,
)
from rt1t2.paper.primary_test import PrimaryTest
from rt1t2.significance import printed_p
from rt1t2.tables import number

CLUSTERS_PER_ROW = 2
MOST_CLUSTERS = 6
HEADING_IN, ROW_IN, LINE_IN = 0.3, 1.95, 0.3


@dataclass(frozen=True)
class ContrastClusters:
    """One contrast: its t map, cluster labels (0 = none), table rows and summary.

    ``t`` and ``labels`` are on the template's grid.
    """

    name: str
    t: np.ndarray
    labels: np.ndarray
    rows: Sequence[Mapping[str, str]]
    summary: Mapping[str, Any]

    @classmethod
    def on_template(
        cls,
        name: str,
        t: Volume,
        labels: Volume,
        template: Volume,
        rows: Sequence[Mapping[str, str]],
        summary: Mapping[str, Any],
    ) -> "ContrastClusters":
        """Carry t and labels from the grid of the maps to that of the template."""
        return cls(
            name,
            t.nearest_on(template).data,
            labels.nearest_on(template, outside=0).data,
            rows,
            summary,
        )


def cluster_figure(
    contrasts: Sequence[ContrastClusters],
    template_t1w: np.ndarray,
    grid: Grid,
    simulated: bool,
    primary: PrimaryTest,
) -> Figure:
    """Draw one block per contrast; a contrast without clusters says so in a line.

    All arrays are on ``grid`` (MNI152NLin2009aSym, RAS mm); the colour is t, in one range. The
    p beside a cluster is that of the primary test.
    """
    if not contrasts:
        return empty_figure("No contrast was tested.", simulated)
    heights, blocks = [], []
    for contrast in contrasts:
        rows = -(-min(len(contrast.rows), MOST_CLUSTERS) // CLUSTERS_PER_ROW)
        blocks.append(rows)
        heights.append(HEADING_IN + rows * ROW_IN if rows else LINE_IN)
    top_in, bottom_in = (0.3, 0.65) if any(blocks) else (0.4, 0.25)
    total = top_in + sum(heights) + bottom_in
    figure = new_figure(8.2, total)
    limits = _t_limits(contrasts)
    bright = 1.15 * np.percentile(template_t1w[template_t1w > 0], 99.5)
    top = total - top_in
    for contrast, rows, height in zip(contrasts, blocks, heights, strict=True):
        figure.text(
            0.02, (top - 0.2) / total, contrast.name, fontweight="bold", fontsize=10
        )
        figure.text(
            0.17, (top - 0.2) / total, _sentence(contrast), fontsize=8, color=MUTED
        )
        for row in range(rows):
            bottom = top - HEADING_IN - (row + 1) * ROW_IN
            clusters_of_row = contrast.rows[
                row * CLUSTERS_PER_ROW : (row + 1) * CLUSTERS_PER_ROW
            ]
            for column, cluster in enumerate(clusters_of_row):
                box = (0.03 + 0.485 * column, bottom / total, 0.47, ROW_IN / total)
                _draw_cluster(
                    *(figure, box, contrast, cluster, template_t1w, grid, bright),
                    *(limits, primary),
                )
        top -= height
    if any(blocks):
        _colour_bar(figure, limits, total)
    if simulated:
        mark_simulated(figure)
    return figure


def _sentence(contrast: ContrastClusters) -> str:
    searched = (
        f"p < {contrast.summary['height_p']:g} (uncorrected), "
        f"k \N{GREATER-THAN OR EQUAL TO} {contrast.summary['extent_voxels']} voxels"
    )
    if not contrast.rows:
        return f"no cluster survived {searched}"
    n = len(contrast.rows)
    more = f"; the first {MOST_CLUSTERS} are shown" if n > MOST_CLUSTERS else ""
    return f"{n} cluster{'s' if n > 1 else ''} at {searched}{more}"


def _t_limits(contrasts: Sequence[ContrastClusters]) -> tuple[float, float]:
    with_clusters = [contrast for contrast in contrasts if contrast.rows]
    if not with_clusters:
        return 0.0, 1.0
    low = min(float(entry(c.summary, "height_t")) for c in with_clusters)
    high = max(float(entry(row, "peak_t")) for c in with_clusters for row in c.rows)
    return low, max(high, low + 0.1)


def _draw_cluster(
    figure: Figure | SubFigure,
    box: tuple[float, float, float, float],
    contrast: ContrastClusters,
    row: Mapping[str, str],
    template_t1w: np.ndarray,
    grid: Grid,
    bright: float,
    limits: tuple[float, float],
    primary: PrimaryTest,
) -> None:
    """Draw sagittal, coronal and axial slices through a cluster's peak, and its facts."""
    left, bottom, width, height = box
    peak = [float(row[f"peak_{axis}_mm"]) for axis in "xyz"]
    brain = template_t1w > 0
    widths = np.array([1.22, 1.0, 1.0])
    widths = widths / widths.sum() * width * 0.98
    x = left
    for axis, share in zip((0, 1, 2), widths, strict=True):
        axes = figure.add_axes((x, bottom + 0.24 * height, share * 0.95, height * 0.62))
        draw_underlay(axes, template_t1w, grid, axis, peak[axis], bright)
        draw_overlay(
            axes, contrast.t, contrast.labels > 0, grid, axis, peak[axis], limits
        )
        across, up = [v for i, v in enumerate(peak) if i != axis]
        for line, value in ((axes.axvline, across), (axes.axhline, up)):
            line(value, color="#00a6d6", linewidth=0.5, alpha=0.8)
        crop(axes, brain, grid, axis)
        if axis == 2:
            mark_sides(axes)
        x += share
    where = ", ".join(f"{value:.0f}" for value in peak).replace("-", "\N{MINUS SIGN}")
    label = row.get("label", "n/a")
    label = "" if label == "n/a" else label
    facts = (
        f"peak {contrast.summary.get('statistic', 't')} = "
        f"{float(entry(row, 'peak_t')):.2f} at {where} mm; "
        f"{float(row['volume_mm3']) / 1000:.2f} ml; "
        f"p(FWE) {printed_p(number(row.get(primary.column, 'n/a')), '= ')}"
    )
    figure.text(
        left,
        bottom + 0.13 * height,
        f"{row['cluster']}  {_short(printable(label), 58)}",
        fontsize=8,
        fontweight="bold",
        va="bottom",
    )
    figure.text(
        left, bottom + 0.03 * height, facts, fontsize=7.5, va="bottom", color=MUTED
    )


def _colour_bar(figure: Figure, limits: tuple[float, float], total: float) -> None:
    axes = figure.add_axes((0.33, 0.42 / total, 0.34, 0.1 / total))
    axes.imshow(
        np.linspace(0, 1, 256)[None],
        cmap=T_COLOURS,
        aspect="auto",
        extent=(limits[0], limits[1], 0, 1),
    )
    axes.set_yticks([])
    axes.set_xlabel("t", labelpad=1)


def _short(text: str, longest: int) -> str:
    return (
        text
        if len(text) <= longest
        else text[: longest - 1] + "\N{HORIZONTAL ELLIPSIS}"
    )
