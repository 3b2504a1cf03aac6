"""Tables 1 to 3 in a file for word processors, nothing of them cut."""

from collections.abc import Iterable, Sequence
from typing import Any

from docx.document import Document

from rt1t2.paper.shown_tables import ShownTable, printed, spread
from rt1t2.paper.word_file import (
    Run,
    add_runs,
    new_document,
    text_width_mm,
    turn,
)
from rt1t2.paper.word_table import Cell, Grid, add_grid, narrowest_mm
from rt1t2.qc.pages import column_headings, numeric_columns, starred

SIMULATED = (
    Run("Simulated data.", bold=True),
    Run(" These people do not exist; nothing here is a finding about anyone."),
)
EMPTY = "Empty."

Head = dict[str, Any]


def tables_document(tables: Iterable[ShownTable], simulated: bool) -> Document:
    """Lay out tables as the report shows them, each on a page of its own.

    A table that is too wide for an upright page lies on its side; where it is too wide for that
    too, its groups of columns are spread over several tables that repeat the first columns.
    """
    document = new_document("Tables")
    for table in tables:
        parts = _parts(table)
        for number, grid in enumerate(parts, start=1):
            upright = sum(narrowest_mm(grid)) <= text_width_mm(landscape=False)
            turn(document, landscape=not upright)
            part = f" ({number} of {len(parts)})" if len(parts) > 1 else ""
            paragraph = document.add_paragraph(style="Caption")
            add_runs(
                paragraph,
                [Run(f"{table.number}.", bold=True), Run(f" {table.title}{part}")],
            )
            if grid.rows:
                add_grid(document, grid, text_width_mm(landscape=not upright))
            else:
                document.add_paragraph(EMPTY)
            note = " ".join(filter(None, (table.note, table.details)))
            for runs in ([Run(f"{note}." if table.details else note)], SIMULATED):
                if runs[0].text and (simulated or runs is not SIMULATED):
                    below = document.add_paragraph(style="Body Text")
                    add_runs(below, runs)
    return document


def _parts(table: ShownTable) -> list[Grid]:
    """Return the table as one grid, or as several where one does not fit on a page."""
    if not table.rows:
        return [Grid([], [])]
    heads = column_headings(table.rows[0])
    keys = [head for head in heads if not head["over"]]
    groups = [head for head in heads if head["over"]]
    whole = _grid(table, heads)
    fits = sum(narrowest_mm(whole)) <= text_width_mm(landscape=True)
    if fits or len(groups) < 2:
        return [whole]
    parts: list[list[Head]] = []
    for group in groups:
        wider = _grid(table, [*keys, *(parts[-1] if parts else []), group])
        if parts and sum(narrowest_mm(wider)) <= text_width_mm(landscape=True):
            parts[-1].append(group)
        else:
            parts.append([group])
    return [_grid(table, [*keys, *part]) for part in parts]


def _grid(table: ShownTable, heads: Sequence[Head]) -> Grid:
    columns = [column for head in heads for column in head["columns"]]
    numeric = numeric_columns(table.rows)
    under = any(head["span"] > 1 for head in heads)
    rows: list[list[Cell]] = []
    for row, strong in zip(table.rows, table.strong, strict=True):
        if said := spread(row):
            rows.append([[Run(next(iter(row.values())))], [Run(said)]])
        else:
            bold = {columns[0][0], table.decides} if strong else set()
            rows.append([_cell(row[name], name in bold) for name, _ in columns])
    return Grid(
        header=[[Run(text)] for _, text in columns],
        rows=rows,
        right={n for n, (name, _) in enumerate(columns) if name in numeric},
        over=[(head["over"], head["span"]) for head in heads] if under else [],
    )


def _cell(cell: str, strong: bool) -> Cell:
    return [Run(printed(cell), bold=strong or starred(cell))]
