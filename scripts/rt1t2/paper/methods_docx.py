"""The methods text in a file for word processors."""

from collections.abc import Iterator, Sequence

from docx.document import Document
from docx.shared import Mm
from docx.text.paragraph import Paragraph
from markdown_it.token import Token

from rt1t2.paper.markdown import parsed
from rt1t2.paper.word_file import (
    Run,
    add_runs,
    new_document,
    number_pages,
    text_width_mm,
    turn,
)
from rt1t2.paper.word_table import Cell, Grid, add_grid, narrowest_mm

DEEPEST_HEADING = 3
HANGING_MM = 9


def methods_document(text: str) -> Document:
    """Turn the methods text into headings, paragraphs, lists and tables.

    Numbers of citations and of the references are text, so that they stay as they are when
    the text is copied. The text has neither links nor pictures; of one that was put in by hand
    the words are shown.

    Parameters
    ----------
    text
        Markdown, as ``methods.md.j2`` makes it.
    """
    document = new_document("Methods")
    number_pages(document)
    in_quote = False
    marker = ""  # of the list's item that is being written: "-", or "1."
    table: list[Token] = []
    heading = 0
    for token in parsed(text):
        if table or token.type == "table_open":
            table.append(token)
            if token.type == "table_close":
                _add_table(document, table)
                table = []
        elif token.type == "heading_open":
            heading = min(int(token.tag[1]), DEEPEST_HEADING)
        elif token.type == "list_item_open":
            marker = f"{token.info}{token.markup}"
        elif token.type in {"bullet_list_close", "ordered_list_close"}:
            marker = ""
        elif token.type in {"blockquote_open", "blockquote_close"}:
            in_quote = token.nesting == 1
        elif token.type == "inline":
            if heading:
                paragraph = document.add_heading(level=heading)
            elif marker[:1].isdigit():
                paragraph = _numbered(document, marker)
            else:
                style = "List Bullet" if marker else "Quote" if in_quote else None
                paragraph = document.add_paragraph(style=style)
            add_runs(paragraph, runs(token))
            heading = 0
        elif token.content:  # code and the like
            add_runs(document.add_paragraph(), [Run(token.content, fixed=True)])
    return document


def _numbered(document: Document, number: str) -> Paragraph:
    paragraph = document.add_paragraph()
    layout = paragraph.paragraph_format
    layout.left_indent, layout.first_line_indent = Mm(HANGING_MM), -Mm(HANGING_MM)
    layout.tab_stops.add_tab_stop(Mm(HANGING_MM))
    add_runs(paragraph, [Run(f"{number}\t")])
    return paragraph


def runs(inline: Token) -> list[Run]:
    """Return a paragraph's text by its form; a line's end is a space."""
    found: list[Run] = []
    bold = italic = 0
    for token in inline.children or []:
        if token.type.startswith("strong_"):
            bold += token.nesting
        elif token.type.startswith("em_"):
            italic += token.nesting
        elif token.type in {"softbreak", "hardbreak"}:
            found.append(Run(" "))
        elif token.content:
            fixed = token.type == "code_inline"
            found.append(Run(token.content, bold > 0, italic > 0, fixed))
    return found


def _add_table(document: Document, tokens: Sequence[Token]) -> None:
    """Write a table; where an upright page is too narrow, on a page on its side."""
    header, *rows = _rows(tokens)
    styles = [token.attrs.get("style") for token in tokens if token.type == "th_open"]
    right = {n for n, style in enumerate(styles) if style == "text-align:right"}
    grid = Grid(header, rows, right)
    wide = sum(narrowest_mm(grid)) > text_width_mm(landscape=False)
    if wide:
        turn(document, landscape=True)
    add_grid(document, grid, text_width_mm(landscape=wide))
    if wide:
        turn(document, landscape=False)
    else:
        document.add_paragraph()  # the space below


def _rows(tokens: Sequence[Token]) -> Iterator[list[Cell]]:
    row: list[Cell] = []
    for token in tokens:
        if token.type == "tr_open":
            row = []
        elif token.type == "inline":
            row.append(runs(token))
        elif token.type == "tr_close":
            yield row
