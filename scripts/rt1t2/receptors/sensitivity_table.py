"""Rows of the sensitivity table: what each variant of the receptor correlations gives."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from math import nan

import numpy as np

from rt1t2.receptors.correlation import Correlations
from rt1t2.receptors.correlation_table import Family, adjusted_over
from rt1t2.receptors.variants import LeftOut
from rt1t2.significance import ALPHA


@dataclass(frozen=True)
class Sensitivity:
    """One patient group, map and variant: a row of ``sensitivity.tsv``.

    Attributes
    ----------
    covariate
        ``GM`` or ``none``.
    n_regions, n_regions_most
        Smallest and largest number of regions behind any patient's correlation.
    n_extreme, n_permutations
        Of the permutations, or of the random maps of ``spatial_null``.
    fisher_z_low, fisher_z_high, p_low, p_high
        Range over the omissions of ``leave_one_out``.
    n_omissions, n_sign_changes, n_significance_changes
        Analyses without one participant, and how many of them change the sign of the mean
        Fisher z, or whether p is below ALPHA.
    most_influential
        Whose omission changes the mean Fisher z most.
    note
        Why the variant cannot be computed.
    """

    group: str
    receptor: str
    map: str
    variant: str
    covariate: str
    n_participants: int
    n_regions: int | None = None
    mean_fisher_z: float = nan
    mean_rho: float = nan
    n_extreme: int | None = None
    n_permutations: int | None = None
    p: float = nan
    p_fdr: float = nan
    fisher_z_low: float = nan
    fisher_z_high: float = nan
    p_low: float = nan
    p_high: float = nan
    n_omissions: int | None = None
    n_sign_changes: int | None = None
    n_significance_changes: int | None = None
    most_influential: str | None = None
    note: str | None = None
    n_regions_most: int | None = None


SENSITIVITY = [field.name for field in fields(Sensitivity)]


@dataclass(frozen=True)
class VariantRows:
    """What the rows of one patient group and variant share.

    Attributes
    ----------
    receptors
        The receptor of each map, in the order of the correlations.
    """

    group: str
    variant: str
    covariate: str
    n_participants: int
    receptors: Mapping[str, str]

    def empty(self, map_name: str, note: str | None = None) -> Sensitivity:
        """Return the row of one map without numbers, with the reason why."""
        return Sensitivity(
            group=self.group,
            receptor=self.receptors[map_name],
            map=map_name,
            variant=self.variant,
            covariate=self.covariate,
            n_participants=self.n_participants,
            note=note,
        )

    def undefined(self, reason: str) -> list[Sensitivity]:
        """Return one row per map of a variant that cannot be computed."""
        return [self.empty(name, reason) for name in self.receptors]

    def correlated(self, correlations: Correlations) -> list[Sensitivity]:
        """Return one row per map of a variant that is tested by relabelling."""
        return [
            replace(
                self.empty(name),
                **correlations.of_map(column),
            )
            for column, name in enumerate(self.receptors)
        ]

    def against_null(
        self, column: int, correlations: Correlations, null: np.ndarray
    ) -> Sensitivity:
        """Return the row of one map against a null distribution of its own.

        Parameters
        ----------
        column
            Position of the map.
        correlations
            The correlations, whose mean Fisher z is compared.
        null
            (random maps,) mean Fisher z; p = (n_extreme + 1) / (random maps + 1).
        """
        observed = float(correlations.fisher_z[:, column].mean())
        n_extreme = int((np.abs(null) >= abs(observed) - 1e-12).sum())
        return replace(
            self.empty(list(self.receptors)[column]),
            n_regions=int(correlations.n_regions[:, column].min()),
            n_regions_most=int(correlations.n_regions[:, column].max()),
            mean_fisher_z=observed,
            mean_rho=float(correlations.rho[:, column].mean()),
            n_extreme=n_extreme,
            n_permutations=len(null),
            p=(n_extreme + 1) / (len(null) + 1),
        )

    def left_out(self, main: Correlations, omissions: LeftOut) -> list[Sensitivity]:
        """Return one row per map with the range over omissions, and the changes."""
        if not omissions.names:
            return self.undefined("nobody can be left out")
        rows = []
        for column, name in enumerate(self.receptors):
            z, p = omissions.mean_z[:, column], omissions.p[:, column]
            main_z = main.fisher_z[:, column].mean()
            changed = (p < ALPHA) != (main.p[column] < ALPHA)
            rows.append(
                replace(
                    self.empty(name),
                    fisher_z_low=float(z.min()),
                    fisher_z_high=float(z.max()),
                    p_low=float(p.min()),
                    p_high=float(p.max()),
                    n_omissions=len(omissions.names),
                    n_sign_changes=int((np.sign(z) != np.sign(main_z)).sum()),
                    n_significance_changes=int(changed.sum()),
                    most_influential=omissions.names[int(np.abs(z - main_z).argmax())],
                )
            )
        return rows


def with_adjusted_p(rows: Sequence[Sensitivity], family: Family) -> list[Sensitivity]:
    """Return the rows with ``p_fdr``, adjusted within each variant and its family."""
    p = np.array([row.p for row in rows])
    groups = np.array([row.group for row in rows])
    variants = np.array([row.variant for row in rows])
    p_fdr = np.full(len(rows), np.nan)
    for variant in np.unique(variants):
        members = variants == variant
        p_fdr[members], _ = adjusted_over(p[members], groups[members], family)
    return [
        replace(row, p_fdr=float(value)) for row, value in zip(rows, p_fdr, strict=True)
    ]
