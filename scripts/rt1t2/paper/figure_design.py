"""Picture of the design matrices: one panel per comparison, one row per participant."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine

from rt1t2.paper.figure_style import (
    MUTED,
    PAGE_WIDTH_MM,
    SMALL_PT,
    empty_figure,
    fitted,
    mark_simulated,
    new_figure,
    printable,
    top_margin_mm,
    wrapped,
)

PANELS_PER_ROW = 4
MOST_IDS = 30  # more participants than this are not named
LINE_MM, LABELS_MM, LONGEST_MM = 2.7, 22.0, 18.0


@dataclass(frozen=True)
class Design:
    """A comparison: its title, the rows of ``design.tsv``, and what of it is tested.

    ``weights`` of the columns have the shape (k, p), as in ``design.json``; they are multiplied
    with ``sign``, which is -1 where the comparison is drawn the other way round.
    """

    title: str
    rows: Sequence[Mapping[str, str]]
    weights: Sequence[Sequence[float]]
    sign: int = 1

    def weight_of(self, column: int) -> str:
        """Return what is written of a column's weights, such as +1, or +1/0 of F."""
        return "/".join(_weight(self.sign * row[column]) for row in self.weights)


def _weight(weight: float) -> str:
    return f"{weight:+g}".replace("-", "\N{MINUS SIGN}") if weight else "0"


def design_figure(designs: Sequence[Design], simulated: bool) -> Figure:
    """Draw the design matrix of every comparison, each column scaled to its largest value.

    Parameters
    ----------
    designs
        Rows of ``design.tsv``: ``participant_id``, groups, what is tested, covariates.
    simulated
        Say so on the figure.
    """
    if not designs:
        return empty_figure("No contrast was tested.", simulated)
    n_columns = min(PANELS_PER_ROW, len(designs))
    n_rows = -(-len(designs) // n_columns)
    most = max(min(len(design.rows), MOST_IDS) for design in designs)
    panel = max(LINE_MM * most, 30.0) + LABELS_MM
    height = n_rows * panel + top_margin_mm(simulated)
    figure = new_figure(PAGE_WIDTH_MM, height, "constrained")
    panels = figure.subplots(n_rows, n_columns, squeeze=False).ravel()
    for axes, design in zip(panels, designs, strict=False):
        _panel(axes, design, PAGE_WIDTH_MM / n_columns - 22)
    for axes in panels[len(designs) :]:
        axes.set_axis_off()
    if simulated:
        mark_simulated(figure)
        below = 1 - top_margin_mm(simulated) / height
        engine = cast(ConstrainedLayoutEngine, figure.get_layout_engine())
        engine.set(rect=(0, 0, 1, below))
    return figure


def _panel(axes: Axes, design: Design, width_mm: float) -> None:
    rows = design.rows
    columns = list(rows[0])[1:]
    matrix = np.array([[float(row[column]) for column in columns] for row in rows])
    largest = np.abs(matrix).max(axis=0)
    axes.imshow(
        matrix / np.where(largest > 0, largest, 1),
        cmap="gray",
        vmin=-1,
        vmax=1,
        aspect="auto",
        interpolation="nearest",
    )
    # where a column is 0 or 1 throughout, it says who belongs to a group
    belong = [set(column) <= {0.0, 1.0} for column in matrix.T]
    names = [
        fitted(printable(c), LONGEST_MM - 8, 6.5)
        + (f" (n = {int(matrix[:, k].sum())})" if belong[k] else "")
        for k, c in enumerate(columns)
    ]
    axes.set_xticks(
        range(len(columns)),
        [f"{name}: {design.weight_of(k)}" for k, name in enumerate(names)],
        rotation=45,
        ha="right",
        rotation_mode="anchor",
    )
    named = len(rows) <= MOST_IDS
    axes.set_yticks(
        range(len(rows)) if named else [0, len(rows) - 1],
        [fitted(row["participant_id"], 16, SMALL_PT) for row in rows]
        if named
        else ["1", str(len(rows))],
        fontsize=SMALL_PT,
    )
    axes.tick_params(length=0)
    for edge in np.arange(1, len(columns)) - 0.5:
        axes.axvline(edge, color=MUTED, linewidth=0.6)
    axes.set_title(wrapped(design.title, width_mm, 7, bold=True), fontsize=7)
