"""Tables in and out: tab-separated, ``n/a`` for what is missing, as in BIDS."""

import csv
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from numbers import Real
from pathlib import Path
from typing import Any

from rt1t2.errors import UserError


def write_tsv(
    rows: Iterable[Mapping[str, Any]], columns: Sequence[str], path: str | Path
) -> None:
    """Write rows as TSV in full precision; ``None`` and NaN become ``n/a``."""
    with Path(path).open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, delimiter="\t", lineterminator="\n")
        writer.writerow(columns)
        writer.writerows([_cell(row.get(name)) for name in columns] for row in rows)


def read_tsv(path: str | Path) -> list[dict[str, str]]:
    """Read a TSV as one dictionary of texts per row."""
    with Path(path).open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file, delimiter="\t"))


NUMBER = re.compile(r"[-+]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][-+]?[0-9]{1,3})?")


def parse_number(text: str) -> float | None:
    """Return a number that a person wrote into a table; ``None`` if it is none.

    Python's own reading is wider: it takes ``nan``, ``inf``, ``6_1`` and other scripts' digits.
    """
    value = float(text) if NUMBER.fullmatch(text) else math.inf
    return value if math.isfinite(value) else None


def parse_column(cells: Mapping[str, str], where: str) -> dict[str, float] | None:
    """Return a column as numbers; ``None`` if it is one of words: fewer than half are numbers.

    Parameters
    ----------
    cells
        Participant to cell; none is missing.
    where
        What the column is, for the message.

    Raises
    ------
    UserError
        Half of the cells or more are numbers, and others are not.
    """
    numbers = {who: parse_number(cell) for who, cell in cells.items()}
    known = {who: value for who, value in numbers.items() if value is not None}
    bad = [who for who, value in numbers.items() if value is None]
    if len(known) < max(len(bad), 1):
        return None
    if bad:
        said = ", ".join(f"{who}: `{cells[who]}`" for who in bad[:6])
        raise UserError(
            f"{where} is a number for {len(known)} and none for {len(bad)} ({said}). Write "
            "numbers with a decimal point, and n/a where there is none; for a code, write "
            "letters in every row."
        )
    return known


def number(text: str) -> float:
    """Return a cell as a number, ``n/a`` as NaN."""
    return math.nan if text == "n/a" else float(text)


def _cell(value: Any) -> str:
    # numpy's numbers of any precision are real ones, and only its float64 is a float
    if value is None or (isinstance(value, Real) and math.isnan(value)):
        return "n/a"
    if isinstance(value, float):
        return repr(float(value))  # numpy's repr would name the type
    return str(value)
