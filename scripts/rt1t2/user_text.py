"""Text files that users hand in: every encoding that a spreadsheet writes, read in one place.

Standard library only, so that the Snakefile can read tables in any environment.
"""

import codecs
import re
import unicodedata
from pathlib import Path

from rt1t2.errors import UserError, machine_fault
from rt1t2.foreign_files import foreign_kind
from rt1t2.tables import unmarked

# Unicode's categories of control, format and half characters
UNSEEN = {"Cc", "Cf", "Cs"}
JOINERS = "\u200c\u200d"  # of these, what some scripts need within a word
# Longest first: the mark of UTF-32 begins with that of UTF-16.
MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


LONGEST, LONGEST_NAME = 300, 100  # characters; what is longer is cut
# What Markdown reads as more than letters, wherever it stands or at the edge of a word
MARKDOWN = re.compile(
    r"[\\`*\[\]|$]|<(?=[A-Za-z/!?])|&(?=#?\w+;)|~(?=~)|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])"
)
ADDRESS = re.compile(
    r"\b([A-Za-z][A-Za-z0-9+.-]*)(?=:[/\w%])|\b(www)(?=\.)", re.IGNORECASE
)
BLOCK = re.compile(r"^(#|>|[-+=](?=[\s=-]|$)|\d+(?=[.)]\s))")


def visible(text: str, longest: int = LONGEST_NAME) -> str:
    """Return a name or a remark of a user without characters that are not seen.

    Control characters, marks that turn the direction of writing, halves of characters and what
    Unicode says is none are dropped; spaces of every kind become one; a very long text is cut.
    """
    kept = "".join(c for c in " ".join(text.split()) if _is_seen(c))
    if len(kept) <= longest:
        return kept
    return f"{kept[: longest - 1]}\N{HORIZONTAL ELLIPSIS}"


def _is_seen(character: str) -> bool:
    code = ord(character)
    if code & 0xFFFE == 0xFFFE or 0xFDD0 <= code <= 0xFDEF:
        return False
    return character in JOINERS or unicodedata.category(character) not in UNSEEN


def in_markdown(text: str) -> str:
    """Return a text that Markdown shows as it is: no link, picture, table, HTML or heading."""
    line = MARKDOWN.sub(r"\\\g<0>", " ".join(text.split()))
    line = ADDRESS.sub(r"\g<0>\\", line)
    start = BLOCK.match(line)
    if start and start[1].isdigit():
        return f"{start[1]}\\{line[start.end() :]}"
    return f"\\{line}" if start else line


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
        (
            number,
            [unmarked(_unquoted(cell.strip()).strip()) for cell in line.split("\t")],
        )
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
