"""Clusters and local maxima of a thresholded t map, in the order and with the p values of SPM12."""

from dataclasses import dataclass, fields
from itertools import product

import numpy as np
from scipy import ndimage

from rt1t2.false_discovery import benjamini_hochberg
from rt1t2.group.random_fields import TField
from rt1t2.nifti import nib
from rt1t2.significance import ALPHA

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
class Peak:
    """A local maximum: a row of ``peaks.tsv``; ``q_fdr`` is over all maxima."""

    cluster: int
    rank: int
    x_mm: float
    y_mm: float
    z_mm: float
    t: float
    zscore: float
    p_unc: float
    p_fwe: float
    q_fdr: float


@dataclass(frozen=True)
class Cluster:
    """A cluster, with its highest peak: a row of ``clusters.tsv``.

    ``cog`` is the centre of gravity, each voxel counted alike; ``label`` names the regions
    of an atlas, ``None`` without an atlas.
    """

    cluster: int
    peak_x_mm: float
    peak_y_mm: float
    peak_z_mm: float
    cog_x_mm: float
    cog_y_mm: float
    cog_z_mm: float
    n_voxels: int
    volume_mm3: float
    peak_t: float
    peak_zscore: float
    peak_p_unc: float
    peak_p_fwe: float
    peak_q_fdr: float
    cluster_p_unc: float
    cluster_p_fwe: float
    cluster_q_fdr: float
    label: str | None = None


CLUSTER_COLUMNS = tuple(field.name for field in fields(Cluster))
PEAK_COLUMNS = tuple(field.name for field in fields(Peak))


@dataclass(frozen=True)
class Summary:
    """Thresholds, expectations and counts of one contrast.

    Attributes
    ----------
    height_p, height_t, extent_voxels
        The thresholds.
    extent_p_unc, extent_p_fwe
        p of a cluster of the extent threshold.
    expected_cluster_voxels, expected_clusters
        By chance: voxels of a cluster, and clusters at the extent threshold.
    n_suprathreshold, n_clusters
        Voxels and clusters that are left, and the same whatever their extent.
    set_p
        p of as many clusters.
    fwe_peak_t, fdr_peak_t, fwe_cluster_voxels, fdr_cluster_voxels
        Smallest value that is significant; ``None`` where none is.
    """

    height_p: float
    height_t: float
    extent_voxels: int
    extent_p_unc: float
    extent_p_fwe: float
    expected_cluster_voxels: float
    expected_clusters: float
    n_suprathreshold: int
    n_suprathreshold_any_extent: int
    n_clusters: int
    n_clusters_any_extent: int
    set_p: float
    fwe_peak_t: float
    fdr_peak_t: float | None
    fwe_cluster_voxels: float | None
    fdr_cluster_voxels: float | None


@dataclass(frozen=True)
class Inference:
    """What the tables of one contrast say.

    Attributes
    ----------
    labels
        Label image of the clusters that are large enough, int32, shape (x, y, z); label k
        is the k-th of ``clusters``.
    clusters, peaks
        Rows of the two tables.
    summary
        Thresholds, expectations and counts.
    """

    labels: np.ndarray
    clusters: list[Cluster]
    peaks: list[Peak]
    summary: Summary


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
    label_of = labels[tuple(maxima.T)]
    # the first maximum of each cluster is its highest: rank the clusters by them
    _, first = np.unique(label_of, return_index=True)
    new_label = np.zeros(n_clusters + 1, np.int32)
    new_label[label_of[np.sort(first)]] = np.arange(1, n_clusters + 1)
    labels = new_label[labels]
    sizes = np.bincount(labels.ravel(), minlength=n_clusters + 1)[1:]
    return Clusters(labels, sizes, maxima, new_label[label_of])


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
        The values to print as t, where their degrees of freedom differ from the field's.

    Notes
    -----
    q values are topological: Benjamini–Hochberg over all maxima and all clusters above the
    height threshold, before the extent threshold (Chumbley et al. 2010,
    10.1016/j.neuroimage.2009.10.090).
    """
    height = field.height(height_p)
    every_cluster = find_clusters(t, height)
    maxima = tuple(every_cluster.maxima.T)
    at_peaks = _peak_statistics(
        t[maxima], (t if reported_t is None else reported_t)[maxima], field, height
    )
    of_sizes = _cluster_statistics(every_cluster.sizes, field, height)
    kept = every_cluster.large(extent_voxels)
    clusters: list[Cluster] = []
    peaks: list[Peak] = []
    for number, label in enumerate(kept, start=1):
        members = np.flatnonzero(every_cluster.cluster_of == label)
        mm = _to_mm(affine, every_cluster.maxima[members])
        chosen = [
            Peak(number, rank, *mm[index].tolist(), **_item(at_peaks, members[index]))
            for rank, index in enumerate(_spread_peaks(mm), start=1)
        ]
        peaks += chosen
        peak = chosen[0]
        size = int(every_cluster.sizes[label - 1])
        cog = _centre_of_gravity(every_cluster.labels == label, affine).tolist()
        clusters.append(
            Cluster(
                cluster=number,
                peak_x_mm=peak.x_mm,
                peak_y_mm=peak.y_mm,
                peak_z_mm=peak.z_mm,
                cog_x_mm=cog[0],
                cog_y_mm=cog[1],
                cog_z_mm=cog[2],
                n_voxels=size,
                volume_mm3=_volume_mm3(size, affine),
                peak_t=peak.t,
                peak_zscore=peak.zscore,
                peak_p_unc=peak.p_unc,
                peak_p_fwe=peak.p_fwe,
                peak_q_fdr=peak.q_fdr,
                cluster_p_unc=float(of_sizes["p_unc"][label - 1]),
                cluster_p_fwe=float(of_sizes["p_fwe"][label - 1]),
                cluster_q_fdr=float(of_sizes["q_fdr"][label - 1]),
            )
        )
    renumber = np.zeros(len(every_cluster.sizes) + 1, np.int32)
    renumber[kept] = np.arange(1, len(kept) + 1)
    labels = renumber[every_cluster.labels]
    summary = Summary(
        height_p=height_p,
        height_t=height,
        extent_voxels=extent_voxels,
        extent_p_unc=float(field.cluster_p_unc(extent_voxels, height)),
        extent_p_fwe=float(field.cluster_p_fwe(extent_voxels, height)),
        expected_cluster_voxels=field.expected_cluster_voxels(height),
        expected_clusters=field.expected_clusters(extent_voxels, height),
        n_suprathreshold=int(np.count_nonzero(labels)),
        n_suprathreshold_any_extent=int(every_cluster.sizes.sum()),
        n_clusters=len(kept),
        n_clusters_any_extent=len(every_cluster.sizes),
        set_p=field.set_p(len(kept), extent_voxels, height),
        fwe_peak_t=field.fwe_height(ALPHA),
        fdr_peak_t=_smallest(at_peaks["t"], at_peaks["q_fdr"]),
        fwe_cluster_voxels=_smallest(every_cluster.sizes, of_sizes["p_fwe"]),
        fdr_cluster_voxels=_smallest(every_cluster.sizes, of_sizes["q_fdr"]),
    )
    return Inference(labels, clusters, peaks, summary)


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
