"""The design of a two-sample comparison: groups, covariates, and a check that it is estimable."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from rt1t2.errors import UserError
from rt1t2.tables import parse_column, read_tsv, write_tsv

Row = Mapping[str, str]

PARTICIPANT = "participant_id"
# Where all other values are 0 or more, these stand for "not known".
CODES_FOR_MISSING = frozenset(
    {-9.0, -99.0, -999.0, -9999.0, 99.0, 999.0, 9999.0, 99999.0}
)
FAR = 5.0  # times the largest other value: no measurement
PROTOCOL = "protocol"  # a covariate that comes from the scans, not from the table


@dataclass(frozen=True)
class Design:
    """Design matrix of two groups with covariates.

    Attributes
    ----------
    participants
        Who they are, in the order of their maps.
    columns
        Names of the columns: group plus, group minus, covariates.
    matrix
        Shape (n participants, p columns): an indicator for each group, then the covariates,
        each centred on its mean over both groups.
    """

    participants: list[str]
    columns: list[str]
    matrix: np.ndarray

    @property
    def group(self) -> np.ndarray:
        """For each participant 0 (plus) or 1 (minus)."""
        return np.where(self.matrix[:, 0] == 1, 0, 1)

    @property
    def contrast(self) -> np.ndarray:
        """Weights of the columns, plus minus minus."""
        weights = np.zeros(len(self.columns))
        weights[:2] = 1, -1
        return weights

    @property
    def df(self) -> int:
        """Residual degrees of freedom."""
        n, p = self.matrix.shape
        return int(n - p)

    def save(self, path: str | Path) -> None:
        """Write ``design.tsv``: one row per participant, in full precision."""
        rows = [
            {PARTICIPANT: participant}
            | dict(zip(self.columns, values.tolist(), strict=True))
            for participant, values in zip(self.participants, self.matrix, strict=True)
        ]
        write_tsv(rows, [PARTICIPANT, *self.columns], path)


def read_design(path: str | Path) -> Design:
    """Read what :meth:`Design.save` wrote."""
    rows = read_tsv(path)
    columns = [name for name in rows[0] if name != PARTICIPANT]
    return Design(
        [row[PARTICIPANT] for row in rows],
        columns,
        np.array([[float(row[name]) for name in columns] for row in rows]),
    )


def two_sample_design(
    contrast: Mapping[str, str], rows: Sequence[Row], covariates: Sequence[str]
) -> Design:
    """Build the design of one contrast.

    Parameters
    ----------
    contrast
        ``name``, ``plus`` and ``minus``; t is positive where ``plus`` is larger.
    rows
        Rows of the participants table, of both groups, in the order of the maps.
    covariates
        Columns of that table. A column of numbers enters as it is; any other column, and
        PROTOCOL always, is categorical and enters as one indicator for each level but the
        first. A contrast whose participants share one protocol has no column for it.

    Raises
    ------
    UserError
        A group has fewer than two participants; a covariate is no column, has the name of
        another column of the design, is missing for a participant, mixes numbers with text,
        holds a code for missing, does not vary or is determined by the other columns; or no
        degree of freedom is left.
    """
    name = contrast["name"]
    columns: dict[str, np.ndarray] = {}
    for group in (contrast["plus"], contrast["minus"]):
        columns[group] = np.array([row["group"] == group for row in rows])
        if columns[group].sum() < 2:
            raise UserError(
                f"contrast {name}: group {group} has {columns[group].sum()} analysed "
                "participant(s), and a t-test needs 2. Add participants, or take the "
                "contrast out of the config."
            )
    for covariate in covariates:
        added = _covariate_columns(name, covariate, rows)
        if taken := sorted({*columns, PARTICIPANT} & {covariate, *added}):
            raise UserError(
                f"contrast {name}: covariate {covariate} would be the second column "
                f"{taken[0]} of the design, beside the groups and the covariates before it. "
                "Rename the column of the participants table, or take it out of "
                "statistics.covariates."
            )
        columns |= added
    matrix = np.stack(list(columns.values()), axis=1).astype(float)
    _require_estimable(name, matrix, list(columns))
    return Design([row[PARTICIPANT] for row in rows], list(columns), matrix)


def with_protocol(rows: Sequence[Row], table: str | Sequence[str]) -> list[Row]:
    """Add each participant's scan protocol to rows of the participants table.

    Parameters
    ----------
    rows
        Rows of the participants table.
    table
        Path of ``protocols.tsv``; without one the rows stay as they are.
    """
    if not table:
        return list(rows)
    protocols = {line[PARTICIPANT]: line[PROTOCOL] for line in read_tsv(str(table))}
    return [{**row, PROTOCOL: protocols[row[PARTICIPANT]]} for row in rows]


def _covariate_columns(
    name: str, covariate: str, rows: Sequence[Row]
) -> dict[str, np.ndarray]:
    where = f"contrast {name}: covariate {covariate}"
    if any(covariate not in row for row in rows):
        raise UserError(
            f"{where} is not a column of the participants table, whose columns are "
            f"{', '.join(rows[0])}. Check statistics.covariates of the config."
        )
    missing = [row[PARTICIPANT] for row in rows if row[covariate] in ("", "n/a")]
    if missing:
        raise UserError(
            f"{where} is missing for {', '.join(missing)}. Fill it in, exclude them, or "
            "take it out of statistics.covariates."
        )
    texts = [row[covariate] for row in rows]
    if covariate == PROTOCOL and len(set(texts)) == 1:
        return {}
    cells = {row[PARTICIPANT]: row[covariate] for row in rows}
    numbers = None if covariate == PROTOCOL else parse_column(cells, where)
    if numbers is not None:
        _refuse_codes(where, numbers, cells)
        columns = {covariate: np.array([numbers[row[PARTICIPANT]] for row in rows])}
    else:
        levels = sorted(set(texts))
        columns = {
            f"{covariate}={level}": np.array([text == level for text in texts], float)
            for level in levels[1:]
        }
    if not columns or any(np.ptp(values) == 0 for values in columns.values()):
        raise UserError(
            f"{where} is {texts[0]} for everybody and explains nothing. Take it out of "
            "statistics.covariates."
        )
    return {column: values - values.mean() for column, values in columns.items()}


def _refuse_codes(where: str, numbers: dict[str, float], cells: dict[str, str]) -> None:
    """Refuse codes for missing values among numbers."""
    for code in sorted(CODES_FOR_MISSING & set(numbers.values())):
        codes = [sub for sub, value in numbers.items() if value == code]
        others = [value for value in numbers.values() if value != code]
        odd_sign = code < 0 and min(others, default=-1) >= 0
        if not (odd_sign or abs(code) > FAR * max(map(abs, others), default=math.inf)):
            continue
        raise UserError(
            f"{where} is {cells[codes[0]]} for {', '.join(codes)}, which looks like a code for "
            "a missing value. Write n/a."
        )


def _require_estimable(name: str, matrix: np.ndarray, columns: list[str]) -> None:
    scaled = matrix / np.sqrt((matrix**2).sum(axis=0))
    for p in range(2, len(columns)):
        if np.linalg.matrix_rank(scaled[:, : p + 1], tol=1e-6) <= p:
            raise UserError(
                f"contrast {name}: {columns[p]} is determined by the groups and the "
                "covariates before it, and its effect cannot be separated from theirs. Take "
                "one of them out of statistics.covariates."
            )
    n, p = matrix.shape
    if n <= p:
        raise UserError(
            f"contrast {name}: {n} participants leave no degree of freedom for {p} "
            "columns. Take covariates out of statistics.covariates."
        )
