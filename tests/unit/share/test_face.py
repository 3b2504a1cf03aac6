import numpy as np
import pytest
from posed_face import face_of
from scipy import ndimage

from rt1t2.geometry.transforms import apply, from_parameters
from rt1t2.geometry.volume import Volume
from rt1t2.share.face import (
    HIGHEST_DEG,
    MARGIN_MM,
    SHORT_MM,
    SPILL_MM,
    directions,
    find_face,
)

BALL_MM = 70.0


@pytest.fixture(scope="module")
def ball():
    """Return points on a ball about the origin."""
    points = np.random.default_rng(0).standard_normal((20000, 3))
    return BALL_MM * points / np.linalg.norm(points, axis=1, keepdims=True)


def test_directions_point_at_face_and_neck_and_never_at_the_vault():
    found = directions()
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1)
    assert found[:, 2].max() <= np.sin(np.deg2rad(HIGHEST_DEG)) + 1e-6
    for wanted in (
        (0, 1, 0),
        (0, 0, -1),
        (0.9, 0, -0.4),
        (-0.9, 0, -0.4),
        (0, 0.7, -0.7),
    ):
        nearest = (found @ wanted).max() / np.linalg.norm(wanted)
        assert nearest > np.cos(np.deg2rad(10)), wanted
    for never in ((0, 0, 1), (0, -1, 0), (0, -0.7, 0.7), (0.7, 0, 0.7)):
        assert (found @ never).max() < 0.7, never
    np.testing.assert_allclose(found.sum(axis=0)[0], 0, atol=1e-9)  # both sides alike


def test_every_plane_lies_outside_the_brain_by_the_margin(ball):
    face = find_face(ball, ball, np.eye(4))
    np.testing.assert_allclose(face.offsets, BALL_MM + MARGIN_MM, atol=0.5)


@pytest.mark.parametrize(("factor", "wanted"), [(0.5, -SHORT_MM), (1.5, SPILL_MM)])
def test_a_mask_that_is_cut_or_spills_moves_the_planes_only_so_far(
    ball, factor, wanted
):
    face = find_face(ball * factor, ball, np.eye(4))
    np.testing.assert_allclose(face.offsets, BALL_MM + MARGIN_MM + wanted, atol=0.5)


def test_the_face_turns_with_the_head_whatever_the_order_of_the_axes(ball):
    turned = from_parameters(np.array([9.0, -4, 20, 25, -20, 15]), np.zeros(3))
    straight = find_face(ball, ball, np.eye(4))
    tilted = find_face(apply(turned, ball), ball, turned)
    affine = np.array(
        [[0, 5.0, 0, -101.3], [5, 0, 0, -98.4], [0, 0, -5, 99.2], [0, 0, 0, 1]]
    )
    expected = straight.on(affine, (40, 41, 42))
    assert 0.2 < expected.mean() < 0.8
    found = tilted.on(turned @ affine, (40, 41, 42))
    assert (found != expected).mean() < 1e-3  # rounding


def test_of_a_simulated_head_the_face_is_beyond_and_the_brain_is_not(head):
    points = apply(head.affine, np.argwhere(head.brain).astype(float))
    beyond = find_face(points, points, np.eye(4)).on(head.affine, head.brain.shape)
    hollow = ndimage.distance_transform_edt(~head.brain, sampling=4.0) <= MARGIN_MM
    assert not (face_of(head) & ~beyond & ~hollow).any()
    # the hollow of the orbits is below the hull: only there the brain's margin decides
    _, y, z = head.grid.axes
    assert not (beyond & head.brain & ~((y > 15) & (z < -2))).any()
    vault = (z > 40) & (y < 0) & (head.fractions["skin"] > 0.5)
    assert not (beyond & vault).any()


def test_a_volume_of_any_shape_is_marked_by_its_place(ball):
    face = find_face(ball, ball, np.eye(4))
    whole = Volume(np.zeros((30, 31, 32)), np.diag([6.0, 6, 6, 1]) + 0)
    part = face.on(whole.affine, (30, 31, 1))
    np.testing.assert_array_equal(
        part[..., 0], face.on(whole.affine, whole.shape)[..., 0]
    )
