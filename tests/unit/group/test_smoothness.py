"""Smoothness of noise whose smoothness is known, and resels of simple solids."""

import numpy as np
import pytest
from scipy import ndimage

from rt1t2.group.smoothness import (
    estimate_smoothness,
    resel_counts,
    sampled_participants,
)

FWHM = np.array([4.0, 5.0, 6.0])


def smooth_noise(n, shape, seed=0):
    rng = np.random.default_rng(seed)
    sigma = FWHM / np.sqrt(8 * np.log(2))
    fields = [
        ndimage.gaussian_filter(rng.standard_normal(shape), sigma, mode="wrap")
        for _ in range(n)
    ]
    return [field / field.std() for field in fields]


def estimate(fields, mask):
    y = np.stack([field[mask] for field in fields])
    residual = y - y.mean(axis=0)
    n, df = np.full(mask.sum(), len(y)), np.full(mask.sum(), len(y) - 1)
    residual /= np.sqrt((residual**2).sum(axis=0) / df)
    return estimate_smoothness(residual, mask, n, df)


def test_fwhm_of_smoothed_noise():
    mask = np.ones((40, 40, 40), bool)
    found = estimate(smooth_noise(20, mask.shape), mask)
    assert np.allclose(found.fwhm_voxels, FWHM, rtol=0.04)
    density = found.resels_per_voxel.reshape(mask.shape)
    assert np.isnan(density[-1]).all()
    assert np.isfinite(density[:-1, :-1, :-1]).all()
    assert np.nanmean(density) == pytest.approx(1 / FWHM.prod(), rel=0.1)


def test_voxels_beside_a_hole_are_left_out():
    mask = np.ones((20, 20, 20), bool)
    mask[10, 10, 10] = False
    found = estimate(smooth_noise(8, mask.shape), mask)
    density = np.full(mask.shape, np.nan)
    density[mask] = found.resels_per_voxel
    # the eight forward cubes that hold the missing corner
    assert np.isnan(density[9:11, 9:11, 9:11]).all()
    assert np.isfinite(density[:-1, :-1, :-1]).sum() == 19**3 - 8


def test_scan_with_a_gap_counts_only_where_it_is_defined():
    mask = np.ones((24, 24, 24), bool)
    fields = smooth_noise(12, mask.shape, seed=4)
    whole = estimate(fields, mask).fwhm_voxels
    y = np.stack([field[mask] for field in fields])
    residual = y - y.mean(axis=0)
    residual /= np.sqrt((residual**2).sum(axis=0) / 11)
    residual[0, :4000] = np.nan
    n = np.where(np.arange(mask.sum()) < 4000, 11, 12)
    found = estimate_smoothness(residual, mask, n, n - 1)
    assert np.allclose(found.fwhm_voxels, whole, rtol=0.03)


def test_two_degrees_of_freedom_cannot_tell():
    mask = np.ones((10, 10, 10), bool)
    found = estimate(smooth_noise(3, mask.shape), mask)
    assert np.isnan(found.fwhm_voxels).all()
    assert np.isnan(resel_counts(mask, found.fwhm_voxels)[1:]).all()


def test_resels_of_a_box_and_of_a_hollow_box():
    box = np.zeros((9, 10, 11), bool)
    box[1:7, 1:8, 1:9] = True  # sides of 5, 6 and 7 voxels
    wx, wy, wz = FWHM
    a, b, c = 5 / wx, 6 / wy, 7 / wz
    expected = [1, a + b + c, a * b + a * c + b * c, a * b * c]
    assert np.allclose(resel_counts(box, FWHM), expected)
    box[3, 4, 5] = False  # a cavity raises the Euler characteristic by one
    assert resel_counts(box, FWHM)[0] == 2


def test_sampled_participants():
    assert sampled_participants(64).tolist() == list(range(64))
    chosen = sampled_participants(1000)
    assert len(set(chosen)) == 64
    assert chosen[[0, -1]].tolist() == [0, 999]
