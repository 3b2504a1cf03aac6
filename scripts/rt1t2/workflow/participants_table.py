"""The strict reader of the participants table: text into rows, each with its line."""

import difflib
import re
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path

from rt1t2.columns import CODES, MISSING, PATHS
from rt1t2.errors import UserError, machine_fault
from rt1t2.user_text import LONGEST, decoded, table_lines, visible

Row = dict[str, str]

AS_WRITTEN = {*PATHS, *CODES}
INVISIBLE = "\ufeff\u200b\u200c\u200d\u2060"
NEAR = 0.85  # similarity of a misspelt column name; `session` has .77 to `lesion`
# What a column's name may have behind a known one
ENDINGS = {
    *(
        "path",
        "file",
        "image",
        "img",
        "nii",
        "nifti",
        "dicom",
        "dir",
        "folder",
        "scan",
        "mask",
    ),
    *("mm", "xyz", "years", "year", "yrs", "y", "atscan", "reason", "id", "of"),
}
SYNONYMS = {
    "t1": "t1w",
    "t2": "t2w",
    "ac": "ac_mm",
    "retest": "retest_of",
    "gender": "sex",
}


@dataclass(frozen=True)
class Line:
    """A filled line of the table: its number, its cells by column, what is wrong with it."""

    number: int
    row: Row
    problem: str = ""


def read_rows(
    table: Path, required: Iterable[str], known: Collection[str], own: Collection[str]
) -> list[Line]:
    """Read the table line by line; empty cells are ``n/a``.

    Parameters
    ----------
    table
        A TSV, in an encoding that :mod:`rt1t2.user_text` reads.
    required
        Columns that must be there.
    known
        Columns that mean something; a name near one of them is a misspelling.
    own
        Columns that the user has named elsewhere, which are none.

    Raises
    ------
    UserError
        Not a text table; a column lacking, twice, or misspelt; no row.
    """
    filled = table_lines(_text(table))
    where = f"participants table {table}"
    columns = filled[0][1] if filled else []
    if absent := [name for name in required if name not in columns]:
        raise UserError(f"{where}: {_absent(absent, columns)}")
    _check_columns(where, columns, known, own)
    read = []
    for number, cells in filled[1:]:
        if not any(cells):
            continue
        problem = ""
        if any(cells[len(columns) :]) or _unnamed(columns, cells):
            problem = (
                f"{len(cells)} cells for {len(columns)} columns. Put exactly one tab between "
                "cells."
            )
        whole = cells + [""] * (len(columns) - len(cells))
        row = {
            column: (cell if column in AS_WRITTEN else visible(cell, LONGEST))
            or MISSING
            for column, cell in zip(columns, whole, strict=False)
            if column
        }
        read.append(Line(number, row, problem))
    if not read:
        raise UserError(f"{where}: no participant. Add one row per participant.")
    return read


def _text(table: Path) -> str:
    where = f"participants table {table}"
    try:
        content = table.read_bytes()
    except OSError as error:
        raise machine_fault(error) or UserError(
            f"{where}: {error.strerror}. Point `participants` of the config at a "
            "tab-separated table (config/README.md shows one)."
        ) from error
    return decoded(content, where)


def _absent(absent: list[str], columns: list[str]) -> str:
    found = ", ".join(columns) or "nothing"
    near = {name: _near(name, columns) for name in absent}
    hint = " The columns must be separated by tabs." if len(columns) == 1 else ""
    for name, misspelt in near.items():
        if misspelt:
            hint = f" Did you mean `{name}` by `{misspelt}`?"
    return f"no column {', '.join(absent)}; found {found}.{hint}"


def _check_columns(
    where: str, columns: list[str], known: Collection[str], own: Collection[str]
) -> None:
    problems = [
        f"{where}: the column `{name}` is there twice. Keep one of them."
        for name, n in Counter(columns).items()
        if name and n > 1
    ]
    for name in dict.fromkeys(columns):
        if not name or name in known or name in own:
            continue
        if any(letter in name for letter in INVISIBLE):
            problems.append(f"{where}: the column `{name}` holds an invisible letter.")
        elif near := _near(name, known) or _longer(name, set(known) - set(columns)):
            problems.append(
                f"{where}: unknown column `{name}`; did you mean `{near}`? If it is a column "
                "of your own, list it under `statistics.covariates` of the config, or give it "
                "another name."
            )
    if problems:
        raise UserError("\n".join(problems))


def _near(name: str, known: Iterable[str]) -> str:
    """Return the known name that a name spells otherwise; empty if there is none.

    Names that differ in digits only (``t1w``, ``t2w``; ``group2``) are different names.
    """
    plain = _plain(name)
    for other in known:
        if _plain(other) == plain:
            return other
        if other == "exclude" and plain.startswith(("exclu", "excl")):
            return other
    letters = {re.sub(r"\d", "", _plain(other)): other for other in known}
    digits = re.findall(r"\d", plain)
    for other in difflib.get_close_matches(
        re.sub(r"\d", "", plain), letters, n=1, cutoff=NEAR
    ):
        if re.findall(r"\d", letters[other]) == digits and len(other) > 3:
            return letters[other]
    return ""


def _longer(name: str, absent: Collection[str]) -> str:
    """Return the absent column that a name says with another ending: ``t1_path``, ``gender``."""
    plain = _plain(name)
    starts = {_plain(other): other for other in absent}
    starts |= {short: other for short, other in SYNONYMS.items() if other in absent}
    return next(
        (
            other
            for start, other in starts.items()
            if plain.startswith(start) and plain[len(start) :] in {"", *ENDINGS}
        ),
        "",
    )


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _unnamed(columns: list[str], cells: list[str]) -> bool:
    """Tell whether a cell has content under a header without a name."""
    return any(cell and not name for name, cell in zip(columns, cells, strict=False))
