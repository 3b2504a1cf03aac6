"""Figure 2: correlations with receptor maps: means with intervals, and every patient as a dot."""

import math
from collections.abc import Iterable, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from rt1t2.palette import HAIRLINE, INK, MUTED, group_colours, group_markers
from rt1t2.paper.cluster_means import mean_interval
from rt1t2.paper.figure_style import (
    PAGE_WIDTH_MM,
    SMALL_PT,
    TITLE_PT,
    empty_figure,
    fitted,
    mark_simulated,
    new_figure,
    printable,
    text_width_mm,
)
from rt1t2.ratio.ratio import MEASURES, T1W_OVER_T2W
from rt1t2.significance import ALPHA

Row = dict[str, str]
Rows = Sequence[Row]

COLUMNS_PER_ROW = 60  # one for each map and group: narrower ones touch
ROW_MM, LEGEND_MM, LONGEST_NAME_MM = 58.0, 10.0, 24.0
# Finest first; labels nearer than this share of the axis would touch
RHO_TICKS = ([k / 10 for k in range(1, 10)], (0.2, 0.4, 0.6, 0.8), (0.5, 0.9))
NEAREST = 0.06
SHARE_FOR_DOTS = 0.8  # of the distance between two maps


def correlation_figure(
    correlations: Rows,
    individual: Rows,
    groups: dict[str, str],
    simulated: bool,
    measure: str = MEASURES[T1W_OVER_T2W],
) -> Figure:
    """Draw mean (with its 95 % interval) and individual Fisher z of every group and map.

    Parameters
    ----------
    correlations, individual
        Rows of ``correlations.tsv`` and ``individual.tsv``.
    groups
        Codes and labels of all groups, in the order of the config.
    simulated
        Say so on the figure.
    measure
        What the ratio is called (:data:`rt1t2.ratio.ratio.MEASURES`).
    """
    if not correlations:
        return empty_figure("No receptor map was correlated.", simulated)
    maps = list(dict.fromkeys(row["map"] for row in correlations))
    present = [g for g in groups if any(row["group"] == g for row in correlations)]
    names = dict(zip(maps, _names(correlations, maps), strict=True))
    n_rows = math.ceil(len(maps) * len(present) / COLUMNS_PER_ROW)
    per_row = math.ceil(len(maps) / n_rows)
    height = 6 + n_rows * (ROW_MM + _below_mm(names.values())) + LEGEND_MM
    figure = new_figure(PAGE_WIDTH_MM, height, "constrained")
    panels = figure.subplots(n_rows, 1, squeeze=False, sharey=True).ravel()
    for k, axes in enumerate(panels):
        shown = maps[k * per_row : (k + 1) * per_row]
        _panel(axes, shown, correlations, individual, present, groups)
        _label_axes(axes, [names[name] for name in shown], per_row)
    low, high = panels[0].get_ylim()
    high += 0.06 * (high - low)  # room for the stars
    panels[0].set_ylim(low, high)
    for axes in panels:
        axes.child_axes[0].set_yticks(_rho_ticks(low, high))
    title = f"{measure} ratio and {'simulated ' if simulated else ''}receptor maps"
    style = {"x": 0.01, "ha": "left", "fontsize": TITLE_PT, "fontweight": "bold"}
    figure.suptitle(title, **style)
    figure.legend(
        *panels[0].get_legend_handles_labels(),
        loc="outside lower left",
        ncols=1 if _too_long(present, groups) else len(present),
        title=_marks(correlations),
        title_fontsize=6.5,
        alignment="left",
    )
    if simulated:
        mark_simulated(figure)
    return figure


def _marks(correlations: Rows) -> str:
    """Say what the marks mean, the star only where there is one."""
    text = "large: mean with 95 % interval; small: one patient; "
    if any(_significant(row) for row in correlations):
        return f"{text}*: p(FDR) < {ALPHA:g}"
    return f"{text}no mean has p(FDR) < {ALPHA:g}"


def _significant(row: Row) -> bool:
    return float(row["p_fdr"]) < ALPHA


def _panel(
    axes: Axes,
    maps: Sequence[str],
    correlations: Rows,
    individual: Rows,
    present: Sequence[str],
    groups: dict[str, str],
) -> None:
    """Draw some of the maps, each with its groups side by side."""
    colours, markers = group_colours(groups), group_markers(groups)
    axes.axhline(0, color=MUTED, linewidth=0.8, zorder=1)
    for edge in np.arange(1, len(maps)) - 0.5:
        axes.axvline(edge, color=HAIRLINE, linewidth=0.6, zorder=1)
    width = SHARE_FOR_DOTS / len(present)
    for place, group in enumerate(present):
        centre = (place - (len(present) - 1) / 2) * width
        row_of = {row["map"]: row for row in correlations if row["group"] == group}
        z_of: dict[str, list[float]] = {name: [] for name in maps}
        for row in individual:
            if row["group"] == group and row["map"] in z_of:
                z_of[row["map"]].append(float(row["fisher_z"]))
        for x, name in enumerate(maps):
            z, row = np.array(z_of[name]), row_of[name]
            at, mean = x + centre, float(row["mean_fisher_z"])
            _dots(axes, at, width, z, colours[group])
            _, low, high = mean_interval(z)
            axes.plot([at, at], [low, high], "-", color=INK, linewidth=0.9, zorder=3)
            axes.plot(
                *(at, mean, markers[group]),
                color=colours[group],
                markeredgecolor=INK,
                markeredgewidth=0.6,
                markersize=4.5,
                label=_label(printable(groups[group], group), row) if x == 0 else None,
                zorder=4,
            )
            if _significant(row):
                _star(axes, at, np.nanmax([*z, mean, high]), colours[group])


def _star(axes: Axes, x: float, y: float, colour: str) -> None:
    axes.annotate(
        *("*", (x, y)),
        xytext=(0, 0),
        textcoords="offset points",
        ha="center",
        fontsize=10,
        fontweight="bold",
        color=colour,
    )


def _dots(axes: Axes, x: float, width: float, z: np.ndarray, colour: str) -> None:
    # Side by side in the order of the patients, so that a patient keeps their place
    spread = np.linspace(-0.35, 0.35, z.size) * width if z.size > 1 else np.zeros(1)
    axes.plot(
        x + spread[: z.size], z, ".", color=colour, alpha=0.5, markersize=3, zorder=2
    )


def _label(group: str, row: Row) -> str:
    return f"{fitted(group, 110, 6.5)} (n = {row['n_participants']})"


def _too_long(present: Sequence[str], groups: dict[str, str]) -> bool:
    """Tell whether the names of the groups do not fit side by side."""
    return sum(text_width_mm(groups[group], 6.5) + 22 for group in present) > 160


def _names(correlations: Rows, maps: Sequence[str]) -> list[str]:
    """Name each map by its receptor, where no other map has the same one."""
    receptor = {row["map"]: row["receptor"] for row in correlations}
    shared = list(receptor.values())
    names = [receptor[m] if shared.count(receptor[m]) == 1 else m for m in maps]
    return [fitted(printable(name), LONGEST_NAME_MM, 6.5) for name in names]


def _below_mm(names: Iterable[str]) -> float:
    """Return how much room the names need below the axis, at 45°."""
    return 0.75 * max(text_width_mm(name, 6.5) for name in names)


def _label_axes(axes: Axes, names: Sequence[str], per_row: int) -> None:
    axes.set_xticks(
        range(len(names)), names, rotation=45, ha="right", rotation_mode="anchor"
    )
    axes.tick_params(axis="x", length=0)
    axes.set_xlim(-0.5, per_row - 0.5)
    axes.set_ylabel("Fisher z = artanh(rho)")
    rho = axes.secondary_yaxis("right", functions=(np.tanh, _artanh))
    rho.set_ylabel("Spearman's rho")
    rho.tick_params(labelsize=SMALL_PT)


def _rho_ticks(low: float, high: float) -> np.ndarray:
    """Return values of rho whose places on the axis of z are not too close for their labels."""
    for positive in RHO_TICKS:
        rho: np.ndarray = np.array([*(-r for r in reversed(positive)), 0, *positive])
        rho = rho[(np.arctanh(rho) >= low) & (np.arctanh(rho) <= high)]
        if rho.size < 2 or np.diff(np.arctanh(rho)).min() >= NEAREST * (high - low):
            return rho
    return np.array([0.0])


def _artanh(rho: ArrayLike) -> np.ndarray:
    z: np.ndarray = np.arctanh(np.clip(rho, -0.999999, 0.999999))
    return z
