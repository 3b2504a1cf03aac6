"""Ellipsoids, soft edges and smooth noise on the template's grid."""

import numpy as np
import pytest

from rt1t2.template.ellipsoids import HIGHEST_MM, LOWEST_MM, Grid, soft_inside


@pytest.mark.parametrize("voxel_mm", [1.0, 3.0, 4.0])
def test_a_grid_covers_the_head_from_its_lowest_corner(voxel_mm):
    grid = Grid(voxel_mm)
    np.testing.assert_array_equal(grid.affine @ [0, 0, 0, 1], [*LOWEST_MM, 1])
    last = (grid.affine @ [*np.subtract(grid.shape, 1), 1])[:3]
    assert (last <= HIGHEST_MM).all()
    assert (last > HIGHEST_MM - voxel_mm).all()


def test_axes_are_the_coordinates_of_the_affine():
    grid = Grid(4.0)
    voxel = (3, 20, 41)
    coordinates = [axis.ravel()[i] for axis, i in zip(grid.axes, voxel, strict=True)]
    np.testing.assert_allclose([*coordinates, 1], grid.affine @ [*voxel, 1])


def test_an_ellipsoid_has_its_volume():
    grid = Grid(2.0)
    inside = soft_inside(grid.ellipsoid((3, -10, 5), (20, 30, 25), 35), 0.05)
    expected = 4 / 3 * np.pi * 20 * 30 * 25
    assert inside.sum() * 8 == pytest.approx(expected, rel=0.03)


def test_the_surface_of_an_ellipsoid_is_at_distance_one():
    """Points with 4 mm spacing that lie on its half axes, at half and at the full length."""
    grid = Grid(4.0)
    centre = (2.0, -2.0, 0.0)  # a voxel of the grid: -98, -134, -128 and whole 4 mm

    def at(distance, point):
        voxel = np.linalg.inv(grid.affine) @ [*point, 1]
        return distance[tuple(np.rint(voxel[:3]).astype(int))]

    distance = grid.ellipsoid(centre, (16, 32, 8))
    assert at(distance, centre) == 0
    for offset, expected in (((16, 0, 0), 1), ((0, 16, 0), 0.5), ((0, 0, -16), 2)):
        assert at(distance, np.add(centre, offset)) == pytest.approx(expected)
    turned = grid.ellipsoid(centre, (16, 32, 8), 90)  # x and y change places
    assert at(turned, np.add(centre, (16, 0, 0))) == pytest.approx(0.5)
    slanted = grid.ellipsoid(centre, (16, 32, 8), 45)  # its long axis points to (-1, 1)
    along, across = (at(slanted, np.add(centre, (x, 16, 0))) for x in (-16, 16))
    assert along == pytest.approx(np.hypot(16, 16) / 32)
    assert across == pytest.approx(np.hypot(16, 16) / 16)


def test_an_edge_is_logistic():
    """1 / (1 + exp(x)) is 1/2 on the surface and falls from 3/4 to 1/4 over 2 ln 3 widths."""
    edge = 0.1
    distance = 1 + edge * np.log([1 / 3, 1, 3])
    np.testing.assert_allclose(
        soft_inside(distance, edge), [0.75, 0.5, 0.25], rtol=1e-6
    )
    far = soft_inside(np.array([0.0, 1e6]), 1e-3)
    np.testing.assert_allclose(far, [1, 0], atol=1e-20)


def test_smooth_noise_has_unit_variance_and_the_wanted_smoothness():
    grid = Grid(4.0)
    noise = grid.noise(10.0, np.random.default_rng(0))
    assert noise.shape == grid.shape
    assert noise.std() == pytest.approx(1, abs=0.15)
    # Gaussian smoothing with sigma s: correlation exp(-d^2 / (4 s^2)) at distance d
    neighbours = np.corrcoef(noise[:-2].ravel(), noise[2:].ravel())[0, 1]
    assert neighbours == pytest.approx(np.exp(-(8**2) / (4 * 10**2)), abs=0.05)
