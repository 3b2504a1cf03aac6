"""The design of any contrast of the config: slopes, visits and several groups beside two groups."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from rt1t2.contrasts import (
    ANY_GROUP,
    ANY_SLOPE,
    GROUPS,
    QC,
    SLOPE,
    VISITS,
    Contrast,
    directions,
    kind_of,
    level_column,
    levels_of,
    measure_of,
    statistic_of,
)
from rt1t2.errors import UserError
from rt1t2.group.design import (
    PARTICIPANT,
    PROTOCOL,
    Design,
    Row,
    add_covariates,
    covariate_columns,
    group_columns,
    refuse_taken,
    require_estimable,
    two_sample_design,
    with_protocol,
)
from rt1t2.tables import read_tsv

FEWEST_PAIRS = 2


def contrast_design(
    contrast: Contrast, rows: Sequence[Row], covariates: Sequence[str]
) -> Design:
    """Build the design of one contrast.

    Parameters
    ----------
    contrast
        A row of the config's ``contrasts``.
    rows
        Rows of the participants table in the order of the maps, as
        :func:`rt1t2.contrasts.rows_of` returns them.
    covariates
        Of :func:`rt1t2.contrasts.covariates_of`. They enter as in
        :func:`~rt1t2.group.design.two_sample_design`; between two visits of a person their
        difference does, and what does not change between them is left out.

    Notes
    -----
    The columns are those of SPM12: an indicator for each group, then what is tested and
    covariates, centred on the mean over all rows. For slopes of several groups the column
    is centred first, then split into one for each group. A slope over several groups has
    one column, beside the groups' means. Two visits are analysed as their difference,
    which gives the t of SPM's paired test with a column for each person.

    Raises
    ------
    UserError
        As :func:`~rt1t2.group.design.two_sample_design`; or the column of a slope holds
        words; or too few persons have both visits.
    """
    kind = kind_of(contrast)
    if kind == GROUPS:
        return two_sample_design(contrast, rows, covariates)
    if kind == VISITS:
        return _visits(contrast, rows, covariates)
    name = contrast["name"]
    levels = _present(contrast, rows)
    columns = group_columns(name, level_column(contrast), levels, rows)
    slope, tested = contrast.get("slope"), 0
    if slope:
        added = _slope_columns(name, slope, rows, levels, kind != SLOPE)
        refuse_taken(name, columns, slope, added)
        tested = len(columns)
        columns |= added
    add_covariates(name, columns, rows, [c for c in covariates if c != slope])
    matrix = np.stack(list(columns.values()), axis=1).astype(float)
    require_estimable(name, matrix, list(columns))
    group = np.array([levels.index(row[level_column(contrast)]) for row in rows])
    _require_enough(name, matrix, group, levels)
    return Design(
        [row[PARTICIPANT] for row in rows],
        list(columns),
        matrix,
        _weights(contrast, len(columns), tested, len(levels)),
        group,
        **_facts(contrast),
        levels=levels,
    )


def with_columns(rows: Sequence[Row], tables: Sequence[str]) -> list[Row]:
    """Add columns that the participants table does not have.

    Parameters
    ----------
    rows
        Rows of the participants table.
    tables
        ``calibration/protocols.tsv`` and ``qc/metrics.tsv``, where a contrast names a column
        of theirs: ``protocol``, and ``qc:<name>``.
    """
    known = list(rows)
    for table in tables:
        add = with_metrics if Path(table).name == "metrics.tsv" else with_protocol
        known = add(known, table)
    return known


def with_metrics(rows: Sequence[Row], table: str | Sequence[str]) -> list[Row]:
    """Add the values of quality control to rows of the participants table, as ``qc:<name>``.

    Parameters
    ----------
    rows
        Rows of the participants table.
    table
        Path of ``qc/metrics.tsv``; without one the rows stay as they are. Who is not in it,
        such as a participant with a finished map, has no value.
    """
    if not table:
        return list(rows)
    lines = {line[PARTICIPANT]: line for line in read_tsv(str(table))}
    names = [name for line in lines.values() for name in line]
    empty = dict.fromkeys(names, "n/a")
    return [
        {**row}
        | {QC + k: v for k, v in (empty | lines.get(row[PARTICIPANT], {})).items()}
        for row in rows
    ]


def known_before_a_run(
    contrast: Contrast, covariates: Sequence[str]
) -> list[str] | None:
    """Return the covariates that the participants table has; ``None`` if the slope is not in it."""
    if str(contrast.get("slope", "")).startswith(QC):
        return None
    return [c for c in covariates if c != PROTOCOL and not c.startswith(QC)]


def _present(contrast: Contrast, rows: Sequence[Row]) -> list[str]:
    """Return the groups that take part; of all groups only those that have anybody."""
    column = level_column(contrast)
    everybody = list(dict.fromkeys(row[column] for row in rows))
    named = {"any_of", "plus", "groups"} & set(contrast)
    return levels_of(contrast, everybody) if named else everybody


def _slope_columns(
    name: str, slope: str, rows: Sequence[Row], levels: Sequence[str], split: bool
) -> dict[str, np.ndarray]:
    columns = covariate_columns(name, slope, rows, "slope")
    if list(columns) != [slope]:
        raise UserError(
            f"contrast {name}: {slope} holds words, and a slope needs numbers. Compare its "
            "values with `column`, `plus` and `minus` instead."
        )
    if not split:
        return columns
    return {
        f"{slope}@{level}": columns[slope] * [row["group"] == level for row in rows]
        for level in levels
    }


def _weights(contrast: Contrast, p: int, first: int, n_levels: int) -> np.ndarray:
    """Return the tested combinations of the columns from ``first`` on, shape (k, p)."""
    kind = kind_of(contrast)
    if kind == SLOPE:
        weights = np.zeros((1, p))
        weights[0, first] = -1 if directions(contrast)[0].startswith("falls") else 1
        return weights
    k = n_levels - 1 if kind in (ANY_GROUP, ANY_SLOPE) else 1
    weights = np.zeros((k, p))
    for row in range(k):
        weights[row, first + row : first + row + 2] = 1, -1
    return weights


def _require_enough(
    name: str, matrix: np.ndarray, group: np.ndarray, levels: Sequence[str]
) -> None:
    """Refuse a group that the columns fit exactly: it has no variance to estimate."""
    basis, _ = np.linalg.qr(matrix)
    left = np.bincount(group, 1 - (basis**2).sum(axis=1), len(levels))
    for level, df in zip(levels, left, strict=True):
        if df < 0.5:
            raise UserError(
                f"contrast {name}: group {level} has {int((group == levels.index(level)).sum())} "
                "participants, too few for its columns: nothing is left to tell its "
                "variance. Add participants, or take the group or a column out."
            )


def _visits(
    contrast: Contrast, rows: Sequence[Row], covariates: Sequence[str]
) -> Design:
    name, column = contrast["name"], contrast["column"]
    n = len(rows) // 2
    if n < FEWEST_PAIRS:
        raise UserError(
            f"contrast {name}: {n} of the {contrast['within']} column have a row with "
            f"{column} `{contrast['plus']}` and one with `{contrast['minus']}`, and a paired "
            f"test needs {FEWEST_PAIRS}. Correct the columns {contrast['within']} and "
            f"{column}, or take the contrast out of the config."
        )
    change = f"{contrast['plus']}-{contrast['minus']}"
    columns = {change: np.ones(n)}
    for covariate in covariates:
        if _is_constant(rows, covariate, n):
            continue  # a person's own level, which the difference no longer has
        of_rows = covariate_columns(name, covariate, rows)
        added = {key: values[:n] - values[n:] for key, values in of_rows.items()}
        added = {key: values for key, values in added.items() if values.any()}
        refuse_taken(name, columns, covariate, added)
        columns |= added
    matrix = np.stack(list(columns.values()), axis=1)
    require_estimable(name, matrix, list(columns))
    return Design(
        [row[PARTICIPANT] for row in rows[:n]],
        list(columns),
        matrix,
        np.eye(1, len(columns)),
        np.zeros(n, int),
        **_facts(contrast),
        levels=[change],
        subtrahends=[row[PARTICIPANT] for row in rows[n:]],
    )


def _is_constant(rows: Sequence[Row], covariate: str, n: int) -> bool:
    """Tell whether a covariate is the same in both rows of every person, and known."""
    pairs = [
        (a.get(covariate), b.get(covariate))
        for a, b in zip(rows[:n], rows[n:], strict=True)
    ]
    return all(a == b and a not in (None, "n/a") for a, b in pairs)


def _facts(contrast: Contrast) -> Mapping[str, Any]:
    return {
        "kind": kind_of(contrast),
        "statistic": statistic_of(contrast),
        "measure": measure_of(contrast),
        "directions": directions(contrast),
    }
