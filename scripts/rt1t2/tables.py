"""Tables in and out: tab-separated, ``n/a`` for what is missing, as in BIDS.

Spreadsheets run a cell that begins with ``=``, ``+``, ``-`` or ``@`` as a formula, and users name
groups, regions and reasons. Such a text is written with an apostrophe before it, and read without.
"""

import csv
import io
import math
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from numbers import Real
from pathlib import Path
from typing import Any

from rt1t2.columns import A_LEVEL, means_missing
from rt1t2.errors import UserError

csv.field_size_limit(sys.maxsize)  # a long cell is no error of the reader

NUMBER = re.compile(r"[-+]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][-+]?[0-9]{1,3})?")
# What a spreadsheet may run; its full-width forms too, which some take for the same
FORMULA = re.compile(r"'*(\s*[-=+@\uff0b\uff0d\uff1d\uff20]|[\t\n])")
# Numbers with a mark or an interval behind them, as our own tables print them
PRINTED_NUMBER = re.compile(
    rf"{NUMBER.pattern}[*%]?( ?[\[(]{NUMBER.pattern}(, | to ){NUMBER.pattern}[\])])?|[-+](inf|nan)"
)
MARK = "'"


def write_tsv(
    rows: Iterable[Mapping[str, Any]], columns: Sequence[str], path: str | Path
) -> None:
    """Write rows as TSV, see :func:`tsv_text`."""
    # a file's name need not be Unicode
    Path(path).write_bytes(tsv_text(rows, columns).encode(errors="backslashreplace"))


def tsv_text(rows: Iterable[Mapping[str, Any]], columns: Sequence[str]) -> str:
    """Return rows as TSV in full precision; ``None`` and NaN become ``n/a``.

    A text is marked where a spreadsheet would take it for a formula.
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter="\t", lineterminator="\n")
    writer.writerow([marked(name) for name in columns])
    writer.writerows([_cell(row.get(name)) for name in columns] for row in rows)
    return text.getvalue()


def described(
    columns: Iterable[str], told: Mapping[str, str]
) -> dict[str, dict[str, str]]:
    """Return what a table's JSON file says of its columns, as BIDS does; each has to be told."""
    return {name: {"Description": told[name]} for name in columns}


def read_tsv(path: str | Path) -> list[dict[str, str]]:
    """Read a TSV as one dictionary of texts per row."""
    with Path(path).open(newline="", encoding="utf-8") as file:
        columns, *lines = list(csv.reader(file, delimiter="\t")) or [[]]
    names = [unmarked(name) for name in columns]
    return [
        dict(zip(names, map(unmarked, line), strict=False)) for line in lines if line
    ]


def marked(text: str) -> str:
    """Return a text as a cell that no spreadsheet runs; numbers stay as they are."""
    # the writer puts no return into quotation marks
    text = re.sub(r"\r\n?", "\n", text)
    if FORMULA.match(text) and not PRINTED_NUMBER.fullmatch(text):
        return MARK + text
    return text


def unmarked(cell: str) -> str:
    """Return the text of a cell that :func:`marked` wrote."""
    marks = cell.startswith(MARK) and FORMULA.match(cell)
    return cell.removeprefix(MARK) if marks else cell


def parse_number(text: str) -> float | None:
    """Return a number that a person wrote into a table; ``None`` if it is none.

    Python's own reading is wider: it takes ``nan``, ``inf``, ``6_1`` and other scripts' digits.
    """
    value = float(text) if NUMBER.fullmatch(text) else math.inf
    return value if math.isfinite(value) else None


def parse_column(cells: Mapping[str, str], where: str) -> dict[str, float] | None:
    """Return a column as numbers; ``None`` if it is one of words.

    It is one of words where fewer than half of the cells have digits and no letters.

    Parameters
    ----------
    cells
        Participant to cell; none is missing.
    where
        What the column is, for the message.

    Raises
    ------
    UserError
        Half of the cells or more are meant as numbers, and not all are; or words differ in
        capital letters only, or stand for a missing value.
    """
    numbers = {who: parse_number(cell) for who, cell in cells.items()}
    known = {who: value for who, value in numbers.items() if value is not None}
    bad = [who for who, value in numbers.items() if value is None]
    meant = [who for who in cells if who in known or _meant_as_number(cells[who])]
    if len(meant) < max(len(cells) - len(meant), 1):
        _check_words(cells, where)
        return None
    if bad:
        said = ", ".join(f"{who}: `{cells[who]}`" for who in bad[:6])
        raise UserError(
            f"{where} is a number for {len(known)} and none for {len(bad)} ({said}). Write "
            "numbers with a decimal point, and n/a where there is none; for a code, write "
            "letters in every row."
        )
    return known


def _meant_as_number(cell: str) -> bool:
    """Tell whether a cell has digits and no letters: ``3,5``, ``5 %``, ``<3``, a date."""
    return any(map(str.isdigit, cell)) and not any(map(str.isalpha, cell))


def _check_words(cells: Mapping[str, str], where: str) -> None:
    alike: dict[str, str] = {}
    for who, cell in cells.items():
        if means_missing(cell) and cell.lower() not in A_LEVEL:
            raise UserError(
                f"{where} is `{cell}` for {who}: n/a is the only code for a missing value."
            )
        first = alike.setdefault(" ".join(cell.lower().split()), cell)
        if first != cell:
            raise UserError(
                f"{where} is `{first}` for some and `{cell}` for {who}, which would be two "
                "groups. Write both alike."
            )


def number(text: str) -> float:
    """Return a cell as a number, ``n/a`` as NaN."""
    return math.nan if text == "n/a" else float(text)


def _cell(value: Any) -> str:
    # numpy's numbers of any precision are real ones, and only its float64 is a float
    if value is None or (isinstance(value, Real) and math.isnan(value)):
        return "n/a"
    if isinstance(value, float):
        return repr(float(value))  # numpy's repr would name the type
    return marked(str(value))
