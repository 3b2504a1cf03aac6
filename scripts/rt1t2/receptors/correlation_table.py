"""Rows of the receptor tables, and the p values adjusted over them."""

from collections.abc import Iterator, Sequence
from typing import Any, Literal

import numpy as np

from rt1t2.false_discovery import benjamini_hochberg
from rt1t2.receptors.correlation import Correlations
from rt1t2.significance import ALPHA

Family = Literal["pooled", "group"]
Row = dict[str, Any]

CORRELATIONS = (
    "group receptor map n_participants n_regions mean_fisher_z mean_rho n_extreme "
    "n_permutations p p_fdr n_fdr_tests map_n map_note other_maps"
).split()
INDIVIDUAL = "participant_id group receptor map rho fisher_z n_regions".split()


def summary_rows(
    group: str, chosen: dict[str, dict[str, str]], found: Correlations
) -> Iterator[Row]:
    """Return one row a map of a group's correlations, all but ``p_fdr``.

    ``chosen`` gives each map's row of the receptor table, in the order of the
    correlations; sample size, note and the other maps of the same receptor are repeated.
    ``n_regions`` is the smallest number behind any patient's correlation.
    """
    for column, (name, row) in enumerate(chosen.items()):
        yield {
            "group": group,
            "receptor": row["receptor"],
            "map": name,
            "n_participants": len(found.rho),
            "n_regions": found.n_regions[:, column].min(),
            "mean_fisher_z": found.fisher_z[:, column].mean(),
            "mean_rho": found.rho[:, column].mean(),
            "n_extreme": found.n_extreme[column],
            "n_permutations": len(found.null),
            "p": found.p[column],
            "map_n": row.get("n"),
            "map_note": row.get("note"),
            "other_maps": row.get("other_maps"),
        }


def individual_rows(
    group: str,
    chosen: dict[str, dict[str, str]],
    patients: Sequence[str],
    found: Correlations,
) -> Iterator[Row]:
    """Return one row a map and patient."""
    for column, (name, described) in enumerate(chosen.items()):
        for row, patient in enumerate(patients):
            yield {
                "participant_id": patient,
                "group": group,
                "receptor": described["receptor"],
                "map": name,
                "rho": found.rho[row, column],
                "fisher_z": found.fisher_z[row, column],
                "n_regions": found.n_regions[row, column],
            }


def add_adjusted_p(rows: Sequence[Row], family: Family) -> None:
    """Add ``p_fdr`` and the number of tests in its family.

    The family is all tests (``"pooled"``, the paper's) or those of each group; rows without
    a p are no tests.
    """
    rows = [row for row in rows if row.get("p") is not None]
    p = np.array([row["p"] for row in rows])
    families = np.array([row["group"] if family == "group" else "" for row in rows])
    for row, adjusted in zip(rows, adjusted_p(p, families), strict=True):
        row["p_fdr"] = adjusted
    for row, name in zip(rows, families, strict=True):
        row["n_fdr_tests"] = int((families == name).sum())


def adjusted_p(p: np.ndarray, family: np.ndarray) -> np.ndarray:
    """Benjamini-Hochberg adjusted p values, separately within each family of tests."""
    adjusted = np.empty_like(p)
    for name in np.unique(family):
        members = family == name
        adjusted[members] = benjamini_hochberg(p[members])
    return adjusted


def printed_table(
    rows: Sequence[dict[str, str]], groups: dict[str, str], family: Family
) -> tuple[list[str], list[Row]]:
    """Lay correlations out as in print: a map a row, the patient groups side by side.

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
    printed: dict[str, Row] = {}
    present = [g for g in groups if any(row["group"] == g for row in rows)]
    for group in present:
        own = [row for row in rows if row["group"] == group]
        n_tests = len(rows) if family == "pooled" else len(own)
        name = f"{groups[group]} (n = {own[0]['n_participants']})"
        headings = [
            f"{name}: mean Fisher z",
            f"{name}: mean Spearman's rho",
            f"{name}: p",
            f"{name}: p FDR, {n_tests} tests (* < 0.05)",
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
    return f"{p:.4f}" if p >= 0.00005 else f"{p:.1e}"
