"""Permutation against parametric p, on noise and on a planted effect."""

import numpy as np
import pytest
from scipy import ndimage, stats

from rt1t2.group.design import two_sample_design
from rt1t2.group.permutation import (
    MOST_VALUES,
    permute,
    permute_maps,
    reason_against,
    relabellings,
)

SHAPE = (14, 14, 14)
MASK = np.zeros(SHAPE, bool)
MASK[1:-1, 1:-1, 1:-1] = True
CONTRAST = {"name": "A-B", "plus": "A", "minus": "B"}


def design(ages=None):
    groups = ["A"] * 7 + ["B"] * 8
    rows = [{"participant_id": f"sub-{i}", "group": g} for i, g in enumerate(groups)]
    if ages is not None:
        rows = [r | {"age": str(a)} for r, a in zip(rows, ages, strict=True)]
    return two_sample_design(CONTRAST, rows, ["age"] if ages is not None else [])


def maps(effect=0.0, seed=1):
    rng = np.random.default_rng(seed)
    y = ndimage.gaussian_filter(rng.standard_normal((15, *SHAPE)), (0, 1.2, 1.2, 1.2))
    y /= y.std()
    ball = np.linalg.norm(np.indices(SHAPE).T - 7, axis=-1).T < 3
    y[:7] += effect * ball
    return y[:, MASK], ball[MASK]


def test_a_planted_effect_is_found_in_its_direction():
    y, ball = maps(effect=3)
    found = permute(y, design(), MASK, 0.001, 99, 1)
    assert found.cluster_p[ball].min() == pytest.approx(0.01)
    assert found.tfce_p[ball].min() == pytest.approx(0.01)
    assert found.cluster_p[~ball].max() == 1
    mirrored = permute(-y, design(), MASK, 0.001, 99, 1)
    # one run answers both directions
    assert np.array_equal(mirrored.cluster_p, found.cluster_p)
    assert np.array_equal(mirrored.largest, found.largest[::-1])


def test_clusters_form_at_the_t_of_the_height_p():
    y, _ = maps(effect=1.5, seed=3)
    found = permute(y, design(), MASK, 0.01, 19, 1)
    t = np.abs(stats.ttest_ind(y[:7], y[7:]).statistic)
    assert (found.cluster_p[t <= stats.t.isf(0.01, 13)] == 1).all()
    assert (found.cluster_p < 1).any()
    # pooled t itself is nilearn's: the largest cluster has the smallest p
    above = np.zeros(SHAPE, bool)
    above[MASK] = t > stats.t.isf(0.01, 13)
    labels, n = ndimage.label(above)
    sizes = ndimage.sum_labels(above, labels, range(1, n + 1))
    largest = labels[MASK] == 1 + np.argmax(sizes)
    assert found.cluster_p[largest].max() == found.cluster_p.min()


def test_a_covariate_that_explains_all_leaves_nothing():
    y, ball = maps(seed=5)
    ages = np.r_[np.full(7, 70.0), np.full(8, 50.0)] + np.random.default_rng(1).normal(
        0, 4, 15
    )
    y = y + 0.4 * ball * (ages - 60)[:, None]
    without = permute(y, design(), MASK, 0.001, 99, 1)
    adjusted = permute(y, design(ages), MASK, 0.001, 99, 1)
    assert without.cluster_p[ball].min() <= 0.02
    assert adjusted.cluster_p[ball].min() > 0.05


def test_the_seed_decides():
    y, _ = maps(effect=0.6)
    one, same, other = (permute(y, design(), MASK, 0.01, 19, s) for s in (1, 1, 2))
    assert np.array_equal(one.tfce_p, same.tfce_p)
    assert not np.array_equal(one.largest, other.largest)


def test_when_nothing_is_permuted_it_says_why():
    assert "permutations is 0" in reason_against(10, 100, 8, 0)
    assert "exceed" in reason_against(1001, MOST_VALUES // 1000, 999, 10)
    assert "degrees of freedom" in reason_against(4, 100, 1, 10)
    assert "voxels" in reason_against(4, 0, 2, 10)
    assert reason_against(1000, MOST_VALUES // 1000, 998, 10) is None
    assert relabellings(design()) == 6435


def test_maps_with_gaps_are_permuted_at_the_voxels_that_all_have():
    y, _ = maps(effect=1.5)
    complete = np.ones(MASK.sum(), bool)
    y[3, 100:140] = np.nan
    complete[100:140] = False
    left = MASK.copy()
    left[MASK] = complete
    found = permute_maps(y, design(), MASK, 0.01, 19, 1)
    direct = permute(y[:, complete], design(), left, 0.01, 19, 1)
    assert found.n_voxels == complete.sum()
    assert np.array_equal(np.isfinite(found.cluster_p), left)
    assert np.array_equal(found.cluster_p[left], direct.cluster_p.astype(np.float32))
    record = found.record(design(), 2, np.array([1.0, 1, 3]), 1)
    assert (record.permutations, record.reason_against) == (19, None)
    assert record.voxel_mm.tolist() == [2, 2, 6]
    # every voxel of the coarse grid stands for 8 of the full one
    assert record.cluster_voxels_p05 == {
        direction: pytest.approx(8 * np.quantile(sizes, 0.95))
        for direction, sizes in zip(("A > B", "B > A"), direct.largest, strict=True)
    }


def test_no_map_is_read_where_nothing_is_permuted():
    class Unreadable(list):
        def __iter__(self):
            raise AssertionError("a map was read")

    found = permute_maps(Unreadable([0] * 15), design(), MASK, 0.01, 0, 1)
    assert found.n_voxels == MASK.sum()
    assert np.isnan(found.tfce_p).all()
    record = found.record(design(), 1, np.ones(3), 1)
    assert (record.permutations, record.cluster_voxels_p05) == (0, None)
