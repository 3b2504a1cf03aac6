"""Picture of the design matrices: one panel per contrast, one row per participant."""

from collections.abc import Mapping, Sequence
from typing import cast

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine

from rt1t2.paper.figure_style import (
    MUTED,
    empty_figure,
    mark_simulated,
    new_figure,
    printable,
)

PANELS_PER_ROW = 6
MOST_IDS = 30  # more participants than this are not named
MARK_INCHES = 0.3  # above the panels, for the mark of simulated data


def design_figure(
    designs: Mapping[str, Sequence[Mapping[str, str]]],
    simulated: bool,
    weights: Mapping[str, Sequence[Sequence[float]]] | None = None,
) -> Figure:
    """Draw the design matrix of every contrast, each column scaled to its largest value.

    Parameters
    ----------
    designs
        Rows of ``design.tsv`` (``participant_id``, groups, what is tested, covariates) by
        contrast.
    simulated
        Say so on the figure.
    weights
        Tested weights of the columns, shape (k, p), by contrast; by default the first column
        minus the second.
    """
    if not designs:
        return empty_figure("No contrast was tested.", simulated)
    n_columns = min(PANELS_PER_ROW, len(designs))
    n_rows = -(-len(designs) // n_columns)
    width = max(len(rows[0]) for rows in designs.values())
    figure = new_figure(
        n_columns * (0.9 + 0.24 * width), 0.3 + 3.2 * n_rows, "constrained"
    )
    panels = figure.subplots(n_rows, n_columns, squeeze=False).ravel()
    for axes, (name, rows) in zip(panels, designs.items(), strict=False):
        _panel(axes, name, rows, (weights or {}).get(name))
    for axes in panels[len(designs) :]:
        axes.set_axis_off()
    if simulated:
        mark_simulated(figure)
        below = 1 - MARK_INCHES / figure.get_figheight()
        engine = cast(ConstrainedLayoutEngine, figure.get_layout_engine())
        engine.set(rect=(0, 0, 1, below))
    return figure


def _panel(
    axes: Axes,
    name: str,
    rows: Sequence[Mapping[str, str]],
    tested: Sequence[Sequence[float]] | None,
) -> None:
    columns = list(rows[0])[1:]
    matrix = np.array([[float(row[column]) for column in columns] for row in rows])
    axes.imshow(
        matrix / np.abs(matrix).max(axis=0),
        cmap="gray",
        vmin=-1,
        vmax=1,
        aspect="auto",
        interpolation="nearest",
    )
    tested = tested or [[1, -1, *[0] * (len(columns) - 2)]]
    weights = ["/".join(map(_weight, column)) for column in zip(*tested, strict=True)]
    axes.set_xticks(
        range(len(columns)),
        [f"{printable(c)}\n{w}" for c, w in zip(columns, weights, strict=True)],
    )
    named = len(rows) <= MOST_IDS
    axes.set_yticks(
        range(len(rows)) if named else [0, len(rows) - 1],
        [row["participant_id"] for row in rows] if named else ["1", str(len(rows))],
        fontsize=6,
    )
    axes.tick_params(length=0)
    for edge in np.arange(1, len(columns)) - 0.5:
        axes.axvline(edge, color=MUTED, linewidth=0.6)
    axes.set_title(name)


def _weight(weight: float) -> str:
    return f"{weight:+g}".replace("-", "\N{MINUS SIGN}") if weight else "0"
