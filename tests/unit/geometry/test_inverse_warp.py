"""The way back through a displacement field: there and back again is no way at all."""

import numpy as np
import pytest

from rt1t2.geometry.inverse_warp import template_points

AFFINE = np.diag([2.0, 2, 2, 1])
AFFINE[:3, 3] = (-30, -28, -26)
SHAPE = (31, 29, 27)


def field():
    """Waves of 4 mm height, that nowhere fold."""
    i, j, k = np.indices(SHAPE)
    return np.stack(
        [4 * np.sin(j / 6), 3 * np.cos(k / 5), 4 * np.sin(i / 7 + 1)], axis=-1
    )


def test_there_and_back():
    rng = np.random.default_rng(1)
    angle = 0.2
    matrix = np.eye(4)
    matrix[:2, :2] = [[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]
    matrix[:3, :3] *= 1.1
    matrix[:3, 3] = (3, -4, 5)
    voxels = rng.integers(5, 20, (200, 3))
    template = voxels @ AFFINE[:3, :3].T + AFFINE[:3, 3]
    moved = template + field()[tuple(voxels.T)]
    points = moved @ matrix[:3, :3].T + matrix[:3, 3]
    found = template_points(points, field(), AFFINE, matrix)
    assert np.abs(found - template).max() < 0.02


def test_points_outside_the_field_are_nowhere():
    points = np.array([[0.0, 0, 0], [200, 0, 0]])
    found = template_points(points, np.zeros((*SHAPE, 3)), AFFINE, np.eye(4))
    assert found[0] == pytest.approx([0, 0, 0])
    assert np.isnan(found[1]).all()
