"""Error rate of thresholds: closed forms, and the paper's thresholds."""

from itertools import islice

import numpy as np
import pytest
from scipy import ndimage, stats

from rt1t2.group.design import two_sample_design
from rt1t2.group.error_rate import (
    _largest,
    _null_studies,
    _SmoothNoise,
    residual_error_rate,
    simulate_error_rate,
)
from rt1t2.group.smoothness import estimate_smoothness


def test_noise_is_as_smooth_as_asked_for():
    shape, fwhm = (30, 30, 30), np.array([4, 5, 6.0])
    noise = _SmoothNoise(shape, fwhm, np.random.default_rng(0))
    fields = np.stack([noise.draw().ravel() for _ in range(30)])
    assert abs(np.corrcoef(fields[0], fields[1])[0, 1]) < 0.1
    n = np.full(fields.shape[1], 30)
    found = estimate_smoothness(fields / fields.std(axis=0), np.ones(shape, bool), n, n)
    assert np.allclose(found.fwhm_voxels, fwhm, rtol=0.03)


def test_one_voxel_errs_as_often_as_its_p():
    # a single voxel that every study searches: a t value, so p is the rate
    found = simulate_error_rate(
        np.ones((1, 1, 1), bool), np.full(3, 2.0), 9, 0.05, 1, 3000, 1
    )
    assert found.rate == pytest.approx(0.05, abs=3 * np.sqrt(0.05 * 0.95 / 6000))
    assert found.low < found.rate < found.high
    assert found.rate_either == pytest.approx(2 * found.rate)


def test_studies_that_share_fields_spread_no_less_and_no_more_than_others():
    """The SD of the rate over repetitions is that of independent studies, binomial."""
    mask, studies = np.ones((5, 5, 5), bool), 40
    rates = [
        simulate_error_rate(mask, np.full(3, 2.0), 6, 0.05, 3, studies, seed).rate
        for seed in range(80)
    ]
    p = np.mean(rates)
    assert 0.1 < p < 0.9
    # two directions of a study exclude each other only where clusters cannot be both
    assert np.std(rates) == pytest.approx(np.sqrt(p * (1 - p) / (2 * studies)), rel=0.3)


@pytest.mark.parametrize("df_effect", [None, 2])
def test_a_study_of_noise_has_the_distribution_of_its_statistic(df_effect, monkeypatch):
    """Kolmogorov and Smirnov at one voxel, where few fields are kept and where all are."""
    noise = _SmoothNoise((1, 1, 1), np.full(3, 2.0), np.random.default_rng(3))
    inside = np.ones((1, 1, 1), bool)
    truth = stats.t(7) if df_effect is None else stats.f(df_effect, 7)
    for most in (1, 1000):
        monkeypatch.setattr("rt1t2.group.error_rate.MOST_KEPT", most)
        drawn = islice(_null_studies(noise, inside, 7, df_effect), 1500)
        assert stats.kstest([float(t[0]) for t in drawn], truth.cdf).pvalue > 0.01


def test_no_cluster_is_that_large():
    mask = np.ones((8, 8, 8), bool)
    found = simulate_error_rate(mask, np.full(3, 3.0), 20, 0.001, 513, 20, 1)
    assert (found.rate, found.low) == (0, 0)
    assert found.df == 20
    assert simulate_error_rate(mask, np.full(3, 3.0), 998, 0.001, 1, 2, 1).df == 100


def test_the_papers_thresholds_do_not_control_the_error():
    """p < 0.001 and 750 mm³, 11 against 18, FWHM 10 to 11.7 mm: 13 to 46 % by brute force."""
    ellipsoid = np.linalg.norm(
        (np.indices((37, 45, 37)).T - (18, 22, 18)) / (17.0, 21.5, 18.0), axis=-1
    ).T
    mask = ellipsoid < 1  # 1.8 litres at 4 mm
    assert mask.sum() * 0.064 == pytest.approx(1770, abs=60)
    found = simulate_error_rate(mask, np.full(3, 11.7 / 4), 27, 0.001, 750 / 64, 60, 1)
    assert 0.13 < found.rate < 0.46
    again = simulate_error_rate(mask, np.full(3, 11.7 / 4), 27, 0.001, 750 / 64, 60, 1)
    assert np.array_equal(again.largest, found.largest)


def test_clusters_are_counted_in_both_directions():
    mask = np.zeros((6, 6, 6), bool)
    mask[:2] = True
    found = simulate_error_rate(mask, np.full(3, 20.0), 5, 0.4999, 72, 100, 1)
    # noise that hardly varies over the mask is all above 0, or all below
    assert found.largest.max() == mask.sum()
    assert 0.25 < found.rate <= 0.5
    assert found.rate_either == pytest.approx(2 * found.rate)


SHAPE = (12, 12, 10)
KINDS = ("local", "broad", "global")


def null_study(kind, rng, n=14):
    """Return maps without an effect that vary locally, broadly, or as a whole as well."""
    y = ndimage.gaussian_filter(rng.standard_normal((n, *SHAPE)), (0, 1.2, 1.2, 1.2))
    y /= y.std()
    if kind == "broad":
        wide = ndimage.gaussian_filter(rng.standard_normal((n, *SHAPE)), (0, 4, 4, 4))
        y += 2 * wide / wide.std()
    if kind == "global":
        y += 3 * rng.standard_normal((n, 1, 1, 1))
    return y.reshape(n, -1)


def plan(n_a, n_b):
    rows = [
        {"participant_id": f"sub-{i}", "group": "AB"[i >= n_a]}
        for i in range(n_a + n_b)
    ]
    return two_sample_design({"name": "A-B", "plus": "A", "minus": "B"}, rows, [])


@pytest.mark.parametrize("kind", KINDS)
def test_the_rate_from_residuals_is_the_true_one(kind):
    """Mean over studies against the share of studies with a cluster, spread of both known."""
    rng = np.random.default_rng(4)
    design, mask = plan(6, 8), np.ones(SHAPE, bool)
    height, extent = stats.t.isf(0.01, 12), 12
    true, estimated = [], []
    for number in range(600):
        y = null_study(kind, rng)
        t = stats.ttest_ind(y[:6], y[6:]).statistic.reshape(SHAPE)
        true.append(np.mean([_largest(s * t > height) >= extent for s in (1, -1)]))
        if number < 60:
            estimated.append(
                residual_error_rate(
                    y, design, np.ones(2), mask, 0.01, extent, 60, number
                ).rate
            )
    error = np.hypot(np.std(true) / np.sqrt(600), np.std(estimated) / np.sqrt(60))
    assert np.mean(estimated) == pytest.approx(np.mean(true), abs=3 * error)
    assert error < 0.02
