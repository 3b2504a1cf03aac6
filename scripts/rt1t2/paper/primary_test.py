"""The one test that decides what is said to be found; the config names it beforehand."""

from collections.abc import Mapping
from dataclasses import dataclass

from rt1t2.qc.metrics import number


@dataclass(frozen=True)
class PrimaryTest:
    """A family-wise p of a cluster.

    Attributes
    ----------
    column
        Its column in ``clusters.tsv``.
    printed
        Its column in table 2.
    words
        What it tests, and how.
    permutes
        Whether its p comes from permutations.
    """

    column: str
    printed: str
    words: str
    permutes: bool = False

    def printed_p(self, row: Mapping[str, str]) -> float:
        """Read the p of a row of table 2; ``<0.001`` counts as 0.001, n/a as NaN."""
        return number(row.get(self.printed, "n/a").replace("<", "").strip())


# By the value of statistics.primary_test
PRIMARY_TESTS = {
    "permutation_extent": PrimaryTest(
        *("cluster_p_fwe_permutation", "p FWE (extent, permutation)"),
        "cluster extent, by permutation",
        permutes=True,
    ),
    "permutation_tfce": PrimaryTest(
        *("tfce_p_fwe", "p FWE (TFCE, permutation)"),
        "TFCE, by permutation",
        permutes=True,
    ),
    "random_field_extent": PrimaryTest(
        *("cluster_p_fwe", "p FWE (cluster)"), "cluster extent, by random field theory"
    ),
    "random_field_peak": PrimaryTest(
        *("peak_p_fwe", "p FWE (peak)"), "height of the peak, by random field theory"
    ),
}
