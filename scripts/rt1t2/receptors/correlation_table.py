"""Rows of the receptor tables, and the p values adjusted over them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Literal

import numpy as np

from rt1t2.false_discovery import benjamini_hochberg
from rt1t2.receptors.correlation import Correlations
from rt1t2.significance import ALPHA, rounded_p

Family = Literal["pooled", "group"]


@dataclass(frozen=True)
class Correlation:
    """One patient group and map: a row of ``correlations.tsv``.

    Attributes
    ----------
    n_regions, n_regions_most
        Smallest and largest number of regions behind any patient's correlation.
    p_fdr, n_fdr_tests
        p adjusted over its family of tests, and the size of that family.
    map_n, map_note, other_maps
        The map's row of the receptor table; ``None`` where it has no such column.
    """

    group: str
    receptor: str
    map: str
    n_participants: int
    n_regions: int
    mean_fisher_z: float
    mean_rho: float
    n_extreme: int
    n_permutations: int
    p: float
    p_fdr: float
    n_fdr_tests: int
    map_n: str | None
    map_note: str | None
    other_maps: str | None
    n_regions_most: int


@dataclass(frozen=True)
class IndividualCorrelation:
    """One patient and map: a row of ``individual.tsv``."""

    participant_id: str
    group: str
    receptor: str
    map: str
    rho: float
    fisher_z: float
    n_regions: int


CORRELATIONS = [field.name for field in fields(Correlation)]
INDIVIDUAL = [field.name for field in fields(IndividualCorrelation)]


def summary_rows(
    by_group: Mapping[str, Correlations],
    receptors: Mapping[str, Mapping[str, str]],
    family: Family,
) -> list[Correlation]:
    """Return one row per patient group and map.

    Parameters
    ----------
    by_group
        Correlations of each patient group.
    receptors
        Each map's row of the receptor table, in the order of the correlations.
    family
        The tests that p is adjusted over.
    """
    groups = np.repeat(list(by_group), len(receptors))
    p = np.concatenate([correlations.p for correlations in by_group.values()])
    p_fdr, n_tests = adjusted_over(p, groups, family)
    return [
        Correlation(
            group=group,
            receptor=row["receptor"],
            map=name,
            n_participants=len(correlations.rho),
            **correlations.of_map(column),
            p_fdr=float(p_fdr[index * len(receptors) + column]),
            n_fdr_tests=int(n_tests[index * len(receptors) + column]),
            map_n=row.get("n"),
            map_note=row.get("note"),
            other_maps=row.get("other_maps"),
        )
        for index, (group, correlations) in enumerate(by_group.items())
        for column, (name, row) in enumerate(receptors.items())
    ]


def individual_rows(
    group: str,
    patients: Sequence[str],
    correlations: Correlations,
    receptors: Mapping[str, Mapping[str, str]],
) -> list[IndividualCorrelation]:
    """Return one row per map and patient of a group, see :func:`summary_rows`."""
    return [
        IndividualCorrelation(
            participant_id=patient,
            group=group,
            receptor=described["receptor"],
            map=name,
            rho=float(correlations.rho[row, column]),
            fisher_z=float(correlations.fisher_z[row, column]),
            n_regions=int(correlations.n_regions[row, column]),
        )
        for column, (name, described) in enumerate(receptors.items())
        for row, patient in enumerate(patients)
    ]


def adjusted_over(
    p: np.ndarray, groups: np.ndarray, family: Family
) -> tuple[np.ndarray, np.ndarray]:
    """Return adjusted p and the number of tests in its family; an undefined p is no test.

    The family is all tests (``"pooled"``, the paper's) or those of each group.
    """
    families = groups if family == "group" else np.full(len(p), "")
    is_test = np.isfinite(p)
    sizes = [np.count_nonzero(is_test & (families == name)) for name in families]
    return adjusted_p(p, families), np.array(sizes)


def adjusted_p(p: np.ndarray, family: np.ndarray) -> np.ndarray:
    """Benjamini-Hochberg adjusted p values, separately within each family of tests."""
    adjusted = np.empty_like(p)
    for name in np.unique(family):
        members = family == name
        adjusted[members] = benjamini_hochberg(p[members])
    return adjusted


def printed_table(
    rows: Sequence[dict[str, str]], groups: dict[str, str], family: Family
) -> tuple[list[str], list[dict[str, str]]]:
    """Lay correlations out as in print: one row per map, the patient groups side by side.

    Parameters
    ----------
    rows
        Of ``correlations.tsv``.
    groups
        Codes and labels of all groups, in the order of the config.
    family
        Of the adjustment; the heading says how many tests it was over.

    Returns
    -------
    columns, rows
        ``*`` marks an adjusted p below 0.05.
    """
    columns = ["Receptor", "Map"]
    printed: dict[str, dict[str, str]] = {}
    present = [g for g in groups if any(row["group"] == g for row in rows)]
    for group in present:
        own = [row for row in rows if row["group"] == group]
        n_tests = len(rows) if family == "pooled" else len(own)
        name = f"{groups[group]} (n = {own[0]['n_participants']})"
        headings = [
            f"{name}: mean Fisher z",
            f"{name}: mean Spearman's rho",
            f"{name}: p",
            f"{name}: p FDR, {n_tests} tests (* < {ALPHA:g})",
        ]
        columns += headings
        for row in own:
            adjusted = float(row["p_fdr"])
            cells = (
                f"{float(row['mean_fisher_z']):.4f}",
                f"{float(row['mean_rho']):.4f}",
                p_text(float(row["p"])),
                p_text(adjusted) + ("*" if adjusted < ALPHA else ""),
            )
            line = printed.setdefault(
                row["map"], {"Receptor": row["receptor"], "Map": row["map"]}
            )
            line.update(zip(headings, cells, strict=True))
    return columns, list(printed.values())


def p_text(p: float) -> str:
    """Print a p value with four decimals, or two digits where these would be 0."""
    return rounded_p(p, 4) if p >= 0.00005 else f"{p:.1e}"
