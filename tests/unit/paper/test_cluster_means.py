import numpy as np
import pytest

from rt1t2.paper.brain_slices import Grid
from rt1t2.paper.cluster_means import (
    largest_clusters,
    mean_interval,
    region_means,
    shown_regions,
    slice_levels,
)


def test_interval_is_the_t_interval():
    mean, low, high = mean_interval(np.array([1.0, 2.0, 3.0, 4.0, np.nan]))
    # 2.5 -/+ 3.1824 * 1.29099 / 2
    assert mean == pytest.approx(2.5)
    assert (low, high) == (
        pytest.approx(0.4457, abs=1e-4),
        pytest.approx(4.5543, abs=1e-4),
    )
    assert np.isnan(mean_interval(np.array([1.0]))[1])


def test_means_are_relative_to_the_controls_and_skip_undefined_voxels():
    labels = np.zeros((4, 4, 4), int)
    labels[:2] = 1
    labels[3, 3] = 2
    maps = [np.full(labels.shape, value) for value in (1.0, 3.0, 1.0)]
    maps[2][0] = np.nan
    regions = largest_clusters({"A-B": labels})
    assert list(regions) == ["A-B\ncluster 1", "A-B\ncluster 2"]
    found = region_means(iter(maps), regions, [True, True, False])
    np.testing.assert_allclose(found[0].percent, [50, 150, 50])


def test_the_largest_clusters_of_all_contrasts_come_first():
    first, second = np.zeros((2, 10, 10, 10), int)
    for label, size in ((1, 3), (2, 8), (3, 5)):
        first[label, 0, :size] = label
    second[0, 0] = 1  # 10 voxels
    second[1, 0, :4] = 2
    found = largest_clusters({"A-B": first, "B-A": second})
    assert [(title, int(mask.sum())) for title, mask in found.items()] == [
        ("B-A\ncluster 1", 10),
        ("A-B\ncluster 2", 8),
        ("A-B\ncluster 3", 5),
        ("B-A\ncluster 2", 4),  # and not the fifth, of 3 voxels
    ]


def test_without_a_cluster_all_analysed_voxels_are_averaged():
    none = {"A-B": np.zeros((3, 3, 3), int)}
    analysed = np.eye(3, dtype=bool)[None].repeat(3, axis=0)
    assert largest_clusters(none) == {}
    ((title, mask),) = shown_regions(none, analysed).items()
    assert title == "all analysed voxels"
    assert mask is analysed


def grid_of(n):
    affine = np.diag([2.0, 2.0, 2.0, 1.0])
    affine[:3, 3] = -60
    return Grid((n, n, n), affine)


def test_slices_go_through_the_clusters():
    grid = grid_of(61)
    labels = np.zeros(grid.shape, int)
    labels[30:33, 30:33, 20:37] = 1
    labels[29:34, 29:34, 30] = 1
    labels[10:13, 10:13, 52] = 2
    levels = slice_levels([labels], np.ones(grid.shape, bool), grid)
    assert levels == [-20, -14, -8, -4, 0, 8, 44]
    assert levels == sorted(levels)
    assert 0 in levels  # where the first is widest
    assert 44 in levels
    cut = [labels[:, :, grid.index(2, z)].any() for z in levels]
    assert all(cut)
    assert np.diff(levels).min() >= 4


def test_a_small_cluster_has_one_slice():
    grid = grid_of(61)
    labels = np.zeros(grid.shape, int)
    labels[30, 30, 30] = 1
    levels = slice_levels([labels], np.ones(grid.shape, bool), grid)
    assert levels == [0]


def test_without_a_cluster_slices_are_spread_over_the_brain():
    grid = grid_of(61)
    levels = slice_levels([], np.ones(grid.shape, bool), grid)
    assert len(levels) == 7
    assert np.diff(levels) == pytest.approx(np.diff(levels)[0])
    assert (levels[0], levels[-1]) == (pytest.approx(-46.8), pytest.approx(46.8))


def test_a_decrease_below_zero_is_not_drawn_as_an_increase():
    mask = {"all analysed voxels": np.ones((2, 2, 2), bool)}
    maps = [np.full((2, 2, 2), value) for value in (-1.0, -1.2, -2.0)]
    (found,) = region_means(iter(maps), mask, [True, True, False])
    assert not found.relative
    assert found.percent.tolist() == [-1.0, -1.2, -2.0]
    (found,) = region_means(iter(maps), mask, [False] * 3)  # nobody is a control
    assert not found.relative
    assert region_means(iter(maps), {}, [True] * 3) == []
