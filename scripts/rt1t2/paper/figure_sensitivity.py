"""Figure of how far the receptor correlations depend on choices, null and participants."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import BoundaryNorm, LinearSegmentedColormap
from matplotlib.figure import Figure

from rt1t2.palette import GROUP_COLOURS, GROUP_MARKERS, HAIRLINE, INK, MUTED
from rt1t2.paper.figure_style import (
    PAGE_WIDTH_MM,
    SMALL_PT,
    TITLE_PT,
    empty_figure,
    fitted,
    mark_simulated,
    new_figure,
    printable,
)
from rt1t2.receptors.sensitivity_table import OF_REGIONS
from rt1t2.significance import rounded_p
from rt1t2.tables import number

Row = dict[str, str]
Rows = Sequence[Row]

LABELS = {
    "main": "main",
    "mean_removed": "mean removed",
    "gain_removed": "gain removed",
    "without_gm": "without GM",
    "with_gm": "with GM",
    "juspace": "JuSpace",
    "free": "free, no background",
    "spatial_null": "spatial null",
    "leave_one_out": "one left out: worst",
}
HEIGHT_PER_MAP_MM, MARGIN_MM, LEGEND_MM = 4.4, 31.0, 20.0
LONGEST_NAME_MM = 34.0
P_CELL_MM, Z_MM = 7.4, 55.0
P_EDGES = (0.0, 0.001, 0.01, 0.05, 1.0)
P_COLOURS = ("#2f6f8f", "#7fb0c6", "#cfe2ea", "#ffffff")


def sensitivity_figure(rows: Rows, groups: dict[str, str], simulated: bool) -> Figure:
    """Draw mean Fisher z of every variant beside the p values, one row per patient group.

    Parameters
    ----------
    rows
        Of ``sensitivity.tsv``.
    groups
        Codes and labels of all groups, in the order of the config.
    simulated
        Say so on the figure.
    """
    if not rows:
        return empty_figure("No receptor map was correlated.", simulated)
    present = [g for g in groups if any(row["group"] == g for row in rows)]
    maps = list(dict.fromkeys(row["map"] for row in rows))
    variants = list(dict.fromkeys(row["variant"] for row in rows))
    variants = [variant for variant in variants if variant not in OF_REGIONS]
    height = len(present) * (HEIGHT_PER_MAP_MM * len(maps) + MARGIN_MM) + LEGEND_MM
    figure = new_figure(PAGE_WIDTH_MM, height, "constrained")
    panels = figure.subplots(
        len(present),
        2,
        squeeze=False,
        width_ratios=(Z_MM, P_CELL_MM * len(variants)),
    )
    for group, (left, right) in zip(present, panels, strict=True):
        by_variant = {(r["map"], r["variant"]): r for r in rows if r["group"] == group}
        _draw_z(left, by_variant, maps, variants)
        _draw_p(right, by_variant, maps, variants)
        n = next(iter(by_variant.values()))["n_participants"]
        left.set_xlim(*_limits(rows))
        left.set_title(
            f"{fitted(printable(groups[group], group), 70, 7)} (n = {n})",
            fontweight="normal",
            fontsize=7,
        )
    figure.legend(
        *panels[0, 0].get_legend_handles_labels(),
        loc="outside lower left",
        ncols=5,
        title="band: range with one participant left out",
        title_fontsize=6.5,
        alignment="left",
    )
    figure.suptitle(
        "Receptor correlations under other choices",
        x=0.01,
        ha="left",
        fontsize=TITLE_PT,
        fontweight="bold",
    )
    if simulated:
        mark_simulated(figure)
    return figure


def _draw_z(
    axes: Axes,
    by_variant: dict[tuple[str, str], Row],
    maps: list[str],
    variants: list[str],
) -> None:
    drawn = [v for v in variants if v not in ("spatial_null", "leave_one_out")]
    axes.axvline(0, color=MUTED, linewidth=0.8, zorder=1)
    for y, name in enumerate(maps):
        band = by_variant.get((name, "leave_one_out"))
        if band and band["fisher_z_low"] != "n/a":
            low, high = number(band["fisher_z_low"]), number(band["fisher_z_high"])
            axes.barh(y, high - low, 0.8, low, color=HAIRLINE, zorder=0)
    offsets = np.linspace(-0.28, 0.28, len(drawn))
    for k, variant in enumerate(drawn):
        z = [number(by_variant[name, variant]["mean_fisher_z"]) for name in maps]
        axes.plot(
            z,
            np.arange(len(maps)) + (0.0 if variant == "main" else offsets[k]),
            GROUP_MARKERS[k % len(GROUP_MARKERS)],
            color=INK if variant == "main" else GROUP_COLOURS[k % len(GROUP_COLOURS)],
            markersize=4.5 if variant == "main" else 3.0,
            label=LABELS[variant],
            zorder=2 if variant == "main" else 3,
        )
    _map_axis(axes, by_variant, maps)
    axes.set_xlabel("mean Fisher z")


def _limits(rows: Rows) -> tuple[float, float]:
    """Return one scale for all groups."""
    names = ("mean_fisher_z", "fisher_z_low", "fisher_z_high")
    drawn = [row for row in rows if row["variant"] not in OF_REGIONS]
    z = np.array([number(row[name]) for row in drawn for name in names])
    low, high = min(0.0, np.nanmin(z)), max(0.0, np.nanmax(z))
    return low - 0.05 * (high - low), high + 0.05 * (high - low)


def _draw_p(
    axes: Axes,
    by_variant: dict[tuple[str, str], Row],
    maps: list[str],
    variants: list[str],
) -> None:
    p = np.array([[_p(by_variant[name, v]) for v in variants] for name in maps])
    axes.imshow(
        np.ma.masked_invalid(p),
        cmap=LinearSegmentedColormap.from_list("p", P_COLOURS, len(P_COLOURS)),
        norm=BoundaryNorm(P_EDGES, len(P_COLOURS)),
        aspect="auto",
    )
    for y, x in np.ndindex(p.shape):
        dark = p[y, x] < P_EDGES[1]
        axes.text(
            x,
            y,
            _short(float(p[y, x])),
            ha="center",
            va="center",
            fontsize=SMALL_PT,
            color="white" if dark else INK,
        )
    axes.set_xticks(
        range(len(variants)),
        [LABELS[v] for v in variants],
        rotation=45,
        ha="right",
        rotation_mode="anchor",
        fontsize=6.5,
    )
    axes.set_yticks([])
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    axes.set_title("p, uncorrected", fontsize=7, fontweight="normal")


def _map_axis(
    axes: Axes, by_variant: dict[tuple[str, str], Row], maps: list[str]
) -> None:
    receptor = {name: by_variant[name, "main"]["receptor"] for name in maps}
    shared = list(receptor.values())
    names = [
        fitted(
            printable(receptor[m] if shared.count(receptor[m]) == 1 else m),
            *(LONGEST_NAME_MM, 6.5),
        )
        for m in maps
    ]
    axes.set_yticks(range(len(maps)), names)
    axes.tick_params(axis="y", length=0)
    axes.set_ylim(len(maps) - 0.5, -0.5)
    for edge in np.arange(1, len(maps)) - 0.5:
        axes.axhline(edge, color=HAIRLINE, linewidth=0.5, zorder=0)


def _p(row: Row) -> float:
    return number(row["p_high"] if row["variant"] == "leave_one_out" else row["p"])


def _short(p: float) -> str:
    if np.isnan(p):
        return "n/a"
    return "<.001" if p < 0.001 else rounded_p(p, 3).removeprefix("0")
