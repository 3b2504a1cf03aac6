"""The design of a contrast: its columns, what is tested, and a check that it is estimable."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from rt1t2.contrasts import GROUPS, VISITS
from rt1t2.errors import UserError
from rt1t2.group.coarse_grid import Start
from rt1t2.group.map_stack import MapStack
from rt1t2.group.maps import Differences
from rt1t2.records import read_json, save_json
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
    """Design matrix of a contrast, and what of it is tested.

    Attributes
    ----------
    participants
        Who they are, in the order of the rows. Of VISITS a row is one person's difference
        of two maps, named by the first of them.
    columns
        Names of the columns: an indicator for each group, what is tested, covariates.
    matrix
        Shape (n rows, p columns); covariates and slopes are centred on their mean over all.
    weights
        What is tested: weights of the columns, shape (1, p) for t, (k, p) for F. By default
        the first column minus the second.
    group
        For each row the number of its group, from 0 on: groups may have variances of their
        own. By default 0 where the first column is 1, else 1.
    kind, statistic, measure
        As in :mod:`rt1t2.contrasts`.
    directions
        In words where the statistic is large, then where its negative is (not of F).
    levels
        Names of the groups.
    subtrahends
        Of VISITS whose maps are subtracted, in the order of ``participants``.
    """

    participants: list[str]
    columns: list[str]
    matrix: np.ndarray
    weights: np.ndarray = field(default_factory=lambda: np.empty(0))
    group: np.ndarray = field(default_factory=lambda: np.empty(0, int))
    kind: str = GROUPS
    statistic: str = "t"
    measure: str = "hedges_g"
    directions: list[str] = field(default_factory=list)
    levels: list[str] = field(default_factory=list)
    subtrahends: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Fill in what a comparison of two groups need not say."""
        plus, minus = (*self.columns, "", "")[:2]
        defaults = {
            "weights": np.array([[1.0, -1.0, *[0.0] * (len(self.columns) - 2)]]),
            "group": np.where(self.matrix[:, 0] == 1, 0, 1),
            "directions": [f"{plus} > {minus}", f"{minus} > {plus}"],
            "levels": [plus, minus],
        }
        for name, value in defaults.items():
            if len(getattr(self, name)) == 0:
                object.__setattr__(self, name, value)

    @property
    def contrast(self) -> np.ndarray:
        """Weights of the columns of a t contrast, shape (p,)."""
        weights: np.ndarray = self.weights[0]
        return weights

    @property
    def rank(self) -> int:
        """Numerator degrees of freedom: 1 of t."""
        return len(self.weights)

    @property
    def df(self) -> int:
        """Residual degrees of freedom."""
        n, p = self.matrix.shape
        return int(n - p)

    @property
    def scans(self) -> list[str]:
        """The participants whose maps are read, in the order of the maps."""
        return [*self.participants, *self.subtrahends]

    @property
    def title(self) -> str:
        """What is tested, for a message."""
        return (
            " against ".join(self.levels) if self.kind == GROUPS else self.directions[0]
        )

    @property
    def plain_groups(self) -> bool:
        """Whether these are two groups without covariates."""
        return self.kind == GROUPS and len(self.columns) == 2

    def data(
        self,
        stack: MapStack,
        mask: np.ndarray,
        step: int = 1,
        start: Start | None = None,
    ) -> Sequence[np.ndarray]:
        """Return what the rows of the design are of: maps, or differences of two visits' maps.

        Parameters
        ----------
        stack
            Maps of the study.
        mask, step, start
            As in :meth:`~rt1t2.group.map_stack.MapStack.of`.
        """
        maps = stack.of(self.scans, mask, step, start)
        return Differences(maps) if self.kind == VISITS else maps

    def sizes(self) -> dict[str, int]:
        """Return the rows of each group."""
        counts = np.bincount(self.group, minlength=len(self.levels)).tolist()
        return dict(zip(self.levels, counts, strict=True))

    def save(self, path: str | Path) -> None:
        """Write ``design.tsv``, one row per participant in full precision, and ``design.json``."""
        rows = [
            {PARTICIPANT: participant}
            | dict(zip(self.columns, values.tolist(), strict=True))
            for participant, values in zip(self.participants, self.matrix, strict=True)
        ]
        write_tsv(rows, [PARTICIPANT, *self.columns], path)
        save_json(
            {
                name: value
                for name, value in vars(self).items()
                if name not in ("participants", "columns", "matrix")
            },
            sidecar(path),
        )


def sidecar(path: str | Path) -> Path:
    """Return the path of ``design.json`` beside ``design.tsv``."""
    return Path(path).with_suffix(".json")


def read_design(path: str | Path) -> Design:
    """Read what :meth:`Design.save` wrote."""
    rows = read_tsv(path)
    columns = [name for name in rows[0] if name != PARTICIPANT]
    facts = read_json(sidecar(path))
    facts["weights"] = np.array(facts["weights"], dtype=float)
    facts["group"] = np.array(facts["group"], dtype=int)
    return Design(
        [row[PARTICIPANT] for row in rows],
        columns,
        np.array([[float(row[name]) for name in columns] for row in rows]),
        **facts,
    )


def two_sample_design(
    contrast: Mapping[str, str], rows: Sequence[Row], covariates: Sequence[str]
) -> Design:
    """Build the design of two groups.

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
    name, column = contrast["name"], contrast.get("column", "group")
    columns = group_columns(name, column, [contrast["plus"], contrast["minus"]], rows)
    add_covariates(name, columns, rows, covariates)
    matrix = np.stack(list(columns.values()), axis=1).astype(float)
    require_estimable(name, matrix, list(columns))
    return Design([row[PARTICIPANT] for row in rows], list(columns), matrix)


def group_columns(
    name: str, column: str, levels: Sequence[str], rows: Sequence[Row]
) -> dict[str, np.ndarray]:
    """Return an indicator for each group, shape (n,); every group has two rows or more."""
    columns: dict[str, np.ndarray] = {}
    what = "group" if column == "group" else column
    for level in levels:
        columns[level] = np.array([row[column] == level for row in rows])
        if columns[level].sum() < 2:
            raise UserError(
                f"contrast {name}: {what} {level} has {columns[level].sum()} analysed "
                "participant(s), and a t-test needs 2. Add participants, or take the "
                "contrast out of the config."
            )
    return columns


def add_covariates(
    name: str,
    columns: dict[str, np.ndarray],
    rows: Sequence[Row],
    covariates: Sequence[str],
) -> None:
    """Add the columns of covariates, centred, to those of a design."""
    for covariate in covariates:
        added = covariate_columns(name, covariate, rows)
        refuse_taken(name, columns, covariate, added)
        columns |= added


def refuse_taken(
    name: str,
    columns: Mapping[str, np.ndarray],
    covariate: str,
    added: Mapping[str, np.ndarray],
) -> None:
    """Refuse a covariate that has the name of a column of the design."""
    if taken := sorted({*columns, PARTICIPANT} & {covariate, *added}):
        raise UserError(
            f"contrast {name}: covariate {covariate} would be the second column "
            f"{taken[0]} of the design, beside the groups and the covariates before it. "
            "Rename the column of the participants table, or take it out of "
            "statistics.covariates."
        )


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


def covariate_columns(
    name: str, covariate: str, rows: Sequence[Row], what: str = "covariate"
) -> dict[str, np.ndarray]:
    """Return the centred columns of a covariate: one of numbers, or one for each level but one.

    ``name`` is the contrast, and ``what`` the column is for it, in messages.
    """
    return named_columns(f"contrast {name}: {what} {covariate}", covariate, rows)


def named_columns(
    where: str, covariate: str, rows: Sequence[Row]
) -> dict[str, np.ndarray]:
    """Return the same; ``where`` says in messages what needs the covariate."""
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


def require_estimable(name: str, matrix: np.ndarray, columns: Sequence[str]) -> None:
    """Refuse a design of which a column says nothing new, or without degrees of freedom."""
    length = np.sqrt((matrix**2).sum(axis=0))
    scaled = matrix / np.where(length > 0, length, 1)
    for p in range(1, len(columns)):
        if np.linalg.matrix_rank(scaled[:, : p + 1], tol=1e-6) <= p:
            share = np.linalg.lstsq(scaled[:, :p], scaled[:, p], rcond=None)[0]
            by = [columns[int(i)] for i in np.flatnonzero(np.abs(share) > 1e-6)]
            raise UserError(
                f"contrast {name}: {columns[p]} is determined by the groups and the "
                f"covariates before it ({', '.join(by) or 'it is constant'}), and its effect "
                "cannot be separated from theirs. Take one of them out of the contrast or "
                "of statistics.covariates."
            )
    n, p = matrix.shape
    if n <= p:
        raise UserError(
            f"contrast {name}: {n} participants leave no degree of freedom for {p} "
            f"columns ({', '.join(columns)}). Take covariates out of statistics.covariates."
        )
