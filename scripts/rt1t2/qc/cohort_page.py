"""What the cohort's quality page shows: metrics with robust z, and maps on the template."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from rt1t2.qc import mosaics
from rt1t2.qc.metric_definitions import BY_NAME, METRICS
from rt1t2.qc.metrics import OUTLIER_Z, formatted, number, robust_z
from rt1t2.qc.page_parts import Picture, percentile

Row = dict[str, Any]


@dataclass(frozen=True)
class Cell:
    """A number of the sortable table: text, value to sort by, and its robust z."""

    text: str
    value: str
    z: str
    outlier: bool


def metric_columns(metrics: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the metrics in the order of their definition, then any other numbers."""
    known = [m.name for m in METRICS]
    others = [
        name
        for name in dict.fromkeys(k for row in metrics for k in row)
        if name not in {*known, "participant_id", "group", "flags"}
    ]
    return known + others


def outlier_table(
    metrics: Sequence[Mapping[str, Any]],
) -> tuple[list[str], list[list[Cell]]]:
    """Return the columns that anybody has, and one row of cells a participant."""
    columns = [
        name
        for name in metric_columns(metrics)
        if name in BY_NAME and any(np.isfinite(number(m.get(name))) for m in metrics)
    ]
    z = {name: robust_z([m.get(name) for m in metrics]) for name in columns}
    rows = []
    for i, person in enumerate(metrics):
        cells = []
        for name in columns:
            value, deviation = number(person.get(name)), float(z[name][i])
            cells.append(
                Cell(
                    formatted(value, BY_NAME[name].decimals),
                    repr(value) if np.isfinite(value) else "",
                    formatted(deviation, 1),
                    abs(deviation) > OUTLIER_Z,
                )
            )
        rows.append(cells)
    return columns, rows


def metrics_rows(metrics: Sequence[Mapping[str, Any]]) -> tuple[list[str], list[Row]]:
    """Return columns and rows of metrics.tsv: numbers, their robust z, and the flags."""
    names = metric_columns(metrics)
    z = {name: robust_z([m.get(name) for m in metrics]) for name in names}
    rows = []
    for i, person in enumerate(metrics):
        row: Row = {
            "participant_id": person["participant_id"],
            "group": person["group"],
        }
        row |= {name: person.get(name) for name in names}
        row |= {f"{name}_robust_z": float(z[name][i]) for name in names}
        flags = [" ".join(str(flag).split()) for flag in person.get("flags") or []]
        row |= {"n_flags": len(flags), "flags": "; ".join(flags) or None}
        rows.append(row)
    columns = ["participant_id", "group", "n_flags", *names]
    return [*columns, *(f"{name}_robust_z" for name in names), "flags"], rows


def count_picture(counts: np.ndarray, template_t1w: np.ndarray, what: str) -> Picture:
    """Lay a map of counts over the template; zero stays grey.

    Parameters
    ----------
    counts
        Number a voxel, template space; 0 or NaN where nobody counts.
    template_t1w
        The template's T1w on the same grid, 0 outside the brain.
    what
        What is counted, for the caption.
    """
    brain = template_t1w > 0
    where = mosaics.layout(brain, [[2] * 6, [1, 1, 1, 0, 0, 0]], margin=3)
    bright = percentile(template_t1w, brain, 99.5)
    picture = mosaics.grey(mosaics.assemble(template_t1w, where), 0, bright)
    counted = mosaics.assemble(counts, where, smooth=False)
    most = float(np.nanmax(counts)) if np.isfinite(counts).any() else 0.0
    low = float(counts[counts > 0].min()) if (counts > 0).any() else 0.0
    if most > 0:
        low = 0.0 if low == most else low
        coloured = mosaics.colours(counted, low, most)
        mixed = 0.75 * coloured + 0.25 * picture
        picture = np.where((counted > 0)[..., None], mixed, picture).astype(np.uint8)
    return Picture(
        mosaics.jpeg_uri(mosaics.mark_sides(picture, where)),
        f"Number of {what} at each voxel: at most {most:g}.",
        bar=(f"{low:g}", f"{most:g}"),
    )
