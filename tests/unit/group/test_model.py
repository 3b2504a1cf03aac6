"""Two-sample t against scipy, statsmodels and closed forms."""

import numpy as np
import pytest
import statsmodels.api as sm
from scipy import stats

from rt1t2.errors import UserError
from rt1t2.group.design import two_sample_design
from rt1t2.group.model import excluded_voxels, fit_groups, sum_groups

CONTRAST = {"name": "A-B", "plus": "A", "minus": "B"}


def make_design(n_a, n_b, **covariates):
    rows = [
        {"participant_id": f"sub-{i}", "group": "A" if i < n_a else "B"}
        | {k: str(v[i]) for k, v in covariates.items()}
        for i in range(n_a + n_b)
    ]
    return two_sample_design(CONTRAST, rows, list(covariates))


def fit(y, design, variance, missing="exclude_voxel"):
    sums = sum_groups(y, design, y.shape[1], missing)
    return sums, fit_groups(sums, design, variance)


def maps(n_a, n_b, sds=(1.0, 1.0), n_voxels=500, seed=1):
    rng = np.random.default_rng(seed)
    sd = np.repeat(sds, [n_a, n_b])[:, None]
    y = 8 + sd * rng.standard_normal((n_a + n_b, n_voxels))
    y[:n_a] += np.linspace(-2, 2, n_voxels)
    return y.astype(np.float32)


@pytest.mark.parametrize(("n_a", "n_b"), [(11, 18), (2, 2)])
def test_equal_is_students_t(n_a, n_b):
    y = maps(n_a, n_b)
    _, found = fit(y, make_design(n_a, n_b), "equal")
    expected = stats.ttest_ind(y[:n_a].astype(float), y[n_a:].astype(float))
    assert np.allclose(found.t, expected.statistic, atol=1e-5, rtol=1e-5)
    assert (found.df == n_a + n_b - 2).all()


@pytest.mark.parametrize("sds", [(1, 1), (1.5**0.5, 1), (2, 1)])
def test_welch_is_scipys(sds):
    y = maps(9, 14, sds)
    _, found = fit(y, make_design(9, 14), "welch")
    expected = stats.ttest_ind(
        y[:9].astype(float), y[9:].astype(float), equal_var=False
    )
    assert np.allclose(found.t, expected.statistic, rtol=1e-9)
    assert np.allclose(found.df, expected.df, rtol=1e-9)


@pytest.mark.parametrize("ratio", [1.0, 1.5, 4.0])
def test_unequal_is_weighted_t_with_shared_variances(ratio):
    y = maps(11, 18, (ratio**0.5, 1), n_voxels=4000).astype(float)
    _, found = fit(y, make_design(11, 18), "unequal")
    ss = np.stack([((g - g.mean(axis=0)) ** 2).sum(axis=0) for g in (y[:11], y[11:])])
    v = found.variances
    mean_square = (ss / v[:, None]).sum(axis=0) / 27
    expected = (y[:11].mean(axis=0) - y[11:].mean(axis=0)) / np.sqrt(
        mean_square * (v[0] / 11 + v[1] / 18)
    )
    assert np.allclose(found.t, expected, atol=1e-5)
    assert (11 * v[0] + 18 * v[1]) / 29 == pytest.approx(1)
    # the estimate itself: mean standardised variance of each group
    h = (ss / np.array([[10], [17]]) / (ss.sum(axis=0) / 27)).mean(axis=1)
    assert v[0] / v[1] == pytest.approx(h[0] / h[1], rel=2e-3)


@pytest.mark.parametrize("missing", ["exclude_voxel", "pairwise"])
def test_covariate_is_adjusted_for(missing):
    rng = np.random.default_rng(5)
    age = np.concatenate([rng.normal(64, 8, 8), rng.normal(58, 8, 9)])
    y = maps(8, 9, n_voxels=40).astype(float) + 0.1 * age[:, None]
    design = make_design(8, 9, age=age)
    _, found = fit(y, design, "equal", missing)
    x = np.column_stack([np.arange(17) < 8, np.arange(17) >= 8, age]).astype(float)
    expected = [sm.OLS(v, x).fit().t_test([1, -1, 0]).tvalue.item() for v in y.T]
    assert np.allclose(found.t, expected, atol=2e-5)
    assert (found.df == 14).all()


def test_missing_voxels():
    y = maps(5, 6, n_voxels=6)
    y[0, 0] = np.nan  # one of five missing
    y[[0, 1, 2, 3], 1] = np.nan  # one left in the first group
    y[:, 2] = 3.0  # the same in everybody
    y[:, 3] = 0.0
    y[3, 4] = 0.0  # zero is a value
    design = make_design(5, 6)
    sums, found = fit(y, design, "equal")
    assert np.isnan(found.t).tolist() == [True, True, True, True, False, False]
    assert excluded_voxels(sums, found) == {"Undefined": 2, "NoVariation": 2}

    sums, found = fit(y, design, "equal", "pairwise")
    assert np.isnan(found.t).tolist() == [False, True, True, True, False, False]
    assert excluded_voxels(sums, found) == {"Undefined": 1, "NoVariation": 2}
    kept = y.astype(float)
    tested = [0, 4, 5]
    expected = stats.ttest_ind(kept[:5, tested], kept[5:, tested], nan_policy="omit")
    assert np.allclose(found.t[tested], expected.statistic, atol=1e-5)
    assert found.df[tested].tolist() == [8, 9, 9]

    _, welch = fit(y, design, "welch", "pairwise")
    expected = stats.ttest_ind(kept[1:5, 0], kept[5:, 0], equal_var=False)
    assert welch.t[0] == pytest.approx(expected.statistic)
    assert np.isnan(welch.t[1:4]).all()


def test_pairwise_with_complete_maps_changes_nothing():
    y = maps(6, 7, (2, 1))
    for variance in ("equal", "unequal", "welch"):
        complete = fit(y, make_design(6, 7), variance)[1]
        pairwise = fit(y, make_design(6, 7), variance, "pairwise")[1]
        assert np.allclose(complete.t, pairwise.t, atol=1e-6)


def test_what_cannot_be_fitted_says_so():
    y = maps(4, 5)
    y[1:4] = y[0]
    with pytest.raises(UserError, match="maps of group A do not differ"):
        fit(y, make_design(4, 5), "unequal")
    with pytest.raises(UserError, match="no covariates"):
        fit(y, make_design(4, 5, age=range(9)), "welch")
    with pytest.raises(UserError, match="any voxel that all maps have"):
        fit(np.full((9, 3), np.nan), make_design(4, 5), "unequal")


@pytest.mark.parametrize("variance", ["equal", "unequal", "welch"])
def test_effective_n_turns_t_into_a_standardised_difference(variance):
    y = maps(11, 18, (1.5, 1)).astype(float)
    _, found = fit(y, make_design(11, 18), variance)
    difference = y[:11].mean(axis=0) - y[11:].mean(axis=0)
    ss = [((g - g.mean(axis=0)) ** 2).sum(axis=0) for g in (y[:11], y[11:])]
    scale = (1, 1) if variance != "unequal" else found.variances
    sd = np.sqrt((ss[0] / scale[0] + ss[1] / scale[1]) / 27)
    assert np.allclose(found.t / np.sqrt(found.effective_n), difference / sd, atol=1e-5)
    if variance == "equal":
        assert np.allclose(found.effective_n, 11 * 18 / 29)
