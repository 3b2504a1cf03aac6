"""Tables of a document: as wide as their words, with rules as journals print them."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from docx.document import Document
from docx.enum.table import WD_CELL_VERTICAL_ALIGNMENT, WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.oxml.xmlchemy import BaseOxmlElement
from docx.shared import Mm
from docx.table import Table, _Cell

from rt1t2.paper.word_file import TABLE_PT, TABLE_TEXT, Run, add_runs

Cell = Sequence[Run]

MM_PER_PT = 25.4 / 72
PADDING_MM = 1.6  # on either side of a cell
UNBROKEN_MM = 25.0  # texts up to here stay on one line
LONGEST_WORD_MM = 40.0  # a longer one is broken
LONGEST_LINE_MM = 90.0
# Widths of Arial's characters over its size, rounded up; bold ones are a tenth wider
NARROW, WIDE = " .,:;'|ijl!()[]ft-/", "mwMW%@\N{EM DASH}"
BOLD = 1.1


@dataclass(frozen=True)
class Grid:
    """A table's cells.

    Attributes
    ----------
    header
        One cell per column.
    rows
        Cells of every row; the second of a row of two spans what the header has more.
    right
        Numbers of the columns that are aligned to the right.
    over
        Texts above the header, each with the number of columns that it spans; may be empty.
    """

    header: Sequence[Cell]
    rows: Sequence[Sequence[Cell]]
    right: Collection[int] = ()
    over: Sequence[tuple[str, int]] = ()

    def spans(self, row: Sequence[Cell]) -> bool:
        """Tell whether a row's second cell spans the rest of the columns."""
        return len(row) == 2 < len(self.header)


def narrowest_mm(grid: Grid) -> list[float]:
    """Return how wide each column must be to hold its longest word and its short texts whole."""
    widths = []
    for title, texts in _columns(grid):
        parts = [word for text in (title, *texts) for word in text.split()]
        parts += [text for text in texts if text_mm(text) <= UNBROKEN_MM]
        widths.append(_widest(parts, LONGEST_WORD_MM))
    return widths


def _columns(grid: Grid) -> list[tuple[str, list[str]]]:
    """Return title and texts of every column; of a row that spans, its first cell."""
    columns = []
    for number, title in enumerate(grid.header):
        cells = [row[number] for row in grid.rows if number == 0 or not grid.spans(row)]
        columns.append((_text(title), [_text(cell) for cell in cells]))
    return columns


def _text(cell: Cell) -> str:
    return "".join(run.text for run in cell)


def _widest(texts: Iterable[str], most: float) -> float:
    return min(max(map(text_mm, texts), default=0.0), most) + 2 * PADDING_MM


def text_mm(text: str) -> float:
    """Return about how long a text is in a cell's font, rather too long than too short."""
    ems = sum(
        0.34 if c in NARROW else 0.95 if c in WIDE else 0.73 if c.isupper() else 0.56
        for c in text
    )
    return BOLD * ems * TABLE_PT * MM_PER_PT


def column_widths_mm(grid: Grid, line_mm: float) -> list[float]:
    """Share a line among the columns: words first, then lines of the cells, then titles."""
    columns = _columns(grid)
    widths = narrowest_mm(grid)
    if sum(widths) >= line_mm:
        return [width * line_mm / sum(widths) for width in widths]
    for lines in (
        [texts for _, texts in columns],
        [[title, *texts] for title, texts in columns],
    ):
        wanted = [
            max(width, _widest(texts, LONGEST_LINE_MM))
            for width, texts in zip(widths, lines, strict=True)
        ]
        missing = sum(wanted) - sum(widths)
        room = line_mm - sum(widths)
        share = min(1.0, room / missing) if missing > 0 else 0.0
        widths = [w + share * (m - w) for w, m in zip(widths, wanted, strict=True)]
    return widths


def add_grid(document: Document, grid: Grid, line_mm: float) -> Table:
    """Write a table. Its header comes again on every page, and no row is cut by a page's end."""
    widths = column_widths_mm(grid, line_mm)
    heads = 2 if grid.over else 1
    table: Table = document.add_table(heads + len(grid.rows), len(widths))
    table.autofit, table.alignment = False, WD_TABLE_ALIGNMENT.LEFT
    _set_rules(table)
    for column, width in zip(table.columns, widths, strict=True):
        column.width = Mm(width)
    for number, row in enumerate(table.rows):
        properties = row._tr.get_or_add_trPr()
        properties.append(OxmlElement("w:cantSplit"))
        if number < heads:
            properties.append(OxmlElement("w:tblHeader"))
        cells = row.cells
        for cell, width in zip(cells, widths, strict=True):
            cell.width = Mm(width)
        if grid.over and number == 0:
            _fill_over(cells, grid)
        elif number < heads:
            _fill(cells, grid.header, grid, bold=True)
            for cell in cells:
                _rule_below(cell)
                cell.vertical_alignment = WD_CELL_VERTICAL_ALIGNMENT.BOTTOM
        else:
            texts = grid.rows[number - heads]
            if grid.spans(texts):
                cells = (cells[0], cells[1].merge(cells[-1]))
            _fill(cells, texts, grid)
    return table


def _fill_over(cells: Sequence[_Cell], grid: Grid) -> None:
    first = 0
    for text, span in grid.over:
        cell = cells[first].merge(cells[first + span - 1])
        _write(cell, [Run(text, bold=True)], WD_ALIGN_PARAGRAPH.CENTER)
        if text:
            _rule_below(cell)
        first += span


def _fill(
    cells: Sequence[_Cell], texts: Sequence[Cell], grid: Grid, bold: bool = False
) -> None:
    spans = grid.spans(texts)
    for column, (cell, runs) in enumerate(zip(cells, texts, strict=True)):
        right = column in grid.right and not (spans and column)
        side = WD_ALIGN_PARAGRAPH.RIGHT if right else WD_ALIGN_PARAGRAPH.LEFT
        _write(cell, [run._replace(bold=bold or run.bold) for run in runs], side)


def _write(cell: _Cell, runs: Cell, side: WD_ALIGN_PARAGRAPH) -> None:
    for extra in cell.paragraphs[1:]:  # a merged cell has those of all
        extra._p.getparent().remove(extra._p)
    paragraph = cell.paragraphs[0]
    paragraph.style, paragraph.alignment = TABLE_TEXT, side
    add_runs(paragraph, runs)


def _set_rules(table: Table) -> None:
    """Rules above and below the table, and narrow margins in its cells."""
    properties = table._tbl.tblPr
    borders = OxmlElement("w:tblBorders")
    for side in ("top", "bottom"):
        borders.append(_rule(side, eighths_pt=8))
    margins = OxmlElement("w:tblCellMar")
    for side in ("left", "right"):
        margin = OxmlElement(f"w:{side}")
        margin.set(qn("w:w"), str(round(PADDING_MM / MM_PER_PT * 20)))
        margin.set(qn("w:type"), "dxa")
        margins.append(margin)
    # the order that the format prescribes: borders, layout, margins, look
    layout = properties.find(qn("w:tblLayout"))
    layout.addprevious(borders)
    layout.addnext(margins)


def _rule_below(cell: _Cell) -> None:
    borders = OxmlElement("w:tcBorders")
    borders.append(_rule("bottom", eighths_pt=4))
    cell._tc.get_or_add_tcPr().append(borders)


def _rule(side: str, eighths_pt: int) -> BaseOxmlElement:
    rule: BaseOxmlElement = OxmlElement(f"w:{side}")
    for name, value in (
        ("val", "single"),
        ("sz", eighths_pt),
        ("space", 0),
        ("color", "000000"),
    ):
        rule.set(qn(f"w:{name}"), str(value))
    return rule
