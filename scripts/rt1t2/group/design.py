"""The design of a two-sample comparison: groups, covariates, and whether it can be estimated."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from rt1t2.errors import UserError
from rt1t2.tables import read_tsv

Row = Mapping[str, str]

PROTOCOL = "protocol"  # a covariate that is found in the scans, not told by the table


@dataclass(frozen=True)
class Design:
    """Design matrix of two groups with covariates.

    Attributes
    ----------
    matrix
        Shape (n participants, p columns): one indicator a group, then the covariates,
        each centred on its mean over both groups.
    columns
        Names of the columns.
    group
        For each participant 0 (plus) or 1 (minus).
    contrast
        Weights of the columns, plus minus minus.
    """

    matrix: np.ndarray
    columns: list[str]
    group: np.ndarray
    contrast: np.ndarray

    @property
    def df(self) -> int:
        """Degrees of freedom that the residuals are left with."""
        n, p = self.matrix.shape
        left: int = n - p
        return left

    def rows(self, rows: Sequence[Row]) -> list[dict[str, str | float]]:
        """Lay the matrix out as a table, one row for each of the participants' ``rows``."""
        return [
            {"participant_id": row["participant_id"]}
            | dict(zip(self.columns, values.tolist(), strict=True))
            for row, values in zip(rows, self.matrix, strict=True)
        ]


def two_sample_design(
    contrast: Mapping[str, str],
    rows_plus: Sequence[Row],
    rows_minus: Sequence[Row],
    covariates: Sequence[str],
) -> Design:
    """Build the design of one contrast.

    Parameters
    ----------
    contrast
        ``name``, ``plus`` and ``minus``; t is positive where ``plus`` is larger.
    rows_plus, rows_minus
        The participants' rows of the participants table.
    covariates
        Columns of that table. A column of numbers enters as it is; any other column, and
        PROTOCOL always, is categorical and enters as one indicator for each level but the
        first. A contrast whose participants share one protocol has no column for it.

    Raises
    ------
    UserError
        If a group has fewer than two participants, a covariate is absent, missing for
        somebody, the same for everybody or determined by the other columns, or if no
        degree of freedom is left.
    """
    name = contrast["name"]
    for group, rows in ((contrast["plus"], rows_plus), (contrast["minus"], rows_minus)):
        if len(rows) < 2:
            raise UserError(
                f"contrast {name}: group {group} has {len(rows)} analysed participant(s), "
                "and a t-test needs 2. Add participants, or take the contrast out of the "
                "config."
            )
    rows = [*rows_plus, *rows_minus]
    side = np.repeat([0, 1], [len(rows_plus), len(rows_minus)])
    columns: dict[str, np.ndarray] = {
        contrast["plus"]: side == 0,
        contrast["minus"]: side == 1,
    }
    for covariate in covariates:
        columns |= _covariate_columns(name, covariate, rows)
    matrix = np.stack(list(columns.values()), axis=1).astype(float)
    _require_estimable(name, matrix, list(columns))
    weights = np.zeros(len(columns))
    weights[:2] = 1, -1
    return Design(matrix, list(columns), side, weights)


def with_protocol(rows: Sequence[Row], table: str | Sequence[str]) -> list[Row]:
    """Put everybody's scan protocol into rows of the participants table.

    Parameters
    ----------
    rows
        Rows of the participants table.
    table
        Path of ``protocols.tsv``; nothing leaves the rows as they are.
    """
    if not table:
        return list(rows)
    found = {line["participant_id"]: line[PROTOCOL] for line in read_tsv(str(table))}
    return [{**row, PROTOCOL: found[row["participant_id"]]} for row in rows]


def _covariate_columns(
    name: str, covariate: str, rows: Sequence[Row]
) -> dict[str, np.ndarray]:
    where = f"contrast {name}: covariate {covariate}"
    if any(covariate not in row for row in rows):
        raise UserError(
            f"{where} is not a column of the participants table, whose columns are "
            f"{', '.join(rows[0])}. Check statistics.covariates of the config."
        )
    missing = [row["participant_id"] for row in rows if row[covariate] in ("", "n/a")]
    if missing:
        raise UserError(
            f"{where} is missing for {', '.join(missing)}. Fill it in, exclude them, or "
            "take it out of statistics.covariates."
        )
    texts = [row[covariate] for row in rows]
    if covariate == PROTOCOL and len(set(texts)) == 1:
        return {}
    if covariate != PROTOCOL and all(_is_number(text) for text in texts):
        found = {covariate: np.array([float(text) for text in texts])}
    else:
        levels = sorted(set(texts))
        found = {
            f"{covariate}={level}": np.array([text == level for text in texts], float)
            for level in levels[1:]
        }
    if not found or any(np.ptp(values) == 0 for values in found.values()):
        raise UserError(
            f"{where} is {texts[0]} for everybody and explains nothing. Take it out of "
            "statistics.covariates."
        )
    return {column: values - values.mean() for column, values in found.items()}


def _require_estimable(name: str, matrix: np.ndarray, columns: list[str]) -> None:
    scaled = matrix / np.sqrt((matrix**2).sum(axis=0))
    for p in range(2, len(columns)):
        if np.linalg.matrix_rank(scaled[:, : p + 1], tol=1e-6) <= p:
            raise UserError(
                f"contrast {name}: {columns[p]} is determined by the groups and the "
                "covariates before it, so that its effect cannot be told from theirs. Take "
                "one of them out of statistics.covariates."
            )
    n, p = matrix.shape
    if n <= p:
        raise UserError(
            f"contrast {name}: {n} participants leave no degree of freedom for {p} "
            "columns. Take covariates out of statistics.covariates."
        )


def _is_number(text: str) -> bool:
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False
