"""What figure 3 shows of the clusters: every participant's mean, intervals, slices to draw."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from rt1t2.paper.brain_slices import Grid

MOST_CLUSTERS = 4
N_SLICES = 8
NEAR_MM = 5  # clusters whose middles lie closer share a slice


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
    """Return heights (mm): spread over the brain, the nearest one moved to each cluster."""
    present = np.flatnonzero(brain.any(axis=(0, 1)))
    low, high = grid.mm([0, 0, present[0]])[2], grid.mm([0, 0, present[-1]])[2]
    levels = list(np.linspace(low + 0.12 * (high - low), high - 0.1 * (high - low), n))
    taken: set[int] = set()
    for image in images:
        for label in range(1, int(image.max()) + 1):
            area = (image == label).sum(axis=(0, 1))
            z = float(grid.mm([0, 0, int(area.argmax())])[2])
            free = [i for i in range(n) if i not in taken]
            seen = any(abs(levels[i] - z) < NEAR_MM for i in taken)
            if free and not seen:
                distances = [abs(level - z) for level in levels]
                nearest = min(free, key=distances.__getitem__)
                levels[nearest] = z
                taken.add(nearest)
    return sorted(levels)
