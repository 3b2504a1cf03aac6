"""Whether a cluster depends on single participants: the analysis without each of them in turn."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields

import numpy as np
from scipy import ndimage, stats

from rt1t2.group.clusters import NEIGHBOURS_18, find_clusters
from rt1t2.group.design import Design
from rt1t2.group.model import fit_groups, sum_groups, without
from rt1t2.group.model_record import ModelRecord
from rt1t2.group.random_fields import equal_p_f, equal_p_t
from rt1t2.tables import number


@dataclass(frozen=True)
class Omission:
    """One cluster in the analysis without one participant: a row of ``leave_one_out.tsv``.

    Attributes
    ----------
    cluster
        Number of the cluster in the whole sample.
    participant_id
        Who is left out.
    peak_t
        t, or F, at the cluster's peak; NaN where the reduced sample cannot be tested.
    n_voxels
        Voxels of the cluster that then contains the peak, 0 if none does.
    found
        ``yes`` if that is at least the extent threshold, else ``no``.
    """

    cluster: int
    participant_id: str
    peak_t: float
    n_voxels: int | None
    found: str | None


COLUMNS = tuple(field.name for field in fields(Omission))


@dataclass(frozen=True)
class Stability:
    """A cluster over all omissions; NaN if one of the analyses could not be made.

    Attributes
    ----------
    share
        Share of the analyses that find the cluster.
    min_peak_t
        Lowest t at its peak.
    """

    share: float
    min_peak_t: float


def omit_each(
    maps: Sequence[np.ndarray],
    design: Design,
    model: ModelRecord,
    t: np.ndarray,
    df: np.ndarray,
    height_p: float,
    extent_voxels: int,
) -> list[Omission]:
    """Find the clusters of a contrast, and look for each of them without each participant.

    Parameters
    ----------
    maps
        Each participant's values where t is defined. They are read twice, one at a time;
        none is read where there is no cluster.
    design, model
        Of the whole sample.
    t, df
        Of the whole sample, shape (x, y, z); NaN where not tested.
    height_p, extent_voxels
        Thresholds of a cluster.

    Returns
    -------
    list of Omission
        One cluster after the other.
    """
    clusters = find_clusters(
        model.common(t, df), model.field(int(np.isfinite(t).sum())).height(height_p)
    )
    peaks = clusters.peaks(clusters.large(extent_voxels))
    if len(peaks) == 0:
        return []
    analyses = leave_one_out(
        maps,
        design,
        model.variance,
        model.missing,
        model.relative_variance,
        np.isfinite(t),
        peaks,
        height_p,
        extent_voxels,
    )
    omissions = [omission for analysis in analyses for omission in analysis]
    return sorted(omissions, key=lambda omission: omission.cluster)


def leave_one_out(
    maps: Sequence[np.ndarray],
    design: Design,
    variance: str,
    missing: str,
    variances: np.ndarray | None,
    mask: np.ndarray,
    peaks: np.ndarray,
    height_p: float,
    extent_voxels: int,
) -> Iterator[list[Omission]]:
    """Analyse the data without each participant and look at every cluster's peak.

    Parameters
    ----------
    maps
        Each participant's values at the mask's voxels, shape (voxels,).
    design, variance, missing
        As in :func:`~rt1t2.group.model.fit_groups` and
        :func:`~rt1t2.group.model.sum_groups`.
    variances
        The groups' variances of the whole sample: they are not estimated again.
    mask
        Tested voxels, shape (x, y, z).
    peaks
        Voxel indices of the clusters' peaks, shape (clusters, 3).
    height_p, extent_voxels
        Thresholds; t at the height has one degree of freedom less than the whole sample.

    Yields
    ------
    list of Omission
        For each participant every cluster.
    """
    sums = sum_groups(maps, design, int(mask.sum()), missing)
    df = design.df - 1
    height = _height(design, df, height_p) if df >= 1 else np.nan
    volume = np.full(mask.shape, np.nan)
    reported = np.full(mask.shape, np.nan)
    at_peaks = tuple(peaks.T)
    for index, (participant, y) in enumerate(
        zip(design.participants, maps, strict=True)
    ):
        rest = without(sums, design, index, y)
        fit = fit_groups(rest, design, variance, variances)
        reported[mask] = fit.t
        volume[mask] = (
            equal_p_f(fit.t, design.rank, fit.df, df)
            if design.statistic == "F"
            else equal_p_t(fit.t, fit.df, df)
        )
        labels, _ = ndimage.label(volume > height, NEIGHBOURS_18)
        sizes = np.bincount(labels.ravel())
        sizes[0] = 0
        yield [
            _omission(cluster, participant, float(t), int(n), extent_voxels)
            for cluster, (t, n) in enumerate(
                zip(reported[at_peaks], sizes[labels[at_peaks]], strict=True), start=1
            )
        ]


def _height(design: Design, df: int, height_p: float) -> float:
    if design.statistic == "F":
        return float(stats.f.isf(height_p, design.rank, df))
    return float(stats.t.isf(height_p, df))


def stability(rows: Sequence[Mapping[str, str]], n_clusters: int) -> list[Stability]:
    """Sum up ``leave_one_out.tsv``: one :class:`Stability` per cluster."""
    result = []
    for cluster in range(1, n_clusters + 1):
        omissions = [row for row in rows if row["cluster"] == str(cluster)]
        peaks = np.array(
            [number(row.get("peak_t") or row["peak_f"]) for row in omissions]
        )
        is_found = np.array([row["found"] == "yes" for row in omissions])
        if len(peaks) > 0 and np.isfinite(peaks).all():
            result.append(Stability(float(is_found.mean()), float(peaks.min())))
        else:
            result.append(Stability(np.nan, np.nan))
    return result


def _omission(
    cluster: int, participant: str, peak_t: float, n_voxels: int, extent_voxels: int
) -> Omission:
    if not np.isfinite(peak_t):
        return Omission(cluster, participant, peak_t, None, None)
    found = "yes" if n_voxels >= max(extent_voxels, 1) else "no"
    return Omission(cluster, participant, peak_t, n_voxels, found)
