"""Each patient group's correlation with every receptor map, around a circle: figure 3A."""

import textwrap
from collections.abc import Mapping, Sequence
from typing import Any, cast

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.projections.polar import PolarAxes
from matplotlib.ticker import MaxNLocator

from rt1t2.paper.figure_style import (
    HAIRLINE,
    INK,
    MUTED,
    SMALL_PT,
    fitted,
    group_colours,
    group_markers,
    printable,
)
from rt1t2.significance import ALPHA

Rows = Sequence[Mapping[str, str]]


def draw_radar(
    figure: Figure,
    box: tuple[float, float, float, float],
    correlations: Rows,
    groups: Mapping[str, str],
    right: float,
) -> None:
    """Draw each patient group's mean Fisher z with every receptor map around a circle.

    ``box`` and ``right``, where the panel ends, are shares of the figure.
    """
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
        n = rows[0].get("n_participants", "n/a")
        label = f"{fitted(group, 18, 6.5)} (n = {n})"
        axes.plot(theta + theta[:1], z + z[:1], color=colours[group], label=label)
        axes.fill(theta, z, color=colours[group], alpha=0.08)
        for row, t, r in zip(rows, theta, z, strict=True):
            significant = _number(row["p_fdr"]) < ALPHA
            axes.plot(
                [t],
                [r],
                markers[group],
                markersize=5 if significant else 2.5,
                color=colours[group] if significant else "white",
                markeredgecolor=colours[group],
                markeredgewidth=0.7,
            )
    ring = np.linspace(0, 2 * np.pi, 200)
    axes.plot(ring, np.zeros_like(ring), color=INK, linewidth=0.8)
    axes.set_ylim(-reach, reach)
    axes.tick_params(axis="x", pad=0)
    axes.tick_params(axis="y", labelsize=SMALL_PT, labelcolor=MUTED)
    axes.yaxis.set_major_locator(MaxNLocator(3))
    axes.set_rlabel_position(100)
    axes.grid(color=HAIRLINE, linewidth=0.6)
    axes.spines["polar"].set_color(HAIRLINE)
    figure.legend(
        *axes.get_legend_handles_labels(),
        loc="upper left",
        bbox_to_anchor=box[:2],
        borderaxespad=2.3,
        ncols=2,
        title=f"dark ring: 0; large filled marks: p(FDR) < {ALPHA:g}",
        title_fontsize=6.5,
        alignment="left",
    )
    labels = [printable(name.removeprefix("simulated_")) for name in names]
    _label_around(figure, axes, [angle[name] for name in names], labels, right)


def _label_around(
    figure: Figure,
    axes: PolarAxes,
    angles: Sequence[float],
    labels: Sequence[str],
    right: float,
) -> None:
    """Write labels around the radar, as large and as long as the panel has room for."""
    canvas = FigureCanvasAgg(figure)
    for longest in (60, 24, 18, 14, 10):
        shown = [
            "\n".join(textwrap.wrap(label.replace("_", " "), longest)[:2] or [""])
            if len(label) > longest
            else label
            for label in labels
        ]
        for size in (7, 6.5, SMALL_PT):
            axes.set_xticks(angles, shown, fontsize=size)
            canvas.draw()  # type: ignore[no-untyped-call]
            edges = [
                edge / figure.bbox.width
                for text in axes.get_xticklabels()
                for edge in text.get_window_extent().intervalx
            ]
            if not edges or (min(edges) >= 0.005 and max(edges) <= right):
                return


def _number(text: Any) -> float:
    return np.nan if text in (None, "n/a", "") else float(text)
