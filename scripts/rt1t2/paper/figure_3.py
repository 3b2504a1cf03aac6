"""Figure 3: how far each group lies from the controls: receptors, cluster means, slices.

The paper draws a slope of microstructural change as a hypothesis. Here the same question is
answered with data: panel B shows every participant, with the interval of each group's mean.
"""

import textwrap
from collections.abc import Mapping, Sequence
from itertools import cycle
from typing import Any, cast

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.projections.polar import PolarAxes
from matplotlib.ticker import MaxNLocator

from rt1t2.paper.brain_slices import Grid, crop, draw_outline, draw_underlay, mark_sides
from rt1t2.paper.cluster_means import RegionMeans, mean_interval, slice_levels
from rt1t2.paper.figure_style import (
    HAIRLINE,
    INK,
    MUTED,
    group_colours,
    group_markers,
    mark_simulated,
    new_figure,
    printable,
)
from rt1t2.significance import ALPHA

Rows = Sequence[Mapping[str, str]]

PANEL_B_LEFT = 0.485  # in widths of the figure: where panel A ends

# Outlines of contrasts: apart from the groups' colours, distinct on grey.
CONTRAST_COLOURS = ("#ffb000", "#00d0ff", "#ff5fa2", "#7dff6a", "#b28cff", "#ff7a33")


def gradient_figure(
    correlations: Rows,
    regions: Sequence[RegionMeans],
    labels: Mapping[str, np.ndarray],
    member_groups: Sequence[str],
    groups: Mapping[str, str],
    control_group: str,
    template_t1w: np.ndarray,
    grid: Grid,
    simulated: bool,
) -> Figure:
    """Draw panels A (radar), B (means with intervals) and C (axial slices).

    Parameters
    ----------
    correlations
        Rows of ``correlations.tsv``.
    regions
        Everybody's mean ratio in the largest clusters, or in all voxels.
    labels
        Cluster label image (0 = none) of each contrast, by its name.
    member_groups
        Group of every participant, in the order of the means.
    groups
        Codes and labels of all groups, in the order of the config.
    control_group
        Code of the group that comes first in panel B.
    template_t1w
        The template's T1w, 0 outside the brain, on ``grid`` like the labels.
    grid
        MNI152NLin2009aSym, RAS mm.
    simulated
        Say so on the figure.
    """
    figure = new_figure(9.4, 7.6)
    _radar(figure, (0.06, 0.47, 0.36, 0.42), correlations, groups)
    selected = any((image > 0).any() for image in labels.values())
    _means(figure, regions, selected, member_groups, groups, control_group)
    _slices(figure, labels, template_t1w, grid)
    for letter, x, y in (("A", 0.015, 0.965), ("B", 0.485, 0.965), ("C", 0.015, 0.335)):
        figure.text(x, y, letter, fontsize=13, fontweight="bold", va="top")
    if simulated:
        mark_simulated(figure)
    return figure


def _radar(
    figure: Figure,
    box: tuple[float, float, float, float],
    correlations: Rows,
    groups: Mapping[str, str],
) -> None:
    """Draw each patient group's mean Fisher z with every receptor map around a circle."""
    axes = cast(PolarAxes, figure.add_axes(box, projection="polar"))
    axes.set_theta_zero_location("N")
    axes.set_theta_direction(-1)
    names = list(dict.fromkeys(row["map"] for row in correlations))
    angle = {name: 2 * np.pi * i / max(len(names), 1) for i, name in enumerate(names)}
    values = [_number(row["mean_fisher_z"]) for row in correlations]
    reach = max([abs(v) for v in values if np.isfinite(v)] + [0.1]) * 1.15
    colours, markers = group_colours(groups), group_markers(groups)
    for group in dict.fromkeys(row["group"] for row in correlations):
        rows = [row for row in correlations if row["group"] == group]
        theta = [angle[row["map"]] for row in rows]
        z = [_number(row["mean_fisher_z"]) for row in rows]
        axes.plot(theta + theta[:1], z + z[:1], color=colours[group], label=group)
        axes.fill(theta, z, color=colours[group], alpha=0.08)
        for row, t, r in zip(rows, theta, z, strict=True):
            significant = _number(row["p_fdr"]) < ALPHA
            axes.plot(
                [t],
                [r],
                markers[group],
                markersize=6.5 if significant else 3,
                color=colours[group] if significant else "white",
                markeredgecolor=colours[group],
            )
    ring = np.linspace(0, 2 * np.pi, 200)
    axes.plot(ring, np.zeros_like(ring), color=INK, linewidth=0.9)
    axes.set_ylim(-reach, reach)
    axes.tick_params(axis="x", pad=2)
    axes.tick_params(axis="y", labelsize=6.5, labelcolor=MUTED)
    axes.yaxis.set_major_locator(MaxNLocator(4))
    axes.set_rlabel_position(100)
    axes.grid(color=HAIRLINE, linewidth=0.6)
    axes.spines["polar"].set_color(HAIRLINE)
    figure.text(
        0.045, 0.965, "Receptor maps: mean Fisher z", fontweight="bold", va="top"
    )
    figure.text(
        0.045,
        0.94,
        f"dark ring: 0; large filled marks: p(FDR) < {ALPHA:g}",
        fontsize=7.5,
        color=MUTED,
        va="top",
    )
    if correlations:
        axes.legend(loc="lower left", bbox_to_anchor=(-0.2, -0.16), ncols=3)
    labels = [printable(_receptor_name(name)) for name in names]
    _label_around(figure, axes, [angle[name] for name in names], labels)


def _label_around(
    figure: Figure, axes: PolarAxes, angles: Sequence[float], labels: Sequence[str]
) -> None:
    """Write labels around the radar, as large and as long as panel A has room for."""
    canvas = FigureCanvasAgg(figure)
    for longest in (60, 24, 18, 14, 10):
        shown = [
            "\n".join(textwrap.wrap(label.replace("_", " "), longest) or [""])
            if len(label) > longest
            else label
            for label in labels
        ]
        for size in (7.5, 6.5, 5.5):
            axes.set_xticks(angles, shown, fontsize=size)
            canvas.draw()  # type: ignore[no-untyped-call]
            edges = [
                edge / figure.bbox.width
                for text in axes.get_xticklabels()
                for edge in text.get_window_extent().intervalx
            ]
            if not edges or (min(edges) >= 0.005 and max(edges) <= PANEL_B_LEFT):
                return


def _means(
    figure: Figure,
    regions: Sequence[RegionMeans],
    selected: bool,
    member_groups: Sequence[str],
    groups: Mapping[str, str],
    control_group: str,
) -> None:
    """Draw every participant's mean ratio in each cluster, with the groups' intervals."""
    order = [control_group] + [group for group in groups if group != control_group]
    relative = all(region.relative for region in regions)
    colours, markers = group_colours(groups), group_markers(groups)
    title = (
        "Mean ratio in the clusters" if selected else "Mean ratio, no cluster survived"
    )
    title = title if regions else "Mean ratio: no contrast was tested"
    figure.text(0.515, 0.965, title, fontweight="bold", va="top")
    if not regions:
        return
    note = (
        "dots: participants; bars: mean with 95 % interval. The clusters were selected for\n"
        "a difference between two groups, which inflates that difference (not the others)."
        if selected
        else "dots: participants; bars: mean with 95 % interval, over all analysed voxels."
    )
    figure.text(0.515, 0.94, note, fontsize=7.5, color=MUTED, va="top")
    shown = figure.subplots(
        1,
        len(regions),
        sharey=True,
        squeeze=False,
        gridspec_kw={"left": 0.56, "right": 0.985, "bottom": 0.44, "top": 0.84},
    )[0]
    membership = np.array(member_groups)
    for axes, region in zip(shown, regions, strict=True):
        if relative:
            axes.axhline(100, color=MUTED, linewidth=0.8)
        for x, group in enumerate(order):
            values = region.percent[membership == group]
            offsets = 0.09 * ((np.arange(values.size) % 5) - 2)
            axes.plot(
                x + offsets,
                values,
                markers[group],
                color=colours[group],
                alpha=0.45,
                markersize=3.5,
                markeredgewidth=0,
            )
            mean, low, high = mean_interval(values)
            axes.plot(
                [x - 0.3, x + 0.3], [mean, mean], color=colours[group], linewidth=2.2
            )
            axes.plot([x, x], [low, high], color=colours[group], linewidth=2.2)
        axes.set_xticks(
            range(len(order)), order, rotation=35 if len(regions) > 2 else 0
        )
        axes.set_xlim(-0.6, len(order) - 0.4)
        axes.set_title(region.title, fontsize=8, fontweight="normal")
        axes.grid(axis="y")
    unit = "ratio, % of the controls' mean" if relative else "mean of the maps' values"
    shown[0].set_ylabel(unit)


def _slices(
    figure: Figure,
    labels: Mapping[str, np.ndarray],
    template_t1w: np.ndarray,
    grid: Grid,
) -> None:
    """Draw axial slices with the outline of every contrast's clusters."""
    figure.text(0.045, 0.335, "Clusters on the template", fontweight="bold", va="top")
    colours = dict(zip(labels, cycle(CONTRAST_COLOURS), strict=False))
    x = 0.27
    for name, image in labels.items():
        empty = not (image > 0).any()
        text = f"{name}: none" if empty else name
        colour = MUTED if empty else INK
        if not empty:
            figure.text(x, 0.335, "\N{BLACK SQUARE}", color=colours[name], va="top")
        figure.text(x + 0.016, 0.335, text, fontsize=7.5, color=colour, va="top")
        x += 0.027 + 0.0075 * len(text)
    brain = template_t1w > 0
    bright = 1.15 * np.percentile(template_t1w[brain], 99.5)
    levels = slice_levels(list(labels.values()), brain, grid)
    for column, z in enumerate(levels):
        width = 0.97 / len(levels)
        axes = figure.add_axes((0.02 + column * width, 0.02, width * 0.95, 0.265))
        draw_underlay(axes, template_t1w, grid, 2, z, bright)
        for number, (name, image) in enumerate(labels.items()):
            # the second of two outlines in one place is dashed, and both are seen
            style = "solid" if number < len(labels) / 2 else "dashed"
            draw_outline(axes, image > 0, grid, 2, z, colours[name], style)
        crop(axes, brain, grid, 2)
        if column == 0:
            mark_sides(axes)


def _number(text: Any) -> float:
    return np.nan if text in (None, "n/a", "") else float(text)


def _receptor_name(name: str) -> str:
    """Drop what every simulated map's name starts with."""
    return name.removeprefix("simulated_")
