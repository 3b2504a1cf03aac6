"""Planted poses have to come back; the errors are mean distances over the brain."""

import numpy as np
import pytest

from rt1t2.geometry.morphology import dilate
from rt1t2.geometry.transforms import apply, from_parameters, translation
from rt1t2.geometry.volume import Volume
from rt1t2.registration.linear import (
    CLEAR_GAP,
    above_neck,
    refine_affine,
    register_affine,
    register_rigid,
)
from rt1t2.simulate.phantom import simulate_scan
from rt1t2.template.brain_and_head import head_images
from rt1t2.template.head_model import build_head


@pytest.fixture(scope="module")
def template(head):
    """Return both contrasts, and the brain with its surroundings."""
    t1w, t2w = (Volume(data, head.affine) for data in head_images(head))
    return (t1w, t2w), t1w.like(dilate(head.brain, 16.0, head.voxel_mm))


def volumes(scan):
    return Volume(scan.t1w, scan.t1w_affine), Volume(scan.t2w, scan.t2w_affine)


def scan_error_mm(scan, head, found, truth):
    """Mean distance between two matrices over the scan's brain."""
    in_template = apply(head.affine, np.argwhere(head.brain)[::23].astype(float))
    points = apply(np.linalg.inv(scan.world_to_template), in_template)
    return np.linalg.norm(apply(found, points) - apply(truth, points), axis=1).mean()


def template_error_mm(head, found, truth):
    points = apply(head.affine, np.argwhere(head.brain)[::23].astype(float))
    return np.linalg.norm(apply(found, points) - apply(truth, points), axis=1).mean()


@pytest.mark.parametrize("pose", [None, (20.0, -15.0, 12.0, 9.0, -11.0, 8.0)])
def test_rigid_finds_the_t2w_even_far_from_where_its_header_says(scan, head, pose):
    moved = np.eye(4) if pose is None else from_parameters(np.array(pose), np.zeros(3))
    t1w, t2w = volumes(scan)
    found = register_rigid(t1w, t1w.like(t1w.head), t2w.moved(moved))
    error_mm = scan_error_mm(scan, head, found.matrix, moved @ scan.t2w_to_t1w)
    assert error_mm < 0.5
    assert found.gap > 0.3
    rotation = found.matrix[:3, :3]
    np.testing.assert_allclose(rotation @ rotation.T, np.eye(3), atol=1e-9)


def test_rigid_finds_a_t2w_that_lacks_its_lower_third(scan, head):
    moved = from_parameters(np.array([11.0, -12, 11, -8, 9, 9]), np.zeros(3))
    t1w, t2w = volumes(scan)
    cut = scan.t2w.shape[2] // 3
    part = Volume(t2w.data[:, :, cut:], t2w.affine @ translation([0, 0, cut]))
    found = register_rigid(t1w, t1w.like(t1w.head), part.moved(moved))
    assert scan_error_mm(scan, head, found.matrix, moved @ scan.t2w_to_t1w) < 0.5


@pytest.mark.parametrize(
    "pose",
    [
        (25.0, -30.0, 35.0, 20.0, -18.0, 15.0, -9.0, -6.0, -11.0, 2.0, 0.0, -2.0),
        (-35.0, 20.0, -40.0, -25.0, 10.0, -22.0, -4.0, -8.0, -14.0, 0.0, 3.0, 0.0),
    ],
)
def test_affine_finds_a_head_anywhere(head, template, pose):
    images, mask = template
    pose = from_parameters(np.array(pose), np.zeros(3))
    found = register_affine(images, mask, [image.moved(pose) for image in images])
    assert template_error_mm(head, found.matrix, pose) < 1
    assert found.gap > 0.3


def test_a_known_point_tells_where_to_search(head, template):
    (t1w, _), mask = template
    pose = from_parameters(
        np.array([400.0, 0.0, 0.0, 15.0, -12.0, 9.0, -9.0, -6.0, -11.0]), np.zeros(3)
    )
    point = np.array([0.0, 2.0, -4.0])
    found = register_affine(
        (t1w,),
        mask,
        (t1w.moved(pose),),
        known_point=(point, apply(pose, point)),
    )
    assert template_error_mm(head, found.matrix, pose) < 1


def test_refining_brings_a_near_matrix_nearer(head, template):
    images, mask = template
    size = [-9.0, -6.0, -11.0]
    pose = from_parameters(
        np.array([5.0, 3.0, -4.0, 4.0, 2.0, -3.0, *size]), np.zeros(3)
    )
    start = from_parameters(
        np.array([8.0, 0.0, -1.0, 1.0, 4.0, -1.0, *size]), np.zeros(3)
    )
    refined = refine_affine(images, mask, [i.moved(pose) for i in images], start)
    assert template_error_mm(head, start, pose) > 4
    assert template_error_mm(head, refined, pose) < 0.7


def test_a_part_that_moved_is_found_by_itself(head, template):
    """Around a point the head lies elsewhere than the matrix of the whole says."""
    images, _ = template
    centre = np.array([0.0, 2.0, -4.0])
    whole = from_parameters(np.array([9.0, -7, 5, 10, -8, 6, -9, -6, -11]), np.zeros(3))
    part = from_parameters(np.array([2.0, -3.0, 2.5, 3.0, -2.0, 2.0]), centre)
    points = apply(head.affine, np.moveaxis(np.indices(head.brain.shape), 0, -1))
    inside = np.linalg.norm(points - centre, axis=-1) <= 25
    mask, moved = images[0].like(inside), [i.moved(whole @ part) for i in images]
    found = refine_affine(images, mask, moved, whole, rigid=True)
    near = points[inside]
    error = np.linalg.norm(apply(found, near) - apply(whole @ part, near), axis=-1)
    before = np.linalg.norm(apply(whole, near) - apply(whole @ part, near), axis=-1)
    assert before.mean() > 3.5
    assert error.mean() < 0.5


def test_the_same_numbers_every_time(scan):
    t1w, t2w = volumes(scan)
    arguments = t1w, t1w.like(t1w.head), t2w
    first = register_rigid(*arguments, voxel_mm=(6.0, 5.0))
    second = register_rigid(*arguments, voxel_mm=(6.0, 5.0))
    assert first.matrix.tobytes() == second.matrix.tobytes()
    assert first.mutual_information == second.mutual_information


def test_the_neck_is_left_out_and_the_head_is_not():
    affine = np.diag([4.0, 4.0, 4.0, 1.0])
    affine[:3, 3] = (-80, -100, -200)
    head = np.zeros((40, 50, 90), bool)
    head[10:30, 10:40, :85] = True  # a head with a long neck: vertex at z = 136
    marked = above_neck(Volume(head.astype("f4"), affine))
    z = np.arange(90) * 4.0 - 200
    assert marked[:, :, z > -20].all()
    assert not marked[:, :, z < -28].any()
    assert not above_neck(Volume(np.zeros((4, 4, 4), "f4"), affine)).any()


def test_a_pose_that_coarse_images_cannot_tell_is_decided_by_finer_ones():
    """In this person's images of 6 mm a pose 29 mm off fits best by a hair."""
    scan = simulate_scan(
        build_head(3.0), (1, 17), t1w_voxel_mm=3.0, t2w_voxel_mm=(3.0, 3.0, 4.0)
    )
    t1w, t2w = Volume(scan.t1w, scan.t1w_affine), Volume(scan.t2w, scan.t2w_affine)
    found = register_rigid(t1w, t1w.like(t1w.head), t2w)
    points = np.random.default_rng(0).uniform(-60, 60, (200, 3))
    off_mm = apply(found.matrix, points) - apply(scan.t2w_to_t1w, points)
    assert np.linalg.norm(off_mm, axis=1).mean() < 0.6
    assert found.gap > CLEAR_GAP
