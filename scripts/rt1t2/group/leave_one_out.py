"""Whether a cluster stands on single participants: every analysis with one left out."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from scipy import ndimage, stats

from rt1t2.group.clusters import NEIGHBOURS_18
from rt1t2.group.design import Design
from rt1t2.group.model import GroupSums, fit_groups, without
from rt1t2.group.random_fields import equal_p_t
from rt1t2.tables import number

COLUMNS = ("cluster", "participant_id", "peak_t", "n_voxels", "found")


def leave_one_out(
    maps: Iterable[np.ndarray],
    sums: GroupSums,
    design: Design,
    variance: str,
    variances: np.ndarray | None,
    mask: np.ndarray,
    peaks: np.ndarray,
    height_p: float,
    extent_voxels: int,
) -> Iterator[list[dict[str, Any]]]:
    """Analyse the data without each participant and look at every cluster's peak.

    Parameters
    ----------
    maps
        Every participant's values at the mask's voxels, once more in the order in which
        they were summed; only one is held at a time.
    sums
        Of all participants.
    design, variance
        As in :func:`~rt1t2.group.model.fit_groups`.
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
    list of dict
        For each participant one row a cluster: t at its peak, voxels of the cluster that
        the peak then lies in (0: none) and whether that is large enough; NaN and ``None``
        where the reduced sample cannot be tested.
    """
    df = design.df - 1
    height = stats.t.isf(height_p, df) if df >= 1 else np.nan
    volume = np.full(mask.shape, np.nan)
    reported = np.full(mask.shape, np.nan)
    at = tuple(peaks.T)
    for participant, y in enumerate(maps):
        rest = without(sums, design, participant, y)
        fit = fit_groups(rest, design, variance, variances)
        reported[mask] = fit.t
        volume[mask] = equal_p_t(fit.t, fit.df, df)
        labels, _ = ndimage.label(volume > height, NEIGHBOURS_18)
        sizes = np.bincount(labels.ravel())
        sizes[0] = 0
        yield [
            {
                "cluster": cluster,
                "peak_t": float(t),
                "n_voxels": int(n) if np.isfinite(t) else None,
                "found": _yes(n >= max(extent_voxels, 1)) if np.isfinite(t) else None,
            }
            for cluster, (t, n) in enumerate(
                zip(reported[at], sizes[labels[at]], strict=True), start=1
            )
        ]


def stability(
    rows: Sequence[Mapping[str, str]], n_clusters: int
) -> list[dict[str, float]]:
    """Sum the table up: for every cluster the share of analyses that find it, and its lowest peak.

    Both are NaN if an analysis could not be made.
    """
    result = []
    for cluster in range(1, n_clusters + 1):
        mine = [row for row in rows if row["cluster"] == str(cluster)]
        peaks = np.array([number(row["peak_t"]) for row in mine])
        found = np.array([row["found"] == "yes" for row in mine])
        defined = len(mine) > 0 and bool(np.isfinite(peaks).all())
        result.append(
            {
                "loo_share": float(found.mean()) if defined else np.nan,
                "loo_min_peak_t": float(peaks.min()) if defined else np.nan,
            }
        )
    return result


def _yes(value: bool) -> str:
    return "yes" if value else "no"
