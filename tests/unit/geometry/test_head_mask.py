import numpy as np
import pytest

from rt1t2.geometry.head_mask import head_mask, largest_part, otsu_threshold


def test_otsu_separates_two_levels():
    values = np.r_[np.full(700, 10.0), np.full(300, 50.0)] + np.tile([-1, 1], 500)
    assert 11 <= otsu_threshold(values) <= 49


def test_otsu_of_a_constant_is_the_constant():
    assert otsu_threshold(np.full(100, 3.0)) == pytest.approx(3, abs=0.6)


def test_a_shell_with_a_gap_is_filled_and_noise_outside_is_left_out():
    i, j, k = np.indices((60, 60, 60)) - 29.5
    radius_mm = 2 * np.sqrt(i**2 + j**2 + k**2)
    shell = np.where((radius_mm > 40) & (radius_mm < 48), 100.0, 0.0)
    shell[28:31, 28:31, 40:] = 0  # a hole 6 mm wide
    shell[2:4, 2:4, 2:4] = 100  # something else in the scanner
    mask = head_mask(shell + np.random.default_rng(0).random(shell.shape), 2.0)
    assert mask[radius_mm < 40].all()
    assert not mask[radius_mm > 54].any()


def test_undefined_voxels_are_background():
    image = np.full((20, 20, 20), np.nan)
    image[5:15, 5:15, 5:15] = 100
    mask = head_mask(image, 4.0)
    assert mask[8:12, 8:12, 8:12].all()
    assert not mask[0].any()


def test_simulated_head(scan):
    voxel_mm = np.sqrt((scan.t1w_affine[:3, :3] ** 2).sum(axis=0))
    mask = head_mask(scan.t1w, voxel_mm)
    brain = np.isfinite(scan.truth_ratio) & (scan.truth_ratio > 0)
    assert mask[brain].mean() > 0.95
    assert 0.15 < mask.mean() < 0.7


def test_largest_part():
    mask = np.zeros((9, 9, 9), dtype=bool)
    mask[1:3, 1:3, 1:3] = True
    mask[5:9, 5:9, 5:9] = True
    kept = largest_part(mask)
    assert kept.sum() == 64
    assert kept[6, 6, 6]
