import numpy as np
import pytest

from rt1t2.tissue.brain_surface import above_skull_base, axis_mm, smoothed_over

AFFINE = np.diag([2.0, 2.0, 2.0, 1.0])
AFFINE[:3, 3] = (-20, -60, -50)
SHAPE = (20, 60, 50)


def test_places_along_an_axis_broadcast():
    y = axis_mm(AFFINE, SHAPE, 1)
    assert y.shape == (1, 60, 1)
    assert (y.ravel()[[0, -1]] == [-60, 58]).all()


def test_the_skull_base_is_lower_behind_the_face():
    above = above_skull_base(AFFINE, SHAPE)[0]
    y, z = axis_mm(AFFINE, SHAPE, 1).ravel(), axis_mm(AFFINE, SHAPE, 2).ravel()
    assert not above[y == 40][:, z == -20].any()
    assert above[y == -40][:, z == -20].all()
    assert above[:, z > -12].all()
    assert not above[:, z < -30].any()


def test_smoothing_stays_on_the_surface_and_keeps_a_constant():
    surface = np.zeros((30, 30, 30), bool)
    surface[10, 5:25, 5:25] = True
    values = np.where(surface, 3.0, 1e6)  # what lies beside it is never read
    smooth, weight = smoothed_over(surface, values, 2.0)
    np.testing.assert_allclose(smooth, 3)
    assert weight.min() < 0.6 * weight.max()  # a corner has less around it


def test_a_single_value_is_levelled():
    surface = np.zeros((30, 30), bool)
    surface[5:25, 5:25] = True
    values = np.zeros(surface.shape)
    values[15, 15] = 10
    smooth, _ = smoothed_over(surface, values, 2.0)
    assert smooth.max() == pytest.approx(10 / (2 * np.pi * 4), rel=0.05)
