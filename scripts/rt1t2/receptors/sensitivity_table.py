"""Rows of the sensitivity table: what each variant of the receptor correlations gives."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from math import nan

import numpy as np

from rt1t2.receptors.correlation import Correlations
from rt1t2.receptors.correlation_table import Family, adjusted_over
from rt1t2.receptors.variants import LeftOut
from rt1t2.significance import ALPHA
from rt1t2.tables import described


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
        Range over the omissions of ``leave_one_out`` and ``leave_one_region_out``; the
        latter has no p.
    n_omissions, n_sign_changes, n_significance_changes
        Analyses without one participant or region, and how many of them change the sign of
        the mean Fisher z, or whether p is below ALPHA.
    most_influential
        Whose (or which region's) omission changes the mean Fisher z most.
    note
        Why the variant cannot be computed.
    randomised
        Of ``spatial_null``: the map that was randomised, ``receptor_map`` or ``ratio_map``.
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
    randomised: str | None = None


SENSITIVITY = [field.name for field in fields(Sensitivity)]
# Variants that ask where a correlation comes from: no choice that a finding has to survive
OF_REGIONS = ("cortex", "subcortex", "leave_one_region_out")


def about_sensitivity() -> dict[str, dict[str, str]]:
    """Describe the columns of ``sensitivity.tsv`` for its JSON file, as BIDS does."""
    told = {
        "group": "patient group",
        "receptor": "receptor of the map",
        "map": "name of the receptor map",
        "variant": "main, or what was done otherwise",
        "covariate": "GM: given the regional grey-matter probability; none",
        "n_participants": "patients",
        "n_regions": "smallest number of regions behind any patient's correlation",
        "mean_fisher_z": "mean over patients of Fisher's z of Spearman's rho",
        "mean_rho": "mean over patients of Spearman's rho",
        "n_extreme": "permutations, or random maps, at least as far from 0",
        "n_permutations": "permutations, or random maps",
        "p": "two-sided p, uncorrected",
        "p_fdr": "p by Benjamini and Hochberg within the variant",
        "fisher_z_low": "smallest mean Fisher z with one participant or region left out",
        "fisher_z_high": "largest mean Fisher z with one participant or region left out",
        "p_low": "smallest p with one participant left out",
        "p_high": "largest p with one participant left out",
        "n_omissions": "participants or regions that were left out, each in turn",
        "n_sign_changes": "omissions that change the sign of the mean Fisher z",
        "n_significance_changes": f"omissions that change whether p is below {ALPHA}",
        "most_influential": "whose or which region's omission changes the mean Fisher z most",
        "note": "why the variant cannot be computed",
        "n_regions_most": "largest number of regions behind any patient's correlation",
        "randomised": "of spatial_null: receptor_map, or ratio_map (the patients' z scores)",
    }
    return described(SENSITIVITY, told)


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
            had_part = np.flatnonzero(np.isfinite(omissions.mean_z[:, column]))
            z, p = omissions.mean_z[had_part, column], omissions.p[had_part, column]
            main_z = main.fisher_z[:, column].mean()
            most = had_part[np.abs(z - main_z).argmax()]
            row = replace(
                self.empty(name),
                fisher_z_low=float(z.min()),
                fisher_z_high=float(z.max()),
                p_low=float(p.min()),
                p_high=float(p.max()),
                n_omissions=len(had_part),
                n_sign_changes=int((np.sign(z) != np.sign(main_z)).sum()),
                most_influential=omissions.names[most],
            )
            if np.isfinite(p).all():
                changed = (p < ALPHA) != (main.p[column] < ALPHA)
                row = replace(row, n_significance_changes=int(changed.sum()))
            rows.append(row)
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
