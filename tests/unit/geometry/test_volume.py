import numpy as np
import pytest

from rt1t2.geometry.transforms import translation
from rt1t2.geometry.volume import Volume


@pytest.fixture
def ramp():
    """Values that say where they lie: x + 10 y + 100 z in mm, voxels of 1 x 2 x 3 mm."""
    affine = np.array([[1, 0, 0, -5], [0, 2, 0, 7], [0, 0, 3, 0], [0, 0, 0, 1.0]])
    x, y, z = np.indices((12, 10, 8))
    data = (x - 5.0) + 10 * (2.0 * y + 7) + 100 * (3.0 * z)
    return Volume(data.astype("f4"), affine)


def test_size_and_shape(ramp):
    assert ramp.voxel_mm == pytest.approx([1, 2, 3])
    assert ramp.voxel_ml == pytest.approx(0.006)
    assert Volume(np.zeros((2, 3, 4, 5)), np.eye(4)).shape == (2, 3, 4)


def test_a_reduced_copy_is_made_once(ramp):
    coarse = ramp.reduced_to(4.0)
    assert coarse is ramp.reduced_to(4.0)
    assert coarse is not ramp.reduced_to(6.0)
    assert (coarse.voxel_mm >= 2.9).all()
    middle = coarse.affine @ np.r_[1, 2, 3, 1]
    assert coarse.data[1, 2, 3] == pytest.approx(middle @ [1, 10, 100, 0], abs=1)


def test_moved_is_the_same_image_elsewhere(ramp):
    moved = ramp.moved(translation([1, 2, 3]))
    assert moved.data is ramp.data
    assert moved.affine[:3, 3] == pytest.approx(ramp.affine[:3, 3] + [1, 2, 3])


def test_on_another_grid_points_keep_their_values(ramp):
    grid = Volume(np.zeros((3, 3, 3)), np.diag([2.0, 2, 2, 1]) @ translation([0, 5, 2]))
    shift = np.array([0.5, 0.0, 1.5])
    sampled = ramp.on(grid, translation(shift))
    points = np.stack(np.indices((3, 3, 3)), -1) @ grid.affine[:3, :3].T
    points += grid.affine[:3, 3] + shift
    assert sampled.data == pytest.approx(points @ [1, 10, 100], rel=1e-4)
    assert sampled.affine is grid.affine
    far = ramp.on(grid.moved(translation([500, 0, 0])), outside=np.nan)
    assert np.isnan(far.data).all()


def test_the_head_is_where_it_is_bright():
    index = np.indices((30, 30, 30)) - 14.5
    ball = (index**2).sum(axis=0) < 100
    noise = np.random.default_rng(0).random(ball.shape)
    head = Volume(np.where(ball, 100.0, noise), np.diag([3.0, 3, 3, 1])).head
    assert (head ^ ball).sum() < 0.2 * ball.sum()
