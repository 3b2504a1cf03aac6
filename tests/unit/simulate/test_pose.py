"""Poses: matrices and displacements take points where they should, and back."""

import nibabel as nib
import numpy as np
import pytest

from rt1t2.simulate.pose import (
    LATTICE_MM,
    Warp,
    at_points,
    field_of_view,
    grid_voxels,
    random_displacement,
    rigid,
)
from rt1t2.template.ellipsoids import LOWEST_MM


def test_a_rotation_comes_before_the_shift():
    quarter = rigid((0, 0, 90), (10, 20, 30))
    np.testing.assert_allclose(quarter @ [1, 0, 0, 1], [10, 21, 30, 1], atol=1e-12)
    np.testing.assert_allclose(quarter @ [0, 1, 0, 1], [9, 20, 30, 1], atol=1e-12)


def test_rotations_follow_one_another_about_fixed_axes():
    """About x first: y goes to z; then about y: z goes to x; then about z: x goes to y."""
    turned = rigid((90, 90, 90), (0, 0, 0))
    np.testing.assert_allclose(turned @ [0, 1, 0, 1], [0, 1, 0, 1], atol=1e-12)
    np.testing.assert_allclose(turned @ [1, 0, 0, 1], [0, 0, -1, 1], atol=1e-12)


def displacement(function):
    """Return the displacement on the lattice that a function gives at every point in mm."""
    shape = random_displacement(np.random.default_rng(0), 0.0).shape
    points = LOWEST_MM[:, None] + LATTICE_MM * grid_voxels(shape[1:])
    return function(points).reshape(shape).astype(np.float32)


def test_a_displacement_is_added_after_the_matrix():
    stretched = displacement(lambda q: 0.1 * q)  # d(q) = q / 10
    warp = Warp(rigid((0, 0, 90), (1, 2, 3)), stretched)
    grid = np.diag([2.0, 2.0, 2.0, 1.0])
    points = warp.to_template(grid, np.array([[10.0], [5.0], [4.0]], np.float32))
    # voxel -> (20, 10, 8) mm -> (-10 + 1, 20 + 2, 8 + 3) -> times 1.1
    np.testing.assert_allclose(points[:, 0], [-9.9, 24.2, 12.1], rtol=1e-5)


def test_a_template_point_is_found_again_in_the_scanner():
    rng = np.random.default_rng(3)
    warp = Warp(rigid((4, -6, 3), (2, 15, -8)), random_displacement(rng, 3.0))
    for point in ((0, 2, -4), (40, -30, 50), (-35, 60, -20)):
        scanner = warp.from_template(point).astype(np.float32)
        back = warp.to_template(np.eye(4), scanner[:, None])[:, 0]
        np.testing.assert_allclose(back, point, atol=0.01)


def test_a_volume_is_sampled_at_the_points_template_place():
    """Its value is its own x coordinate, so the samples tell where they were taken."""
    affine = np.diag([3.0, 3.0, 3.0, 1.0])
    affine[:3, 3] = -60
    x = np.broadcast_to(-60 + 3.0 * np.arange(41)[:, None, None], (41, 41, 41))
    still = displacement(np.zeros_like)
    warp = Warp(rigid((0, 0, 0), (7, 0, 0)), still)
    (sampled,) = warp.sample([x], affine, np.eye(4), (50, 4, 4))
    np.testing.assert_allclose(sampled[:, 2, 2], 7 + np.arange(50), rtol=1e-5)
    outside = at_points(x, affine, np.array([[80.0], [0.0], [0.0]]))
    assert outside == [0]


def test_nobody_displaced_is_nobody_moved():
    assert not random_displacement(np.random.default_rng(0), 0.0).any()


def test_displacements_have_their_size_and_fold_nowhere():
    spreads = []
    for seed in range(4):
        field = random_displacement(np.random.default_rng(seed), 3.0)
        spreads.append(field.std(axis=(1, 2, 3)))
        gradient = np.stack(
            [np.stack(np.gradient(f.astype(float), LATTICE_MM)) for f in field]
        )
        jacobian = np.moveaxis(gradient, (0, 1), (-2, -1)) + np.eye(3)
        assert np.linalg.det(jacobian).min() > 0
    assert np.mean(spreads) == pytest.approx(3.0, rel=0.1)


@pytest.mark.parametrize(
    ("plane", "axes", "shape"),
    [
        ("axial", "RAS", (60, 40, 20)),
        ("coronal", "RSA", (60, 25, 32)),
        ("sagittal", "ASR", (80, 25, 24)),
    ],
)
def test_a_field_of_view_has_its_size_centre_and_plane(plane, axes, shape):
    affine, got = field_of_view(
        (5, 15, -9), (120, 160, 100), (2, 4, 5), (0, 0, 0), plane
    )
    assert got == shape
    assert "".join(nib.aff2axcodes(affine)) == axes
    np.testing.assert_allclose(nib.affines.voxel_sizes(affine), (2, 4, 5))
    middle = (np.array(shape) - 1) / 2
    np.testing.assert_allclose(affine @ [*middle, 1], [5, 15, -9, 1])


def test_a_tilt_turns_the_field_of_view_about_its_centre():
    affine, shape = field_of_view((5, 15, -9), (120, 160, 100), (2, 2, 5), (10, 0, 0))
    middle = (np.array(shape) - 1) / 2
    np.testing.assert_allclose(affine @ [*middle, 1], [5, 15, -9, 1])
    normal = affine[:3, 2] / 5
    np.testing.assert_allclose(normal @ [0, 0, 1], np.cos(np.deg2rad(10)))
