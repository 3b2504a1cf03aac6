import numpy as np
import pytest
from scipy import ndimage

from rt1t2.geometry.resampling import (
    downsample,
    field_of_view,
    isotropic_grid,
    resample,
)
from rt1t2.geometry.transforms import apply, from_parameters

OBLIQUE = from_parameters([5.0, -8.0, 3.0, 10.0, -6.0, 20.0], np.zeros(3)) @ np.diag(
    [1.0, 1.5, 3.0, 1.0]
)


def coordinates(shape, affine):
    """Return world x, y, z of every voxel, last axis."""
    return apply(affine, np.stack(np.indices(shape), axis=-1).astype(float))


@pytest.mark.parametrize("order", [1, 3, 4])
def test_a_linear_ramp_keeps_its_values_at_world_positions(order):
    shape = (30, 24, 14)
    weights = np.array([2.0, -1.0, 0.5])
    ramp = coordinates(shape, OBLIQUE) @ weights
    target = OBLIQUE @ np.diag([2.0, 1.3, 0.5, 1.0])
    target[:3, 3] = apply(OBLIQUE, np.array([8.0, 6.0, 5.0]))
    point_map = from_parameters([0.4, 0.3, -0.5, 1.0, 2.0, 3.0], target[:3, 3])
    sampled = resample(ramp, OBLIQUE, target, (5, 6, 7), point_map, order=order)
    expected = apply(point_map, coordinates((5, 6, 7), target)) @ weights
    # higher orders mirror at the edges, which a ramp does not
    np.testing.assert_allclose(sampled, expected, atol=1e-3 if order == 1 else 0.2)


@pytest.mark.parametrize("order", [0, 1, 3, 4])
@pytest.mark.parametrize("flip", [1, -1])
def test_along_the_axes_the_values_are_those_of_any_direction(order, flip):
    """SciPy in three dimensions at once is the reference; the grid also leaves the image."""
    image = np.random.default_rng(1).random((17, 12, 14)).astype(np.float32)
    scale, start = (
        np.diag([flip * 0.9, 1.4, 1.1]),
        [-1.33 if flip > 0 else 17.03, 0.42, 0.23],
    )
    target = OBLIQUE @ from_parts(scale, start)
    shape = (19, 9, 13)
    sampled = resample(image, OBLIQUE, target, shape, order=order, antialias=False)
    mode = "mirror" if order > 1 else "nearest"
    expected = ndimage.affine_transform(
        image, scale, start, shape, order=order, mode=mode
    )
    at = (np.indices(shape).T @ scale + start).T
    inside = [
        (x > -0.501) & (x < n - 0.499) for x, n in zip(at, image.shape, strict=True)
    ]
    inside = np.all(inside, axis=0)
    assert 0 < inside.mean() < 1
    np.testing.assert_allclose(sampled[inside], expected[inside], atol=2e-6)
    assert (sampled[~inside] == 0).all()


def from_parts(matrix, start):
    affine = np.eye(4)
    affine[:3, :3], affine[:3, 3] = matrix, start
    return affine


def test_the_same_grid_gives_the_same_image():
    image = np.random.default_rng(1).random((7, 8, 9)).astype(np.float32)
    for order in (0, 1, 3, 4):
        same = resample(image, OBLIQUE, OBLIQUE, image.shape, order=order)
        np.testing.assert_allclose(same, image, atol=2e-5)


def test_outside_begins_half_a_voxel_from_the_outermost_centres():
    image = np.ones((4, 4, 4))
    target = np.diag([0.25, 1, 1, 1.0])
    target[0, 3] = -1.0
    sampled = resample(image, np.eye(4), target, (24, 4, 4), outside=np.nan)
    x_mm = -1 + 0.25 * np.arange(24)
    np.testing.assert_array_equal(
        np.isfinite(sampled[:, 0, 0]), (x_mm >= -0.5) & (x_mm <= 3.5)
    )
    np.testing.assert_array_equal(
        field_of_view((4, 4, 4), np.eye(4), target, (24, 4, 4)), np.isfinite(sampled)
    )
    assert np.nanmin(sampled) == np.nanmax(sampled) == 1


def test_antialiasing_removes_what_the_new_grid_cannot_hold():
    stripes = np.tile(np.array([0.0, 1.0] * 24)[:, None, None], (1, 12, 12))
    target = np.diag([4.0, 1, 1, 1])
    smooth = resample(stripes, np.eye(4), target, (12, 12, 12))[2:-2]
    aliased = resample(stripes, np.eye(4), target, (12, 12, 12), antialias=False)[2:-2]
    assert np.abs(smooth - 0.5).max() < 0.01
    assert np.abs(aliased - 0.5).max() == 0.5


def test_downsampling_keeps_a_ramp_where_it_is_in_the_world():
    shape = (40, 30, 12)
    ramp = coordinates(shape, OBLIQUE) @ np.array([1.0, 2.0, -1.0])
    coarse, affine = downsample(ramp, OBLIQUE, 4.0)
    expected = coordinates(coarse.shape, affine) @ np.array([1.0, 2.0, -1.0])
    inner = (slice(2, -2),) * 3
    np.testing.assert_allclose(coarse[inner], expected[inner], atol=0.05)


def test_downsampling_averages_only_what_is_defined():
    image = np.full((24, 24, 24), 7.0)
    image[:9] = np.nan
    coarse, _ = downsample(image, np.eye(4), 4.0)
    assert np.isnan(coarse[:2]).all()
    np.testing.assert_allclose(coarse[3:], 7, rtol=1e-5)


def test_the_isotropic_grid_has_canonical_axes_and_the_same_centre():
    affine = np.diag([-1.0, -1.0, 3.0, 1.0])  # LPS
    affine[:3, 3] = [10, 20, 30]
    shape, grid = isotropic_grid((100, 80, 40), affine, 2.0)
    assert shape == (50, 40, 60)
    np.testing.assert_allclose(grid[:3, :3], 2 * np.eye(3))
    np.testing.assert_allclose(
        apply(grid, (np.array(shape) - 1) / 2),
        apply(affine, np.array([49.5, 39.5, 19.5])),
    )


def test_oblique_scans_stay_oblique():
    _, grid = isotropic_grid((30, 24, 14), OBLIQUE, 1.0)
    np.testing.assert_allclose(
        grid[:3, :3], OBLIQUE[:3, :3] @ np.diag([1, 1 / 1.5, 1 / 3])
    )
