"""Rank correlation of regional z scores with receptor maps, and its permutation test.

The measures are those of the JuSpace toolbox (Dukart et al. 2021, 10.1002/hbm.25244):
individual z scores of patients relative to controls. Its permutation scheme is kept for
comparison; the default is free relabelling, whose p values are calibrated.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypedDict

import numpy as np
from scipy.stats import rankdata

from rt1t2.errors import UserError

# Over fewer regions a rank correlation is +1 or -1 by chance, and its Fisher z infinite.
MIN_REGIONS = 10
# Of fewer controls a standard deviation is too uncertain to divide by.
MIN_CONTROLS = 3


Missing = Literal["pairwise", "listwise"]


class MapResult(TypedDict):
    """One map's columns in ``correlations.tsv`` and ``sensitivity.tsv``."""

    n_regions: int
    n_regions_most: int
    mean_fisher_z: float
    mean_rho: float
    n_extreme: int
    n_permutations: int
    p: float


@dataclass(frozen=True)
class Correlations:
    """Correlations of one patient group with every map.

    Attributes
    ----------
    rho
        (patients, maps) Spearman's rho, partial where there is a covariate.
    n_regions
        (patients, maps) number of regions behind each rho.
    null
        (permutations, maps) mean Fisher z of each permutation.
    n_extreme
        (maps,) number of permutations at least as far from 0 as the observed mean.
    """

    rho: np.ndarray
    n_regions: np.ndarray
    null: np.ndarray
    n_extreme: np.ndarray

    @property
    def fisher_z(self) -> np.ndarray:
        """(patients, maps) Fisher z = artanh(rho)."""
        z: np.ndarray = np.arctanh(self.rho)
        return z

    @property
    def p(self) -> np.ndarray:
        """(maps,) two-sided p = (n_extreme + 1) / (permutations + 1)."""
        return (self.n_extreme + 1) / (len(self.null) + 1)

    def of_map(self, column: int) -> MapResult:
        """Return what tables say of one map."""
        return {
            "n_regions": int(self.n_regions[:, column].min()),
            "n_regions_most": int(self.n_regions[:, column].max()),
            "mean_fisher_z": float(self.fisher_z[:, column].mean()),
            "mean_rho": float(self.rho[:, column].mean()),
            "n_extreme": int(self.n_extreme[column]),
            "n_permutations": len(self.null),
            "p": float(self.p[column]),
        }


def correlate_group(
    values: np.ndarray,
    is_patient: np.ndarray,
    maps: np.ndarray,
    covariate: np.ndarray | None,
    allocations: np.ndarray,
    participant_names: Sequence[str],
    map_names: Sequence[str],
    missing: Missing = "pairwise",
) -> Correlations:
    """Correlate patients' z scores with receptor maps, and test the mean by relabelling.

    Region by region z = (patient - mean of controls) / SD of controls (n - 1). Each z
    profile is correlated with each map by Spearman's rho over the regions in which both
    have data (partial Spearman where a covariate is given). The statistic is the mean over
    patients of Fisher z = artanh(rho); each permutation repeats the whole computation. The
    maps' ranks do not permute, which leaves one ranking and one matrix product.

    Parameters
    ----------
    values
        (participants, regions) region means of patients and controls; NaN is missing.
    is_patient
        (participants,) bool.
    maps
        (maps, regions) region means of the receptor maps; NaN is missing.
    covariate
        (regions,) values whose ranks are partialled out, or ``None``.
    allocations
        (permutations, participants) bool: who counts as a patient, from
        :func:`rt1t2.receptors.relabelling.allocate`.
    participant_names, map_names
        For messages.
    missing
        ``pairwise``: a region without data in one patient is left out for that patient.
        ``listwise`` (JuSpace): a region without data in anybody or in any map is left out
        for everybody and every map, so that all rho are over the same regions.

    Raises
    ------
    UserError
        Too few controls or regions, or a map or participant without variation.
    """
    usable = usable_regions(values, int(is_patient.sum()))
    if missing == "listwise":
        usable &= np.isfinite(values).all(axis=0) & np.isfinite(maps).all(axis=0)
    values, maps, covariate, n_regions = on_regions(
        usable, values, maps, covariate, participant_names, map_names
    )
    allocations = np.vstack([is_patient, allocations])
    deviation, mean, sd = _control_moments(values, ~allocations)
    total = np.zeros((len(allocations), len(maps)))
    rho = np.full((len(values), len(maps)), np.nan)
    for columns, with_data in maps_by_regions(maps):
        for person in range(len(values)):
            regions = np.flatnonzero(with_data & np.isfinite(values[person]))
            rows = np.flatnonzero(allocations[:, person])
            cells = np.ix_(rows, regions)
            z = (deviation[person, regions] - mean[cells]) / sd[cells]
            rhos = spearman(
                z,
                maps[np.ix_(columns, regions)],
                None if covariate is None else covariate[regions],
            )
            total[np.ix_(rows, columns)] += np.arctanh(rhos)
            if is_patient[person]:
                rho[person, columns] = rhos[0]

    mean_z = total / is_patient.sum()
    check_defined(mean_z, map_names)
    observed, null = mean_z[0], mean_z[1:]
    return Correlations(
        rho=rho[is_patient],
        n_regions=n_regions[is_patient],
        null=null,
        # 1e-12: the observed labels, met again and summed in another order, count
        n_extreme=(np.abs(null) >= np.abs(observed) - 1e-12).sum(axis=0),
    )


def spearman(
    profiles: np.ndarray, maps: np.ndarray, covariate: np.ndarray | None = None
) -> np.ndarray:
    """Spearman's rho of every profile with every map, partial where there is a covariate.

    Ranks are averages over ties; the partial correlation is Pearson's correlation of the
    residuals of both ranks after regression on a constant and the covariate's ranks.

    Parameters
    ----------
    profiles, maps
        (profiles, regions) and (maps, regions), without NaN.
    covariate
        (regions,) or ``None``.

    Returns
    -------
    np.ndarray
        (profiles, maps); NaN where a profile, a map or its residual does not vary.
    """
    basis = _covariate_basis(covariate, maps.shape[1])
    map_ranks = _without(_centred_ranks(maps), basis)
    # Residuals below 1e-6 of the ranks' own spread are rounding, not variation
    smallest = 1e-12 * maps.shape[1] ** 3 / 12
    ranks = _centred_ranks(profiles)
    with np.errstate(invalid="ignore"):
        map_power = np.einsum("ij,ij->i", map_ranks, map_ranks)
        map_power[map_power < smallest] = np.nan
        power = np.einsum("ij,ij->i", ranks, ranks) - ((ranks @ basis) ** 2).sum(axis=1)
        power[power < smallest] = np.nan
        rho = ranks @ (map_ranks / np.sqrt(map_power)[:, None]).T
        clipped: np.ndarray = np.clip(rho / np.sqrt(power)[:, None], -1.0, 1.0)
        return clipped


def residual_ranks(
    values: np.ndarray, covariate: np.ndarray | None
) -> tuple[np.ndarray, np.ndarray]:
    """Return centred ranks (regions,), and their residuals after the covariate's ranks."""
    ranks = _centred_ranks(values[None, :])
    left = _without(ranks, _covariate_basis(covariate, values.size))
    return ranks[0], left[0]


def z_scores(values: np.ndarray, is_patient: np.ndarray) -> np.ndarray:
    """Return patients' z scores (patients, regions) against the controls' mean and SD."""
    deviation, mean, sd = _control_moments(values, ~is_patient[None, :])
    scores: np.ndarray = (deviation[is_patient] - mean) / sd
    return scores


def usable_regions(values: np.ndarray, n_patients: int) -> np.ndarray:
    """Tell in which regions every choice of controls has a mean and an SD above 0.

    A region without data in a few participants stays: only their own correlations go
    without it.
    """
    n_controls = np.isfinite(values).sum(axis=0) - n_patients  # fewest there can be
    most_alike = np.array(
        [
            np.unique(column[np.isfinite(column)], return_counts=True)[1].max(initial=0)
            for column in values.T
        ]
    )
    usable: np.ndarray = (n_controls >= MIN_CONTROLS) & (most_alike < n_controls)
    return usable


def _control_moments(
    values: np.ndarray, is_control: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    known = np.isfinite(values)
    # Deviations from the mean of all, because sums of squares lose digits far from 0
    deviation = values - np.nanmean(values, axis=0)
    summed = np.where(known, deviation, 0.0)
    chosen = is_control.astype(float)
    n = chosen @ known
    mean = chosen @ summed / n
    variance = (chosen @ summed**2 - n * mean**2) / (n - 1)
    return deviation, mean, np.sqrt(variance)


def _covariate_basis(covariate: np.ndarray | None, n_regions: int) -> np.ndarray:
    if covariate is None:
        return np.zeros((n_regions, 0))
    ranks = _centred_ranks(covariate[None, :])
    basis: np.ndarray = ranks.T / np.linalg.norm(ranks)
    return basis


def _without(ranks: np.ndarray, basis: np.ndarray) -> np.ndarray:
    # Twice: the second pass removes what rounding left along the covariate
    for _ in range(2 if basis.size else 0):
        ranks = ranks - (ranks @ basis) @ basis.T
    return ranks


def maps_by_regions(maps: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
    """Group maps that have data in the same regions: (positions, regions with data)."""
    patterns, member = np.unique(np.isfinite(maps), axis=0, return_inverse=True)
    return [(np.flatnonzero(member == k), row) for k, row in enumerate(patterns)]


def _centred_ranks(rows: np.ndarray) -> np.ndarray:
    order = np.argsort(rows, axis=1)
    ranks = np.empty(rows.shape)
    np.put_along_axis(ranks, order, np.arange(1.0, rows.shape[1] + 1)[None], axis=1)
    ascending = np.take_along_axis(rows, order, axis=1)
    tied = (ascending[:, 1:] == ascending[:, :-1]).any(axis=1)
    if tied.any():
        ranks[tied] = rankdata(rows[tied], axis=1)
    centred: np.ndarray = ranks - (rows.shape[1] + 1) / 2
    return centred


def on_regions(
    usable: np.ndarray,
    values: np.ndarray,
    maps: np.ndarray,
    covariate: np.ndarray | None,
    participant_names: Sequence[str],
    map_names: Sequence[str],
) -> tuple[np.ndarray, np.ndarray, np.ndarray | None, np.ndarray]:
    """Keep the usable regions, those without the covariate left out, and check that they suffice.

    Returns
    -------
    values, maps, covariate, n_regions
        Of the kept regions; the number with data in both, (participants, maps).

    Raises
    ------
    UserError
        Too few regions.
    """
    if covariate is not None:
        usable = usable & np.isfinite(covariate)
        covariate = covariate[usable]
    values, maps = values[:, usable], maps[:, usable]
    n_regions = np.isfinite(values).astype(int) @ np.isfinite(maps).T.astype(int)
    _check_regions(n_regions, usable, participant_names, map_names)
    return values, maps, covariate, n_regions


def _check_regions(
    n_regions: np.ndarray,
    usable: np.ndarray,
    participant_names: Sequence[str],
    map_names: Sequence[str],
) -> None:
    """Stop where regions are too few; ``n_regions`` (participants, maps) have data in both."""
    if usable.sum() < MIN_REGIONS:
        raise UserError(
            f"receptor correlations: {usable.sum()} of {usable.size} atlas regions vary "
            f"over the participants and have data in {MIN_CONTROLS} controls in every "
            f"relabelling; {MIN_REGIONS} are needed. Check receptors.atlas and that the maps cover "
            "the brain."
        )
    for person, column in np.argwhere(n_regions < MIN_REGIONS)[:1]:
        raise UserError(
            f"receptor correlations: {participant_names[person]} and receptor map "
            f"{map_names[column]} both have data in only {n_regions[person, column]} of "
            f"{usable.sum()} atlas regions; {MIN_REGIONS} are needed. Check both images, set "
            "exclude in the participants table, or leave the map out of the receptor table."
        )


def check_defined(mean_z: np.ndarray, map_names: Sequence[str]) -> None:
    """Stop at a map whose mean Fisher z (relabellings, maps) is not always defined."""
    for name, column in zip(map_names, mean_z.T, strict=True):
        if not np.isfinite(column).all():
            raise UserError(
                f"receptor correlations: the correlation with {name} is undefined. The map "
                "(or what the covariate leaves of it) does not vary over the regions that "
                "it shares with a participant, or a participant's values do not, or their "
                "ranks are identical. Check the image, or leave it out of the receptor "
                "table."
            )
