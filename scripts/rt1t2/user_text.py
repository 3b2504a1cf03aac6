"""Text files that users hand in: every encoding that a spreadsheet writes, read in one place.

Standard library only, so that the Snakefile can read tables in any environment.
"""

import codecs
import re
from pathlib import Path

from rt1t2.errors import UserError, machine_fault
from rt1t2.foreign_files import foreign_kind

# Longest first: the mark of UTF-32 begins with that of UTF-16.
MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def read_user_text(path: str | Path, what: str) -> str:
    """Read a text file in UTF-8, UTF-16 or UTF-32 with a byte order mark, or in Windows-1252.

    Parameters
    ----------
    path
        The file.
    what
        What it is, for the message, such as ``participants table``.

    Raises
    ------
    UserError
        The file is not there, or is no text.
    MachineError
        The disk or the rights do not let it be read.
    """
    try:
        content = Path(path).read_bytes()
    except OSError as error:
        raise machine_fault(error) or UserError(
            f"{what} {path}: {error.strerror}. Check the path in the config."
        ) from error
    return decoded(content, f"{what} {path}")


def decoded(content: bytes, what: str) -> str:
    """Return the text of a file's content, as in :func:`read_user_text`; ``what`` names it."""
    if kind := foreign_kind(content):
        raise UserError(
            f"{what} is {kind}, no text table. Save it as tab-separated text (TSV)."
        )
    marked = [encoding for mark, encoding in MARKS if content.startswith(mark)]
    # Windows-1252 is what spreadsheets write where they do not write Unicode
    for encoding in marked or ("utf-8", "cp1252"):
        try:
            text = content.decode(encoding)
        except UnicodeError:
            continue
        if "\0" not in text:
            return text
    raise UserError(f"{what} is no text. Save it as tab-separated text (TSV) in UTF-8.")


def table_lines(text: str) -> list[tuple[int, list[str]]]:
    """Return the lines of a table that hold anything, each with its number and its cells.

    Cells are separated by tabs and nothing else means anything: a quotation mark is a letter,
    unless a spreadsheet has put the whole cell into quotation marks. Spaces around cells are
    dropped.
    """
    lines = enumerate(re.split(r"\r\n|\n|\r", text), start=1)
    return [
        (number, [_unquoted(cell.strip()).strip() for cell in line.split("\t")])
        for number, line in lines
        if line.strip()
    ]


def _unquoted(cell: str) -> str:
    """Take off the quotation marks that a spreadsheet puts around a whole cell."""
    inner = cell[1:-1]
    wrapped = len(cell) >= 2 and cell[0] == cell[-1] == '"'
    if wrapped and '"' not in inner.replace('""', ""):
        return inner.replace('""', '"')
    return cell


def read_user_table(
    path: str | Path, what: str
) -> tuple[list[str], list[dict[str, str]]]:
    """Read a table as its columns and one dictionary per row, as :func:`table_lines` does.

    Rows without any text are left out; cells that a short row lacks are empty.

    Raises
    ------
    UserError
        As in :func:`read_user_text`; two columns have one name; or a row has more cells than
        there are columns.
    """
    text = read_user_text(path, what)
    lines = table_lines(text)
    columns = lines[0][1] if lines else []
    twice = [
        name for name in dict.fromkeys(columns) if columns.count(name) > 1 and name
    ]
    if twice:
        raise UserError(
            f"{what} {path}: the column {', '.join(twice)} occurs more than once. Rename "
            "or delete one of them."
        )
    rows = []
    for number, cells in lines[1:]:
        if not any(cells):
            continue
        if any(cells[len(columns) :]):
            raise UserError(
                f"{what} {path}: line {number} has {len(cells)} cells, and there are "
                f"{len(columns)} columns. Look for a tab too many."
            )
        whole = cells + [""] * (len(columns) - len(cells))
        pairs = zip(columns, whole[: len(columns)], strict=True)
        rows.append({name: cell for name, cell in pairs if name})
    return columns, rows
