"""What is known of each cluster beside SPM's columns: effect, evidence, permutation, stability."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from rt1t2.group.coarse_grid import every
from rt1t2.nifti import nib

EVIDENCE_COLUMNS = (
    *("cluster_p_fwe_permutation", "tfce_p_fwe"),
    *("hedges_g", "hedges_g_low", "hedges_g_high"),
    *("log10_bf10", "mean_log10_bf10", "loo_share", "loo_min_peak_t"),
)


def cluster_evidence(
    rows: Sequence[Mapping[str, Any]],
    labels: np.ndarray,
    affine: np.ndarray,
    maps: Mapping[str, np.ndarray],
    p_maps: Mapping[str, np.ndarray],
    step: int,
) -> list[dict[str, float]]:
    """Return the columns that maps give each cluster.

    Parameters
    ----------
    rows
        Rows of the clusters' table, of which the peaks' coordinates are used.
    labels
        Label image, shape (x, y, z); label k belongs to row k.
    affine
        Voxel to RAS mm.
    maps
        ``hedges_g``, ``hedges_g_low``, ``hedges_g_high`` and ``log10_bf10``, whose values
        at the peaks are returned; of the last also the mean over the cluster.
    p_maps
        p by column name, on every ``step``-th voxel.
    step
        See :func:`~rt1t2.group.coarse_grid.every`.
    """
    n_clusters = len(rows)
    columns = {name: image[peak_voxels(rows, affine)] for name, image in maps.items()}
    columns["mean_log10_bf10"] = _means(labels, maps["log10_bf10"], n_clusters)
    for name, p in p_maps.items():
        columns[name] = smallest_p(labels, p, step, n_clusters)
    return [
        {name: float(values[index]) for name, values in columns.items()}
        for index in range(n_clusters)
    ]


def peak_voxels(
    rows: Sequence[Mapping[str, Any]], affine: np.ndarray
) -> tuple[np.ndarray, ...]:
    """Return the voxel indices of the clusters' peaks, one array an axis."""
    mm = np.array([[row[f"peak_{axis}_mm"] for axis in "xyz"] for row in rows])
    voxels = nib.affines.apply_affine(np.linalg.inv(affine), mm.reshape(-1, 3))
    return tuple(np.rint(voxels).astype(int).T)


def smallest_p(
    labels: np.ndarray, p: np.ndarray, step: int, n_clusters: int
) -> np.ndarray:
    """Return the smallest p that a map on every ``step``-th voxel has in each cluster.

    NaN for a cluster without such a voxel, and where the map is undefined.
    """
    coarse = every(labels, step)
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
