"""Whether protocol and group are confounded, and the plain words for it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from rt1t2.group.demographics import fisher_exact

SIGNIFICANT = 0.05
UNKNOWN = "n/a"

Row = Mapping[str, str]


@dataclass(frozen=True)
class Association:
    """How protocols spread over two groups: p, how many share a protocol, and of how many."""

    groups: tuple[str, str]
    p: float
    n_sharing: int
    n: int

    @property
    def confounded(self) -> bool:
        """Whether the groups have no protocol in common."""
        return self.n_sharing == 0

    @property
    def associated(self) -> bool:
        """Whether protocols and groups go together more than by chance."""
        return self.p < SIGNIFICANT


def associations(rows: Sequence[Row], groups: Sequence[str]) -> list[Association]:
    """Test every two groups (exact test of Fisher, Freeman and Halton).

    Parameters
    ----------
    rows
        ``group`` and ``protocol`` of everybody; unknown protocols are left out.
    groups
        Codes of the groups. Those without a known protocol, and pairs with one protocol
        in all, are left out.
    """
    found = []
    known = [row for row in rows if row["protocol"] != UNKNOWN]
    for pair in combinations(groups, 2):
        members = [row for row in known if row["group"] in pair]
        counts = [
            tuple(
                sum(
                    (row["protocol"], row["group"]) == (protocol, group)
                    for row in known
                )
                for group in pair
            )
            for protocol in sorted({row["protocol"] for row in members})
        ]
        if len(counts) < 2 or not all(
            sum(column) for column in zip(*counts, strict=True)
        ):
            continue
        sharing = sum(sum(one) for one in counts if all(one))
        p = fisher_exact(counts).p
        found.append(Association(pair, p, sharing, len(members)))
    return found


def warnings(
    found: Sequence[Association], groups: Mapping[str, str], adjusted: bool
) -> list[str]:
    """Say in plain words which groups cannot be compared, or only with a covariate.

    Parameters
    ----------
    found
        :func:`associations`.
    groups
        Code -> printed name.
    adjusted
        Whether ``protocol`` is among ``statistics.covariates``.
    """
    texts = []
    for one in found:
        a, b = (groups[code] for code in one.groups)
        if one.confounded:
            texts.append(
                f"{a} and {b} were scanned with different protocols, and none was used for "
                "both. A difference of their ratio cannot be told from the difference of "
                "the protocols; no calibration and no covariate can mend this."
            )
        elif one.associated:
            text = (
                f"Protocol goes with group: {a} and {b} were scanned with different shares "
                f"of the protocols (p = {one.p:.2g}; {one.n_sharing} of {one.n} have a "
                "protocol that is in both groups). A difference of their ratio may be one of "
                "the protocols. "
            )
            texts.append(
                text + "The analysis adjusts for protocol (statistics.covariates)."
                if adjusted
                else text + "Add protocol to statistics.covariates."
            )
    several = {code for one in found for code in one.groups}
    if several and not texts and not adjusted:
        texts.append(
            "The cohort has several protocols. The calibration does not make them "
            "comparable: consider statistics.covariates: [protocol]."
        )
    return texts
