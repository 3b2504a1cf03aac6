"""Permutation against parametric p, on noise and on a planted effect."""

import numpy as np
import pytest
from enumerated import enumerated_p
from scipy import ndimage, stats

from rt1t2.group.design import two_sample_design
from rt1t2.group.permutation import (
    MOST_VALUES,
    PermutedT,
    permutations,
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
    # the largest cluster has the smallest p
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


SMALL = (6, 6, 5)


def two_effects(high, low, seed):
    """Return maps of 4 against 5 with a narrow high and a broad low effect in the first."""
    rng = np.random.default_rng(seed)
    y = ndimage.gaussian_filter(rng.standard_normal((9, *SMALL)), (0, 1, 1, 1))
    y /= y.std()
    y[:4, 1, 1, 1] += high
    y[:4, 3:6, 3:6, 2:5] += low
    return y


@pytest.mark.parametrize(
    ("high", "low", "seed"),
    [(6, 1.5, 3), (40, 2, 5), (-9, 1.5, 6)],
)
def test_tfce_p_is_that_of_every_labelling(high, low, seed):
    """A low effect beside a high one has the p of brute force over 126 labellings."""
    y = two_effects(high, low, seed)
    expected = enumerated_p(y, 4)
    rows = [
        {"participant_id": f"sub-{i}", "group": "A" if i < 4 else "B"} for i in range(9)
    ]
    plan = two_sample_design(CONTRAST, rows, [])
    mask = np.ones(SMALL, bool)
    found = permute(y.reshape(9, -1), plan, mask, 0.01, 125, 1)
    assert found.largest.shape == (2, 125)  # every labelling but the observed one
    # extents are taken in steps of t of 0.1, which may move a value past a labelling or two
    deviation = np.abs(found.tfce_p.reshape(SMALL) - expected)
    assert deviation.max() <= 3.5 / 126
    assert deviation[expected <= 0.1].max(initial=0) <= 1.5 / 126
    # drawn at random: the same but for chance
    drawn = permute(y.reshape(9, -1), plan, mask, 0.01, 124, 1).tfce_p.reshape(SMALL)
    error = np.sqrt(expected * (1 - expected) / 124)
    assert (np.abs(drawn - expected) <= 4.5 * error + 4 / 126).all()


def test_t_of_every_order_is_that_of_least_squares():
    y, _ = maps(seed=8)
    ages = np.random.default_rng(2).normal(60, 9, 15)
    plan = design(ages)
    nuisance = np.column_stack([np.ones(15), ages])
    left = y - nuisance @ np.linalg.lstsq(nuisance, y)[0]
    orders = [np.arange(15), np.random.default_rng(3).permutation(15)]
    for order, t in zip(orders, PermutedT(y, plan).of(orders), strict=True):
        x = np.column_stack([plan.group == 0, nuisance])
        beta, *_ = np.linalg.lstsq(x, left[order])
        residual = left[order] - x @ beta
        error = (residual**2).sum(axis=0) / (15 - 3)
        expected = beta[0] / np.sqrt(error * np.linalg.inv(x.T @ x)[0, 0])
        assert t == pytest.approx(expected, rel=1e-9)


def test_few_labellings_are_enumerated_and_many_are_drawn():
    orders = list(permutations(design(), 99, 1))
    assert len(orders) == 99
    two = two_sample_design(
        CONTRAST,
        [{"participant_id": g + h, "group": g} for g in "AB" for h in "xy"],
        [],
    )
    every = [tuple(sorted(order[:2])) for order in permutations(two, 99, 1)]
    assert sorted(every) == [(0, 2), (0, 3), (1, 2), (1, 3), (2, 3)]
