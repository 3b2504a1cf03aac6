"""What is known of each cluster beside SPM's columns: effect, evidence, permutation, stability."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from rt1t2.coarse_grid import every
from rt1t2.nifti import nib

EVIDENCE_COLUMNS = (
    *("cluster_p_fwe_permutation", "tfce_p_fwe"),
    *("hedges_g", "hedges_g_low", "hedges_g_high"),
    *("log10_bf10", "mean_log10_bf10", "loo_share", "loo_min_peak_t"),
)


def peak_voxels(
    rows: Sequence[Mapping[str, Any]], affine: np.ndarray
) -> tuple[np.ndarray, ...]:
    """Return the voxel indices of the clusters' peaks, one array an axis."""
    mm = np.array([[row[f"peak_{axis}_mm"] for axis in "xyz"] for row in rows])
    voxels = nib.affines.apply_affine(np.linalg.inv(affine), mm.reshape(-1, 3))
    return tuple(np.rint(voxels).astype(int).T)


def at_peaks(
    maps: Mapping[str, np.ndarray], peaks: tuple[np.ndarray, ...]
) -> list[dict[str, float]]:
    """Return the value of every map at every peak."""
    return [
        {name: float(image[voxel]) for name, image in maps.items()}
        for voxel in zip(*peaks, strict=True)
    ]


def over_clusters(labels: np.ndarray, image: np.ndarray, n_clusters: int) -> np.ndarray:
    """Return the mean of an image over each cluster, shape (clusters,)."""
    inside = labels > 0
    total = np.bincount(labels[inside], image[inside], n_clusters + 1)
    return (
        total / np.maximum(np.bincount(labels[inside], minlength=n_clusters + 1), 1)
    )[1:]


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
