"""Tables in and out: tab-separated, ``n/a`` for what is missing, as in BIDS."""

import csv
import math
from collections.abc import Iterable, Mapping, Sequence
from numbers import Real
from pathlib import Path
from typing import Any


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
