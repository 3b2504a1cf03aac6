"""Clusters and local maxima of a thresholded t map, in the order and with the p values of SPM12."""

from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
from scipy import ndimage

from rt1t2.false_discovery import benjamini_hochberg
from rt1t2.group.random_fields import TField
from rt1t2.nifti import nib
from rt1t2.significance import ALPHA

CLUSTER_COLUMNS = (
    *("cluster", "peak_x_mm", "peak_y_mm", "peak_z_mm"),
    *("cog_x_mm", "cog_y_mm", "cog_z_mm", "n_voxels", "volume_mm3"),
    *("peak_t", "peak_zscore", "peak_p_unc", "peak_p_fwe", "peak_q_fdr"),
    *("cluster_p_unc", "cluster_p_fwe", "cluster_q_fdr", "label"),
)
PEAK_COLUMNS = (
    *("cluster", "rank", "x_mm", "y_mm", "z_mm"),
    *("t", "zscore", "p_unc", "p_fwe", "q_fdr"),
)
# Voxels are neighbours if they share a face or an edge.
NEIGHBOURS_18 = ndimage.generate_binary_structure(3, 2)
PEAKS_PER_CLUSTER = 3
PEAK_DISTANCE_MM = 8.0


@dataclass(frozen=True)
class Clusters:
    """Clusters above a height threshold, with their local maxima.

    Attributes
    ----------
    labels
        int32, shape (x, y, z): 1 is the cluster with the highest peak; 0 is none.
    sizes
        Voxels of each cluster.
    maxima
        Voxel indices of the local maxima, highest first, shape (m, 3).
    cluster_of
        Label of each maximum's cluster, shape (m,).
    """

    labels: np.ndarray
    sizes: np.ndarray
    maxima: np.ndarray
    cluster_of: np.ndarray

    def large(self, extent_voxels: int) -> np.ndarray:
        """Return the labels of clusters with at least so many voxels, in ascending order."""
        return np.flatnonzero(self.sizes >= extent_voxels) + 1

    def peaks(self, labels: np.ndarray) -> np.ndarray:
        """Return the voxel of the highest maximum of each of ``labels``, shape (m, 3)."""
        return self.maxima[[np.argmax(self.cluster_of == label) for label in labels]]


@dataclass(frozen=True)
class Inference:
    """What the tables of one contrast say.

    Attributes
    ----------
    labels
        Label image of the clusters that are large enough; label k is row k of the table.
    clusters, peaks
        Rows of the two tables.
    summary
        Thresholds, expectations and counts.
    """

    labels: np.ndarray
    clusters: list[dict[str, Any]]
    peaks: list[dict[str, Any]]
    summary: dict[str, Any]


def find_clusters(t: np.ndarray, height: float) -> Clusters:
    """Find the clusters of voxels with t > height and their local maxima.

    Parameters
    ----------
    t
        Shape (x, y, z); NaN where not analysed.
    height
        Threshold.

    Notes
    -----
    Neighbours share a face or an edge (18). A local maximum has no strictly larger
    neighbour. Maxima of equal height stand in the order of SPM's scan, x fastest.
    """
    above = np.where(t > height, t, 0.0)
    labels, n_clusters = ndimage.label(above > 0, NEIGHBOURS_18)
    maxima = _local_maxima(above)
    values = above[tuple(maxima.T)]
    order = np.argsort(-values, kind="stable")
    maxima = maxima[order]
    found = labels[tuple(maxima.T)]
    # the first maximum of each cluster is its highest: rank the clusters by them
    _, first = np.unique(found, return_index=True)
    new_label = np.zeros(n_clusters + 1, np.int32)
    new_label[found[np.sort(first)]] = np.arange(1, n_clusters + 1)
    labels = new_label[labels]
    sizes = np.bincount(labels.ravel(), minlength=n_clusters + 1)[1:]
    return Clusters(labels, sizes, maxima, new_label[found])


def describe_clusters(
    t: np.ndarray,
    affine: np.ndarray,
    field: TField,
    height_p: float,
    extent_voxels: int,
    reported_t: np.ndarray | None = None,
) -> Inference:
    """Threshold a t map and describe the clusters and peaks that are left.

    Parameters
    ----------
    t
        t with the field's degrees of freedom, shape (x, y, z); NaN where not analysed.
    affine
        Voxel to RAS mm.
    field
        Degrees of freedom, smoothness and size of the search volume.
    height_p
        One-sided uncorrected p of the height threshold.
    extent_voxels
        Smallest cluster to keep.
    reported_t
        The values to print as t, where they have degrees of freedom of their own.

    Notes
    -----
    q values are topological: Benjamini–Hochberg over all maxima and all clusters above the
    height threshold, before the extent threshold (Chumbley et al. 2010,
    10.1016/j.neuroimage.2009.10.090).
    """
    height = field.height(height_p)
    found = find_clusters(t, height)
    peaks = _peak_statistics(
        t[tuple(found.maxima.T)],
        (t if reported_t is None else reported_t)[tuple(found.maxima.T)],
        field,
        height,
    )
    sizes = _cluster_statistics(found.sizes, field, height)
    kept = found.large(extent_voxels)
    cluster_rows, peak_rows = [], []
    for number, label in enumerate(kept, start=1):
        mine = np.flatnonzero(found.cluster_of == label)
        mm = _to_mm(affine, found.maxima[mine])
        rows = [_at(mm[one]) | _item(peaks, mine[one]) for one in _spread_peaks(mm)]
        peak_rows += [
            {"cluster": number, "rank": rank, **row} for rank, row in enumerate(rows, 1)
        ]
        centre = _centre_of_gravity(found.labels == label, affine)
        n_voxels = int(found.sizes[label - 1])
        cluster_rows.append(
            {"cluster": number}
            | {f"peak_{name}": value for name, value in rows[0].items()}
            | {f"cog_{name}": value for name, value in _at(centre).items()}
            | {"n_voxels": n_voxels, "volume_mm3": _volume_mm3(n_voxels, affine)}
            | {f"cluster_{k}": value for k, value in _item(sizes, label - 1).items()}
        )
    renumber = np.zeros(len(found.sizes) + 1, np.int32)
    renumber[kept] = np.arange(1, len(kept) + 1)
    labels = renumber[found.labels]
    summary = {
        "height_p": height_p,
        "height_t": height,
        "extent_voxels": extent_voxels,
        "extent_p_unc": float(field.cluster_p_unc(extent_voxels, height)),
        "extent_p_fwe": float(field.cluster_p_fwe(extent_voxels, height)),
        "expected_cluster_voxels": field.expected_cluster_voxels(height),
        "expected_clusters": field.expected_clusters(extent_voxels, height),
        "n_suprathreshold": int(np.count_nonzero(labels)),
        "n_suprathreshold_any_extent": int(found.sizes.sum()),
        "n_clusters": len(kept),
        "n_clusters_any_extent": len(found.sizes),
        "set_p": field.set_p(len(kept), extent_voxels, height),
        "fwe_peak_t": field.fwe_height(ALPHA),
        "fdr_peak_t": _smallest(peaks["t"], peaks["q_fdr"]),
        "fwe_cluster_voxels": _smallest(found.sizes, sizes["p_fwe"]),
        "fdr_cluster_voxels": _smallest(found.sizes, sizes["q_fdr"]),
    }
    return Inference(labels, cluster_rows, peak_rows, summary)


def _peak_statistics(
    t: np.ndarray, reported_t: np.ndarray, field: TField, height: float
) -> dict[str, np.ndarray]:
    return {
        "t": reported_t,
        "zscore": field.zscore(t),
        "p_unc": field.peak_p_unc(t),
        "p_fwe": field.peak_p_fwe(t),
        "q_fdr": benjamini_hochberg(
            field.expected_euler(t) / field.expected_euler(height)
        ),
    }


def _cluster_statistics(
    n_voxels: np.ndarray, field: TField, height: float
) -> dict[str, np.ndarray]:
    p_unc = field.cluster_p_unc(n_voxels, height)
    return {
        "p_unc": p_unc,
        "p_fwe": field.cluster_p_fwe(n_voxels, height),
        "q_fdr": benjamini_hochberg(p_unc),
    }


def region_shares(regions: np.ndarray, names: dict[int, str], most: int = 3) -> str:
    """Name the regions that hold most of a cluster, such as ``Thalamus left 62 %``.

    Parameters
    ----------
    regions
        Atlas label at each voxel of the cluster; 0 is no region.
    names
        Name of each label.
    most
        Number of regions to name.
    """
    labels, counts = np.unique(regions, return_counts=True)
    order = np.argsort(-counts, kind="stable")
    named = [
        f"{names.get(int(labels[i]), f'region {labels[i]}')} {100 * counts[i] / len(regions):.0f} %"
        for i in order
        if labels[i] != 0
    ]
    return ", ".join(named[:most]) or "no region of the atlas"


def regions_at(
    voxels: np.ndarray, affine: np.ndarray, atlas: np.ndarray, atlas_affine: np.ndarray
) -> np.ndarray:
    """Return the atlas label nearest to each voxel (indices, shape (n, 3)), 0 outside it."""
    mapping = np.linalg.inv(atlas_affine) @ affine
    index = np.floor(nib.affines.apply_affine(mapping, voxels) + 0.5).astype(int)
    inside = ((index >= 0) & (index < atlas.shape)).all(axis=1)
    regions = np.zeros(len(voxels), int)
    regions[inside] = np.rint(atlas[tuple(index[inside].T)]).astype(int)
    return regions


def _local_maxima(above: np.ndarray) -> np.ndarray:
    """Return the voxels above 0 that no 18-neighbour exceeds, x fastest, shape (m, 3)."""
    padded = np.pad(above, 1)
    voxels = np.argwhere(above.T > 0)[:, ::-1]
    values = above[tuple(voxels.T)]
    highest = np.ones(len(voxels), bool)
    for step in product((-1, 0, 1), repeat=3):
        if 0 < np.count_nonzero(step) < 3:
            highest &= padded[tuple((voxels + 1 + step).T)] <= values
    return voxels[highest]


def _spread_peaks(mm: np.ndarray) -> list[int]:
    """Choose up to three peaks (highest first), each over 8 mm from those before it."""
    chosen = [0]
    for index in range(1, len(mm)):
        distance = np.sqrt(((mm[chosen] - mm[index]) ** 2).sum(axis=1))
        if len(chosen) < PEAKS_PER_CLUSTER and distance.min() > PEAK_DISTANCE_MM:
            chosen.append(index)
    return chosen


def _centre_of_gravity(cluster: np.ndarray, affine: np.ndarray) -> np.ndarray:
    """Return the mean coordinate of a cluster's voxels in mm, each counted alike."""
    return _to_mm(affine, np.argwhere(cluster).mean(axis=0))


def _at(mm: np.ndarray) -> dict[str, float]:
    return dict(zip(("x_mm", "y_mm", "z_mm"), mm.tolist(), strict=True))


def _item(columns: dict[str, np.ndarray], index: int) -> dict[str, float]:
    return {name: float(values[index]) for name, values in columns.items()}


def _volume_mm3(n_voxels: int, affine: np.ndarray) -> float:
    return round(float(n_voxels * abs(np.linalg.det(affine[:3, :3]))), 6)


def _smallest(values: np.ndarray, p: np.ndarray) -> float | int | None:
    """Return the smallest value that is significant, ``None`` if none is."""
    significant = values[p <= ALPHA]
    return significant.min().item() if len(significant) else None


def _to_mm(affine: np.ndarray, voxels: np.ndarray) -> np.ndarray:
    # the last digits are rounding; + 0.0 turns minus zero into zero
    mm: np.ndarray = np.round(nib.affines.apply_affine(affine, voxels), 6) + 0.0
    return mm
