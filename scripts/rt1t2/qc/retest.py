"""Repeated scans of one person: how much the ratio varies that should stay the same."""

from collections.abc import Mapping, Sequence
from itertools import product
from typing import Any

import numpy as np

from rt1t2.columns import MISSING, RETEST_OF
from rt1t2.qc.calibration_check import METHODS, TISSUES
from rt1t2.qc.metrics import number


def first_scans(rows: Sequence[Mapping[str, str]]) -> list[Mapping[str, str]]:
    """Return the rows of the participants table that are no repeated scan."""
    return [row for row in rows if row.get(RETEST_OF, MISSING) == MISSING]


def people(rows: Sequence[Mapping[str, str]]) -> list[list[str]]:
    """Return the ids of each person who was scanned more than once, first scan first.

    Parameters
    ----------
    rows
        ``participant_id`` and, for a repeated scan, ``retest_of``: the id of the first.
    """
    scans: dict[str, list[str]] = {}
    ids = {row["participant_id"] for row in rows}
    for row in rows:
        first = row.get(RETEST_OF, "n/a")
        if first in ids:
            scans.setdefault(first, [first]).append(row["participant_id"])
    return list(scans.values())


def variation_percent(values: Sequence[float]) -> float:
    """Return the coefficient of variation within a person: 100 SD / mean (n - 1)."""
    x = np.array([number(v) for v in values])
    if x.size < 2 or not np.isfinite(x).all() or x.mean() <= 0:
        return np.nan
    return float(100 * x.std(ddof=1) / x.mean())


def retest_table(
    people: Sequence[Sequence[str]], ratios: Mapping[str, Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """Return the coefficient of variation of every person, tissue and calibration.

    Parameters
    ----------
    people
        Ids of each person's scans.
    ratios
        Id -> method -> tissue -> median ratio
        (:func:`rt1t2.qc.calibration_check.median_ratios`).

    Returns
    -------
    list
        ``Scans``, ``Method``, ``Tissue``, ``Ratios`` and ``VariationPercent``.
    """
    rows = []
    for scans, method, tissue in product(people, METHODS, TISSUES):
        values = [ratios[scan][method][tissue] for scan in scans]
        rows.append(
            {
                "Scans": list(scans),
                "Method": method,
                "Tissue": tissue,
                "Ratios": values,
                "VariationPercent": variation_percent(values),
            }
        )
    return rows


def typical_percent(rows: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, float]]:
    """Return the root mean square over people, method -> tissue; NaN without any."""
    root_mean_square: dict[str, dict[str, float]] = {}
    for method, tissue in dict.fromkeys((r["Method"], r["Tissue"]) for r in rows):
        values = [
            r["VariationPercent"]
            for r in rows
            if (r["Method"], r["Tissue"]) == (method, tissue)
        ]
        defined = np.array([v for v in values if np.isfinite(number(v))])
        mean = np.sqrt(np.mean(defined**2)) if defined.size else np.nan
        root_mean_square.setdefault(method, {})[tissue] = float(mean)
    return root_mean_square
