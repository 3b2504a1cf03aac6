"""Figure of the correlations with receptor maps: means, and every patient as a dot."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from rt1t2.palette import HAIRLINE, INK, MUTED, group_colours, group_markers
from rt1t2.paper.figure_style import empty_figure, mark_simulated, new_figure, printable
from rt1t2.ratio.ratio import MEASURES, T1W_OVER_T2W
from rt1t2.significance import ALPHA

Rows = Sequence[dict[str, str]]

WIDTH_PER_MAP_IN = 0.42
LEAST_WIDTH_IN = 7.0
SHARE_FOR_DOTS = 0.8  # of the distance between two maps


def correlation_figure(
    correlations: Rows,
    individual: Rows,
    groups: dict[str, str],
    simulated: bool,
    measure: str = MEASURES[T1W_OVER_T2W],
) -> Figure:
    """Draw mean and individual Fisher z of every patient group with every receptor map.

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
    colours, markers = group_colours(groups), group_markers(groups)
    figure = new_figure(
        max(LEAST_WIDTH_IN, 1.8 + WIDTH_PER_MAP_IN * len(maps)), 4.0, "constrained"
    )
    axes = figure.add_subplot()
    axes.axhline(0, color=MUTED, linewidth=0.8, zorder=1)
    for edge in np.arange(1, len(maps)) - 0.5:
        axes.axvline(edge, color=HAIRLINE, linewidth=0.6, zorder=1)

    width = SHARE_FOR_DOTS / len(present)
    for place, group in enumerate(present):
        centre = (place - (len(present) - 1) / 2) * width
        z_of = {row["map"]: row for row in correlations if row["group"] == group}
        for x, name in enumerate(maps):
            z = np.array(
                [
                    float(row["fisher_z"])
                    for row in individual
                    if row["group"] == group and row["map"] == name
                ]
            )
            _dots(axes, x + centre, width, z, colours[group])
            mean = float(z_of[name]["mean_fisher_z"])
            axes.plot(
                x + centre,
                mean,
                markers[group],
                color=colours[group],
                markeredgecolor=INK,
                markersize=5.5,
                label=_label(printable(groups[group], group), z_of[name])
                if x == 0
                else None,
                zorder=4,
            )
            if float(z_of[name]["p_fdr"]) < ALPHA:
                axes.annotate(
                    "*",
                    (x + centre, max(z.max(), mean)),
                    xytext=(0, 1),
                    textcoords="offset points",
                    ha="center",
                    fontsize=13,
                    fontweight="bold",
                    color=colours[group],
                )

    _label_axes(axes, _names(correlations, maps))
    figure.suptitle(
        f"{measure} ratio and {'simulated ' if simulated else ''}receptor maps",
        x=0.01,
        ha="left",
        fontsize=9.5,
        fontweight="bold",
    )
    figure.legend(
        loc="outside lower left",
        ncols=len(present),
        title=f"large: mean, small: one patient, *: p FDR < {ALPHA:g}",
        title_fontsize=7.5,
        alignment="left",
    )
    if simulated:
        mark_simulated(figure)
    return figure


def _dots(axes: Axes, x: float, width: float, z: np.ndarray, colour: str) -> None:
    # Side by side in the order of the patients, so that a patient keeps their place
    spread = np.linspace(-0.35, 0.35, z.size) * width if z.size > 1 else np.zeros(1)
    axes.plot(x + spread, z, ".", color=colour, alpha=0.45, markersize=4, zorder=2)


def _label(group: str, row: dict[str, str]) -> str:
    return f"{group} (n = {row['n_participants']})"


def _names(correlations: Rows, maps: Sequence[str]) -> list[str]:
    """Name each map by its receptor, where no other map has the same one."""
    receptor = {row["map"]: row["receptor"] for row in correlations}
    shared = list(receptor.values())
    names = [receptor[m] if shared.count(receptor[m]) == 1 else m for m in maps]
    return [printable(name) for name in names]


def _label_axes(axes: Axes, names: Sequence[str]) -> None:
    axes.set_xticks(
        range(len(names)), names, rotation=45, ha="right", rotation_mode="anchor"
    )
    axes.tick_params(axis="x", length=0)
    axes.set_xlim(-0.5, len(names) - 0.5)
    low, high = axes.get_ylim()
    axes.set_ylim(low, high + 0.06 * (high - low))  # room for the stars
    axes.set_ylabel("Fisher z = artanh(rho)")
    rho = axes.secondary_yaxis("right", functions=(np.tanh, _artanh))
    rho.set_ylabel("Spearman's rho")


def _artanh(rho: ArrayLike) -> np.ndarray:
    z: np.ndarray = np.arctanh(np.clip(rho, -0.999999, 0.999999))
    return z
