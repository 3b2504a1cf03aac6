"""Rearrangements of slopes, visits and several groups, and the statistics of what they give."""

import math

import numpy as np
import pytest
from scipy import stats
from scipy.linalg import null_space

from rt1t2.contrasts import rows_of
from rt1t2.group.contrast_design import contrast_design
from rt1t2.group.model import fit_groups, sum_groups
from rt1t2.group.permutation import PermutedT, permute
from rt1t2.group.rearrangements import permutations, relabellings

MASK = np.ones((12, 12, 12), bool)


def design_of(contrast, sizes=(5, 6, 4), covariates=()):
    rng = np.random.default_rng(11)
    rows = [
        {"participant_id": f"sub-{g}{i}", "group": g}
        | {"score": f"{rng.normal():.4f}", "age": f"{rng.normal(60, 9):.2f}"}
        for g, n in zip("ABC", sizes, strict=True)
        for i in range(n)
    ]
    contrast = {"name": "x", **contrast}
    chosen = rows_of(contrast, rows, list("ABC"))
    return contrast_design(contrast, chosen, list(covariates))


def visits_design(n):
    rows = [
        {"participant_id": f"{v}{i}", "group": "A", "visit": v, "person": str(i)}
        for v in "12"
        for i in range(n)
    ]
    contrast = {"column": "visit", "plus": "1", "minus": "2", "within": "person"}
    contrast = {"name": "x", **contrast}
    return contrast_design(contrast, rows_of(contrast, rows, ["A"]), [])


@pytest.mark.parametrize(
    ("contrast", "ways"),
    [
        ({"any_of": ["A", "B", "C"]}, math.factorial(15) // (120 * 720 * 24)),
        ({"slope": "score", "groups": ["A"]}, 120),
        ({"slope": "score", "plus": "A", "minus": "C"}, 120 * 24),
        ({"slope": "score", "any_of": ["A", "C"]}, 120 * 24),
    ],
)
def test_statistics_of_rearranged_data_are_those_of_a_fit(contrast, ways):
    plan = design_of(contrast, covariates=["age"] if "any_of" in contrast else [])
    assert relabellings(plan) == ways
    y = np.random.default_rng(3).standard_normal((len(plan.participants), 6))
    confounds = plan.matrix @ null_space(plan.weights)
    rest = y - confounds @ np.linalg.lstsq(confounds, y, rcond=None)[0]
    orders = list(permutations(plan, 5, 1))
    slopes = "slope" in contrast
    for order, found in zip(orders, PermutedT(y, plan).of(orders), strict=True):
        assert sorted(order) == list(range(len(order)))
        if slopes:  # within the groups
            assert (plan.group[order] == plan.group).all()
        sums = sum_groups(rest[order], plan, 6, "exclude_voxel")
        expected = fit_groups(sums, plan, "equal").t
        if plan.statistic == "F":
            expected = np.sqrt(expected)
        assert found == pytest.approx(expected, rel=1e-4, abs=1e-5)


def test_every_sign_of_the_differences_of_visits():
    plan = visits_design(5)
    assert relabellings(plan) == 32
    signs = list(permutations(plan, 31, 1))
    assert len({tuple(s) for s in signs}) == 31
    assert all((np.abs(s) == 1).all() for s in signs)
    assert not any((s == 1).all() for s in signs)
    assert len(list(permutations(plan, 30, 1))) == 30  # random ones
    y = np.random.default_rng(1).standard_normal((5, 4))
    for sign, t in zip(signs, PermutedT(y, plan).of(signs), strict=True):
        expected = stats.ttest_1samp(y * sign[:, None], 0).statistic
        assert t == pytest.approx(expected, rel=1e-6)


def test_f_finds_a_planted_difference_in_one_direction():
    plan = design_of({"any_of": ["A", "B", "C"]})
    y = maps_of(len(plan.participants))
    y[plan.group == 1, :200] += 3
    found = permute(y, plan, MASK, 0.001, 19, 1)
    assert found.largest.shape == (1, 19)
    assert found.tfce_p.min() == found.cluster_p.min() == 1 / 20


def maps_of(n):
    rng = np.random.default_rng(5)
    return rng.standard_normal((n, int(MASK.sum())))
