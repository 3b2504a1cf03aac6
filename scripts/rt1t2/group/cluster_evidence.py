"""Columns of the cluster table that SPM does not have: effect, evidence, permutation, lesions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields

import numpy as np

from rt1t2.group.clusters import Cluster
from rt1t2.group.coarse_grid import Start, subsample
from rt1t2.group.leave_one_out import Stability
from rt1t2.nifti import nib

EFFECTS = ("hedges_g", "hedges_g_low", "hedges_g_high", "log10_bf10")
P_MAPS = ("cluster_p_fwe_permutation", "tfce_p_fwe")


@dataclass(frozen=True)
class EvidenceMaps:
    """The maps from which the evidence of clusters is read.

    Attributes
    ----------
    effects
        Each of EFFECTS, shape (x, y, z).
    p
        Each of P_MAPS, on every ``step``-th voxel from ``start`` on.
    lesions
        How many of all analysed participants have a lesion at each voxel, shape (x, y, z).
    step, start
        See :func:`~rt1t2.group.coarse_grid.subsample`.
    """

    effects: Mapping[str, np.ndarray]
    p: Mapping[str, np.ndarray]
    lesions: np.ndarray
    step: int
    start: Start | None = None


@dataclass(frozen=True)
class ClusterEvidence:
    """Columns of ``clusters.tsv`` that SPM does not have.

    Attributes
    ----------
    cluster_p_fwe_permutation, tfce_p_fwe
        Smallest p in the cluster; NaN for a cluster without a sampled voxel.
    hedges_g, hedges_g_low, hedges_g_high, log10_bf10
        At the peak.
    mean_log10_bf10
        Over the cluster.
    loo_share, loo_min_peak_t
        :class:`~rt1t2.group.leave_one_out.Stability`.
    lesion_share
        Share of the cluster's voxels at which anybody has a lesion; NaN where nobody has one.
    """

    cluster_p_fwe_permutation: float
    tfce_p_fwe: float
    hedges_g: float
    hedges_g_low: float
    hedges_g_high: float
    log10_bf10: float
    mean_log10_bf10: float
    loo_share: float
    loo_min_peak_t: float
    lesion_share: float


EVIDENCE_COLUMNS = tuple(field.name for field in fields(ClusterEvidence))


def cluster_evidence(
    clusters: Sequence[Cluster],
    labels: np.ndarray,
    affine: np.ndarray,
    maps: EvidenceMaps,
    stability: Sequence[Stability],
) -> list[ClusterEvidence]:
    """Return the evidence of each cluster.

    Parameters
    ----------
    clusters
        The clusters, of which the peaks' coordinates are used.
    labels
        Label image, shape (x, y, z); label k is the k-th cluster.
    affine
        Voxel to RAS mm.
    maps
        Effects, p and lesions.
    stability
        One per cluster.
    """
    n_clusters = len(clusters)
    peaks = peak_voxels(clusters, affine)
    columns = {name: image[peaks] for name, image in maps.effects.items()}
    columns["mean_log10_bf10"] = _means(labels, maps.effects["log10_bf10"], n_clusters)
    damaged = maps.lesions > 0
    known = damaged if damaged.any() else np.full(labels.shape, np.nan)
    columns["lesion_share"] = _means(labels, known, n_clusters)
    for name, p in maps.p.items():
        columns[name] = smallest_p(labels, p, maps.step, n_clusters, maps.start)
    return [
        ClusterEvidence(
            **{name: float(values[index]) for name, values in columns.items()},
            loo_share=stable.share,
            loo_min_peak_t=stable.min_peak_t,
        )
        for index, stable in enumerate(stability)
    ]


def peak_voxels(
    clusters: Sequence[Cluster], affine: np.ndarray
) -> tuple[np.ndarray, ...]:
    """Return the voxel indices of the clusters' peaks, one array per axis."""
    mm = np.array([[c.peak_x_mm, c.peak_y_mm, c.peak_z_mm] for c in clusters])
    voxels = nib.affines.apply_affine(np.linalg.inv(affine), mm.reshape(-1, 3))
    return tuple(np.rint(voxels).astype(int).T)


def smallest_p(
    labels: np.ndarray,
    p: np.ndarray,
    step: int,
    n_clusters: int,
    start: Start | None = None,
) -> np.ndarray:
    """Return the smallest p that a map on every ``step``-th voxel has in each cluster.

    NaN for a cluster without such a voxel, and where the map is undefined.
    """
    coarse = subsample(labels, step, start)
    result = np.full(n_clusters, np.nan)
    for index in range(n_clusters):
        values = p[coarse == index + 1]
        if np.isfinite(values).any():
            result[index] = np.nanmin(values)
    return result


def _means(labels: np.ndarray, image: np.ndarray, n_clusters: int) -> np.ndarray:
    inside = labels > 0
    total = np.bincount(labels[inside], image[inside], n_clusters + 1)
    sizes = np.bincount(labels[inside], minlength=n_clusters + 1)
    return total[1:] / sizes[1:]
