"""How well the number of permutations decides whether a cluster is found."""

from collections.abc import Mapping, Sequence
from typing import Any

from scipy import stats

from rt1t2.paper.primary_test import PrimaryTest
from rt1t2.significance import ALPHA

Row = Mapping[str, str]


def uncertain(
    summaries: Sequence[Mapping[str, Any]],
    table_2: Sequence[Row],
    primary: PrimaryTest,
) -> list[str]:
    """Name the contrasts where other random permutations could decide otherwise.

    Parameters
    ----------
    summaries
        ``summary.json`` of every contrast.
    table_2
        Its rows.
    primary
        The test that decides; nothing is said of one that does not permute.

    Returns
    -------
    list of str
        One sentence for each p whose 95 % interval includes 0.05: p comes from N
        random permutations of which k = p (N + 1) - 1 were as large, and k of N has the exact
        interval of Clopper & Pearson (1934, 10.1093/biomet/26.4.404).
    """
    if not primary.permutes:
        return []
    random = {
        summary["contrast"]: made["permutations"]
        for summary in summaries
        if (made := summary.get("permutation") or {}).get("permutations")
        and not made.get("exhaustive")
    }
    texts = []
    for row in table_2:
        contrast, p = row["Contrast"], primary.printed_p(row)
        if contrast not in random or p != p:
            continue
        low, high = interval(p, random[contrast])
        if low < ALPHA < high:
            texts.append(
                f"{contrast}: p(FWE) = {p:.3f} comes from {random[contrast]:,} permutations, "
                f"with a 95 % interval of {low:.3f} to {high:.3f}. More of them "
                "(statistics.permutations) decide whether it is below 0.05."
            )
    return texts


def interval(p: float, n: int) -> tuple[float, float]:
    """Return the 95 % interval of a p that n random permutations gave."""
    as_large = min(max(round(p * (n + 1)) - 1, 0), n)
    low, high = stats.binomtest(as_large, n).proportion_ci(method="exact")
    return float(low), float(high)
