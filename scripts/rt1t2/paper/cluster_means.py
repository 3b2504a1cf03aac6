"""What figure 3 shows of the clusters: every participant's mean, intervals, slices to draw."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from rt1t2.paper.brain_slices import Grid

MOST_CLUSTERS = 4
N_SLICES = 7
NEAR_MM = 4.0  # clusters whose widest places lie closer share a slice


@dataclass(frozen=True)
class RegionMeans:
    """Mean ratio of every participant in one region.

    ``percent`` is in % of the controls' mean; where that mean is not above 0 (maps that are
    differences or scores), or nobody is a control, it is in the maps' own units, and
    ``relative`` is false.
    """

    title: str
    percent: np.ndarray
    relative: bool = True


def shown_regions(
    labels: Mapping[str, np.ndarray], analysed: np.ndarray | None
) -> dict[str, np.ndarray]:
    """Return title and mask of what is averaged: the largest clusters, or else everything.

    Without a contrast that is nothing.

    Parameters
    ----------
    labels
        Cluster label image (0 = none) of each contrast, by its name.
    analysed
        Where there is a result (bool, same grid): the one region if there is no cluster.
        ``None`` without a contrast.
    """
    everything = {} if analysed is None else {"all analysed voxels": analysed}
    return largest_clusters(labels) or everything


def largest_clusters(labels: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Return title and mask of at most four clusters of any contrast, the largest first.

    ``labels`` are cluster label images (0 = none) by contrast.
    """
    sizes = [
        (int((image == label).sum()), contrast, label)
        for contrast, image in labels.items()
        for label in range(1, int(image.max()) + 1)
    ]
    largest = sorted(sizes, key=lambda cluster: -cluster[0])[:MOST_CLUSTERS]
    return {
        f"{contrast}\ncluster {label}": labels[contrast] == label
        for _, contrast, label in largest
    }


def region_means(
    maps: Iterable[np.ndarray],
    regions: Mapping[str, np.ndarray],
    is_control: Sequence[bool],
) -> list[RegionMeans]:
    """Average every map over every region, relative to the mean of the controls if it can be.

    Parameters
    ----------
    maps
        Smoothed ratio maps (participants), NaN where undefined; read one at a time.
    regions
        Boolean masks by title, on the maps' grid.
    is_control
        Which participants are the controls.
    """
    if not regions:
        return []
    means = np.array([[_mean(image[r]) for r in regions.values()] for image in maps])
    of_controls = [_mean(column[np.asarray(is_control, bool)]) for column in means.T]
    # % of a mean below 0 would draw a decrease as an increase; one unit for all panels
    relative = all(mean > 0 for mean in of_controls if np.isfinite(mean))
    relative = relative and bool(np.isfinite(of_controls).any())
    shown = 100 * means / np.array(of_controls) if relative else means
    return [
        RegionMeans(title, shown[:, i], relative) for i, title in enumerate(regions)
    ]


def _mean(values: np.ndarray) -> float:
    defined = values[np.isfinite(values)]
    return float(defined.mean(dtype=np.float64)) if defined.size else np.nan


def mean_interval(
    values: np.ndarray, level: float = 0.95
) -> tuple[float, float, float]:
    """Return mean, lower and upper limit of its t interval; NaN limits below two values."""
    defined = np.asarray(values)[np.isfinite(values)]
    if defined.size < 2:
        return _mean(np.asarray(values)), np.nan, np.nan
    half = stats.t.ppf((1 + level) / 2, defined.size - 1) * stats.sem(defined)
    return (
        float(defined.mean()),
        float(defined.mean() - half),
        float(defined.mean() + half),
    )


def slice_levels(
    images: Sequence[np.ndarray], brain: np.ndarray, grid: Grid, n: int = N_SLICES
) -> list[float]:
    """Return at most ``n`` heights (mm) of axial slices, each through a cluster.

    Each cluster, the largest first, is cut where it is widest; then come heights that are spread
    evenly over those of the clusters. Two slices are ``NEAR_MM`` apart or more. Without a
    cluster the slices are spread over the brain.
    """
    present = np.flatnonzero(brain.any(axis=(0, 1)))
    low, high = (float(grid.mm([0, 0, i])[2]) for i in (present[0], present[-1]))
    wanted = _widest(images, grid)
    if not wanted:
        margin = 0.11 * (high - low)
        return [float(z) for z in np.linspace(low + margin, high - margin, n)]
    inside = np.any([image > 0 for image in images], axis=0)
    cut = np.flatnonzero(inside.any(axis=(0, 1)))
    spread = cut[np.rint(np.linspace(0, cut.size - 1, n)).astype(int)]
    levels: list[float] = []
    for z in [*wanted, *(float(grid.mm([0, 0, int(k)])[2]) for k in spread)]:
        if len(levels) < n and all(abs(z - other) >= NEAR_MM for other in levels):
            levels.append(z)
    return sorted(levels)


def _widest(images: Sequence[np.ndarray], grid: Grid) -> list[float]:
    """Return the height (mm) at which each cluster is widest, the largest cluster first."""
    found = []
    for image in images:
        for label in range(1, int(image.max()) + 1):
            area = (image == label).sum(axis=(0, 1))
            z = float(grid.mm([0, 0, int(area.argmax())])[2])
            found.append((int(area.sum()), z))
    return [z for size, z in sorted(found, key=lambda one: -one[0]) if size]
