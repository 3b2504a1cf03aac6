"""Spatial nulls: as smooth as the map, and p values that hold where permuting regions fails."""

import numpy as np
import pytest
from scipy.stats import rankdata

from rt1t2.errors import UserError
from rt1t2.receptors.correlation import spearman
from rt1t2.receptors.spatial_nulls import (
    RANGES_MM,
    random_signs,
    spatial_null,
    spatial_patterns,
    surrogates,
)

N_REGIONS = 80


def brain(seed=0):
    """Return centres in a ball of 60 mm, and the Cholesky root of a smooth covariance."""
    rng = np.random.default_rng(seed)
    centroids = rng.normal(size=(N_REGIONS, 3))
    centroids *= (
        60
        * rng.random((N_REGIONS, 1)) ** (1 / 3)
        / np.linalg.norm(centroids, axis=1, keepdims=True)
    )
    distance = np.linalg.norm(centroids[:, None] - centroids[None], axis=-1)
    covariance = 0.8 * np.exp(-distance / 40) + 0.2 * np.eye(N_REGIONS)
    return centroids, distance, np.linalg.cholesky(covariance)


def autocorrelation(values, distance, range_mm=30):
    centred = values - values.mean()
    weight = np.exp(-distance / range_mm)
    return (centred @ weight @ centred) / (centred @ centred)


@pytest.mark.parametrize("covariate", [False, True])
def test_patterns_are_orthonormal_with_mean_0_and_orthogonal_to_the_covariate(
    covariate,
):
    centroids, _, root = brain()
    one_map, gm = (root @ np.random.default_rng(1).normal(size=(N_REGIONS, 2))).T
    basis = spatial_patterns(one_map[None], centroids, gm if covariate else None)
    n = N_REGIONS - 1 - covariate
    assert basis.shape == (N_REGIONS, n)
    assert basis.T @ basis == pytest.approx(np.eye(n), abs=1e-12)
    assert basis.sum(axis=0) == pytest.approx(np.zeros(n), abs=1e-12)
    if covariate:
        assert rankdata(gm) @ basis == pytest.approx(np.zeros(n), abs=1e-9)


@pytest.mark.parametrize("range_mm", [10, 40, 140])
def test_patterns_are_those_of_the_range_that_made_the_maps(range_mm):
    centroids, distance, _ = brain()
    covariance = 0.8 * np.exp(-distance / range_mm) + 0.2 * np.eye(N_REGIONS)
    drawn = np.random.default_rng(2).normal(size=(200, N_REGIONS))
    maps = drawn @ np.linalg.cholesky(covariance).T
    basis = spatial_patterns(maps, centroids)
    inside = basis.T @ np.exp(-distance / range_mm) @ basis
    assert inside == pytest.approx(np.diag(np.diag(inside)), abs=1e-9)
    assert (np.diff(np.diag(inside)) > 0).all()


def test_surrogates_keep_mean_variance_and_autocorrelation_and_are_no_copies():
    centroids, distance, root = brain()
    values = 5 + root @ np.random.default_rng(1).normal(size=N_REGIONS)
    basis = spatial_patterns(values[None], centroids)
    signs = random_signs(50, basis, np.random.default_rng(2))
    drawn = surrogates(values, basis, signs)
    assert drawn.mean(axis=1) == pytest.approx(np.full(50, values.mean()))
    assert drawn.std(axis=1) == pytest.approx(np.full(50, values.std()))
    # whatever the range, and exactly at the one that was found
    kept = [
        np.ptp([autocorrelation(d, distance, r) for d in [values, *drawn]])
        for r in RANGES_MM
    ]
    assert min(kept) < 1e-9
    assert np.abs(np.corrcoef(values, drawn)[0, 1:]).max() < 0.9


def test_p_values_of_smooth_but_unrelated_patterns_hold():
    centroids, _, root = brain()
    rng = np.random.default_rng(3)
    spatial, shuffled = [], []
    for _ in range(150):
        one_map = root @ rng.normal(size=N_REGIONS)
        profiles = rng.normal(size=(8, N_REGIONS)) @ root.T
        observed = np.abs(np.arctanh(spearman(profiles, one_map[None])))
        for profile, seen in zip(profiles, observed[:, 0], strict=True):
            null = spatial_null(profile[None], one_map, None, centroids, 99, rng, "map")
            spatial.append((1 + (np.abs(null) >= seen).sum()) / 100)
        orders = rng.random((99, N_REGIONS)).argsort(axis=1)
        null = np.arctanh(spearman(profiles, one_map[orders]))
        shuffled += ((1 + (np.abs(null) >= observed).sum(axis=1)) / 100).tolist()
    # 8 profiles share a map: standard error at most 0.018, and 0.006 if they did not
    assert np.mean(np.array(spatial) <= 0.05) == pytest.approx(0.05, abs=0.03)
    assert np.mean(np.array(shuffled) <= 0.05) > 0.12


@pytest.mark.parametrize("covariate", [False, True])
@pytest.mark.parametrize("randomised", ["receptor_map", "ratio_map"])
def test_p_of_a_group_is_uniform_whichever_map_is_randomised(randomised, covariate):
    centroids, _, root = brain()
    rng = np.random.default_rng(10)
    p = []
    for _ in range(200):
        one_map, gm, shared = root @ rng.normal(size=(N_REGIONS, 3)).T[..., None]
        one_map, gm = one_map[:, 0], gm[:, 0] if covariate else None
        # patients are relative to the same controls
        z = shared[:, 0] + rng.normal(size=(4, N_REGIONS)) @ root.T
        null = spatial_null(z, one_map, gm, centroids, 99, rng, "map", randomised)
        seen = abs(np.arctanh(spearman(z, one_map[None], gm)).mean())
        p.append((1 + (np.abs(null) >= seen).sum()) / 100)
    # standard error 0.015 of a share of 0.05, and 0.035 of one of 0.5
    assert np.mean(np.array(p) <= 0.05) == pytest.approx(0.05, abs=0.046)
    assert np.mean(np.array(p) <= 0.5) == pytest.approx(0.5, abs=0.106)


def test_the_relation_of_the_map_with_the_covariate_stays():
    centroids, _, root = brain()
    rng = np.random.default_rng(4)
    gm = root @ rng.normal(size=N_REGIONS)
    one_map = 3 * gm + root @ rng.normal(size=N_REGIONS)
    # profiles that follow nothing but the covariate: given it, the null is about 0
    z = gm + 0.5 * rng.normal(size=(5, N_REGIONS))
    given = spatial_null(z, one_map, gm, centroids, 300, rng, "map")
    without = spatial_null(z, one_map, None, centroids, 300, rng, "map")
    assert abs(given.mean()) < 0.05
    assert given.std() < 0.5 * without.std()


def test_the_scale_of_the_map_does_not_matter_and_a_seed_repeats():
    centroids, _, root = brain()
    rng = np.random.default_rng(5)
    one_map, z = root @ rng.normal(size=N_REGIONS), rng.normal(size=(4, N_REGIONS))
    nulls = [
        spatial_null(
            z, values, None, centroids, 40, np.random.default_rng(6), "map"
        ).tolist()
        for values in (one_map, np.exp(one_map), rankdata(one_map))
    ]
    assert nulls[0] == nulls[1] == nulls[2]


def test_a_missing_region_costs_only_those_who_miss_it():
    centroids, _, root = brain()
    rng = np.random.default_rng(7)
    one_map, z = root @ rng.normal(size=N_REGIONS), rng.normal(size=(2, N_REGIONS))

    def null(rows, values):
        generator = np.random.default_rng(8)
        return spatial_null(rows, values, None, centroids, 20, generator, "map")

    lesion = z.copy()
    lesion[1, 3] = np.nan
    both = null(lesion, one_map)
    assert 2 * both - null(lesion[1:], one_map) == pytest.approx(null(z[:1], one_map))
    one_map[5] = np.nan
    assert np.isfinite(null(lesion, one_map)).all()
    one_map[9:] = np.nan
    with pytest.raises(UserError, match="map has data in only 8 regions"):
        null(z, one_map)


def test_random_profiles_keep_the_covariate_and_go_without_missing_regions():
    centroids, _, root = brain()
    rng = np.random.default_rng(11)
    gm, one_map = rng.normal(size=(2, N_REGIONS)) @ root.T
    z = gm + 0.5 * rng.normal(size=(5, N_REGIONS))
    one_map = one_map + 3 * gm

    def null(rows, values, covariate, n=300):
        generator = np.random.default_rng(12)
        of = (centroids, n, generator, "map", "ratio_map")
        return spatial_null(rows, values, covariate, *of)

    given, without = null(z, one_map, gm), null(z, one_map, None)
    assert abs(given.mean()) < 0.05
    assert given.std() < 0.5 * without.std()
    lesion = z.copy()
    lesion[1, 3] = np.nan
    # one region of one patient: the others' random copies are the same
    others = null(np.delete(z, 1, axis=0), one_map, gm)
    alone = null(lesion[[1]], one_map, gm)
    assert null(lesion, one_map, gm) == pytest.approx((4 * others + alone) / 5)
    assert alone == pytest.approx(null(z[[1]], one_map, gm), abs=0.1)
    one_map[5] = np.nan
    assert np.isfinite(null(lesion, one_map, gm)).all()


def test_regions_on_top_of_one_another_are_said():
    with pytest.raises(UserError, match="same centre"):
        spatial_patterns(np.ones((1, 12)), np.zeros((12, 3)))
