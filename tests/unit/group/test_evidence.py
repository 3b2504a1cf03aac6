"""Effect size, equivalence and Bayes factor against scipy, statsmodels and published values."""

import numpy as np
import pytest
from scipy import integrate, special, stats
from statsmodels.stats.weightstats import ttost_ind

from rt1t2.group import evidence

T = np.array([-6.0, -2.2, -0.3, 0.0, 0.1, 1.0, 3.5, 12.0])
N = 11 * 18 / 29


def full(value):
    return np.full(T.shape, float(value))


def test_hedges_g_of_two_samples():
    rng = np.random.default_rng(1)
    a, b = rng.normal(1, 1, 11), rng.normal(0, 1, 18)
    t = stats.ttest_ind(a, b).statistic
    pooled = np.sqrt((10 * a.var(ddof=1) + 17 * b.var(ddof=1)) / 27)
    d = (a.mean() - b.mean()) / pooled
    found = evidence.hedges_g(np.array([t]), np.array([27.0]), np.array([N]))
    # the exact correction is the usual approximation to four digits
    assert found[0] == pytest.approx(d * (1 - 3 / (4 * 27 - 1)), rel=1e-4)
    assert np.isnan(evidence.hedges_g(np.ones(1), np.ones(1), np.ones(1)))[0]


@pytest.mark.parametrize("df", [2.0, 27.0, 998.0])
def test_limits_are_the_effects_that_t_can_still_reject(df):
    low, high = evidence.effect_interval(T, full(df), full(N))
    assert np.allclose(stats.nct.sf(T, df, low * np.sqrt(N)), 0.025, atol=1e-5)
    assert np.allclose(stats.nct.cdf(T, df, high * np.sqrt(N)), 0.025, atol=1e-5)


def test_interval_covers_the_true_effect():
    rng = np.random.default_rng(2)
    a, b = rng.normal(0.8, 1, (11, 20_000)), rng.normal(0, 1, (18, 20_000))
    t = stats.ttest_ind(a, b).statistic
    low, high = evidence.effect_interval(t, np.full(t.shape, 27.0), np.full(t.shape, N))
    covered = ((low < 0.8) & (high > 0.8)).mean()
    assert covered == pytest.approx(0.95, abs=3 * np.sqrt(0.95 * 0.05 / t.size))


def test_equivalence_is_the_larger_of_two_noncentral_p():
    p = evidence.equivalence_p(T, full(27), full(N), 0.5)
    bound = 0.5 * np.sqrt(N)
    expected = np.maximum(stats.nct.cdf(T, 27, bound), stats.nct.sf(T, 27, -bound))
    assert np.allclose(p, expected, rtol=1e-4)


def test_equivalence_of_large_groups_is_statsmodels():
    rng = np.random.default_rng(3)
    a, b = rng.normal(0.1, 1, 600), rng.normal(0, 1, 500)
    sd = np.sqrt((599 * a.var(ddof=1) + 499 * b.var(ddof=1)) / 1098)
    expected, *_ = ttost_ind(a, b, -0.3 * sd, 0.3 * sd)
    t = stats.ttest_ind(a, b).statistic
    n = 600 * 500 / 1100
    found = evidence.equivalence_p(*(np.array([x]) for x in (t, 1098.0, n)), 0.3)
    assert found[0] == pytest.approx(expected, rel=0.05)


@pytest.mark.parametrize("df", [2.0, 27.0, 998.0])
def test_bayes_factor_is_rouders_integral(df):
    def by_quadrature(t):
        def integrand(g):
            prior = 0.5 * (2 * np.pi) ** -0.5 * 2**0.5 * g**-1.5 * np.exp(-0.25 / g)
            scale = 1 + N * g
            power = -(df + 1) / 2
            likelihood = scale**-0.5 * (1 + t**2 / (scale * df)) ** power
            return likelihood * prior / (1 + t**2 / df) ** power

        parts = [(0, 0.1), (0.1, 1), (1, 10), (10, 1000), (1000, np.inf)]
        return sum(integrate.quad(integrand, *p, epsabs=0)[0] for p in parts)

    found = evidence.log10_bayes_factor(T, full(df), full(N))
    assert np.allclose(found, np.log10([by_quadrature(t) for t in T]), atol=1e-4)


def test_published_bayes_factor():
    # t = 3.5, 20 against 20, scale 0.707: 26.743 in BayesFactor (R) and pingouin
    given = (np.array([x]) for x in (3.5, 38.0, 10.0))
    assert 10 ** evidence.log10_bayes_factor(*given)[0] == pytest.approx(
        26.743, rel=1e-4
    )


def test_voxels_with_their_own_n_are_as_if_alone():
    rng = np.random.default_rng(4)
    t, df, n = rng.normal(0, 2, 500), rng.uniform(5, 27, 500), rng.uniform(2, 7, 500)
    for function in (
        lambda *x: evidence.equivalence_p(*x, 0.5),
        evidence.log10_bayes_factor,
        lambda *x: evidence.effect_interval(*x)[1],
    ):
        together = function(t, df, n)
        alone = [function(*(x[i : i + 1] for x in (t, df, n)))[0] for i in range(20)]
        assert np.allclose(together[:20], alone, atol=1e-4)


def test_undefined_stays_undefined():
    t = np.array([np.nan, 1.0])
    for values in (
        evidence.log10_bayes_factor(t, np.full(2, 9.0), np.full(2, 3.0)),
        evidence.equivalence_p(t, np.full(2, 9.0), np.full(2, 3.0), 0.5),
        *evidence.effect_interval(t, np.full(2, 9.0), np.full(2, 3.0)),
    ):
        assert np.isnan(values).tolist() == [True, False]
    nothing = np.full(3, np.nan)
    assert np.isnan(evidence.log10_bayes_factor(nothing, nothing, nothing)).all()
    assert evidence.evidence_counts(nothing, nothing).share_null == 0


def test_counts():
    counts = evidence.evidence_counts(
        np.array([1.0, -0.6, 0.2, np.nan]), np.array([0.9, 0.01, 0.3, np.nan])
    )
    assert (counts.n_voxels, counts.n_effect, counts.n_null) == (3, 1, 1)
    assert counts.share_equivalent == pytest.approx(1 / 3)


# --- slopes, visits, F -------------------------------------------------------------------------


def test_partial_r_is_the_correlation_of_the_residuals_and_its_interval_covers():
    rng = np.random.default_rng(3)
    n, studies = 25, 4000
    z = rng.standard_normal((n, studies))
    x = 0.5 * z + rng.standard_normal((n, studies))
    y = 0.4 * x + rng.standard_normal((n, studies)) + z
    found = np.empty((3, studies))
    t, df = np.empty(studies), np.full(studies, n - 3.0)
    for i in range(studies):
        confounds = np.column_stack([np.ones(n), z[:, i]])
        a, b = (
            v - confounds @ np.linalg.lstsq(confounds, v, rcond=None)[0]
            for v in (x[:, i], y[:, i])
        )
        r = a @ b / np.sqrt((a @ a) * (b @ b))
        t[i] = r * np.sqrt((n - 3) / (1 - r**2))
        found[0, i] = r
    r, low, high = evidence.partial_r(t, df)
    assert np.allclose(r, found[0])
    true = 0.4 / np.sqrt(1 + 0.4**2)
    assert 0.93 < np.mean((low < true) & (true < high)) < 0.97
    assert np.isnan(evidence.partial_r(np.ones(1), np.ones(1))[1])


@pytest.mark.parametrize("k", [1, 2, 4])
def test_limits_of_eta_squared_are_those_of_noncentral_f(k):
    f, df, n = np.array([0.01, 0.8, 3.0, 20.0]), np.full(4, 30.0), np.full(4, 35.0)
    eta2, low, high = evidence.partial_eta2(f, k, df, n)
    assert np.allclose(eta2, k * f / (k * f + 30))
    for limit, p in ((low, 0.975), (high, 0.025)):
        noncentrality = limit * n / (1 - limit)
        reached = stats.ncf.cdf(f, k, 30, noncentrality)
        has = stats.f.cdf(f, k, 30) > p
        assert np.allclose(reached[has], p, atol=2e-4)
        assert (limit[~has] == 0).all() or np.allclose(limit[~has], 0, atol=1e-6)


def test_the_interval_of_eta_squared_covers_and_equivalence_is_campbell_and_lakens():
    rng = np.random.default_rng(4)
    k, df, n, noncentrality = 2, 30, 33, 8.0
    f = stats.ncf.rvs(k, df, noncentrality, size=4000, random_state=rng)
    _, low, high = evidence.partial_eta2(f, k, np.full(4000, df), np.full(4000, n))
    true = noncentrality / (noncentrality + n)
    assert 0.93 < np.mean((low <= true) & (true <= high)) < 0.97
    one = np.array([0.7])
    p = evidence.equivalence_p(one, np.array([30.0]), np.array([n / 4]), 0.9, k)
    expected = stats.ncf.cdf(0.7, k, 30, 0.9**2 * n / 4)
    assert p == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize("k", [1, 3])
def test_the_bayes_factor_of_f_is_liangs(k):
    """Liang et al. 2008, equation 17: of R², n and k, with g ~ inverse gamma(1/2, n r²/2)."""
    n, f = 40, 2.5
    df = n - 1 - k
    r2 = k * f / (k * f + df)
    scale = np.sqrt(2) / 4  # of n; the same as √2/2 of n / 4

    def integrand(g):
        log_prior = 0.5 * np.log(n * scale**2 / 2) - special.gammaln(0.5)
        log_prior += -1.5 * np.log(g) - n * scale**2 / (2 * g)
        log_bf = (n - 1 - k) / 2 * np.log1p(g) - (n - 1) / 2 * np.log1p((1 - r2) * g)
        return np.exp(log_bf + log_prior)

    expected = integrate.quad(integrand, 0, np.inf)[0]
    found = evidence.log10_bayes_factor(
        np.array([np.sqrt(k * f)]), np.array([df]), np.array([n / 4]), df_effect=k
    )
    assert 10 ** found[0] == pytest.approx(expected, rel=1e-3)


def test_d_z_is_the_mean_change_in_its_own_standard_deviations():
    change = np.random.default_rng(5).normal(0.6, 1, 14)
    t = stats.ttest_1samp(change, 0).statistic
    found = evidence.evidence_of(
        np.array([t]), np.array([13.0]), np.array([14.0]), 0.5, "d_z"
    )
    assert found.g[0] == pytest.approx(change.mean() / change.std(ddof=1))
    assert found.g_low[0] < found.g[0] < found.g_high[0]
