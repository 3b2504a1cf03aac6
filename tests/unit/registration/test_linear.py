"""Planted poses have to come back; the errors are mean distances over the brain."""

import numpy as np
import pytest

from rt1t2.geometry.morphology import widened
from rt1t2.geometry.transforms import apply, from_parameters, translation
from rt1t2.images import voxel_sizes_mm
from rt1t2.registration.head_mask import head_mask
from rt1t2.registration.linear import (
    refine_affine,
    register_affine,
    register_rigid,
)
from rt1t2.registration.mutual_information import MutualInformation
from rt1t2.template.brain_and_head import head_images


@pytest.fixture(scope="module")
def template(head):
    """Return T1w, T2w and the brain with its surroundings."""
    return (*head_images(head), widened(head.brain, 16.0, head.voxel_mm))


def scan_error_mm(scan, head, found, truth):
    """Mean distance between two matrices over the scan's brain."""
    in_template = apply(head.affine, np.argwhere(head.brain)[::23].astype(float))
    points = apply(np.linalg.inv(scan.world_to_template), in_template)
    return np.linalg.norm(apply(found, points) - apply(truth, points), axis=1).mean()


def template_error_mm(head, found, truth):
    points = apply(head.affine, np.argwhere(head.brain)[::23].astype(float))
    return np.linalg.norm(apply(found, points) - apply(truth, points), axis=1).mean()


def test_independent_images_share_no_information():
    rng = np.random.default_rng(3)
    a, b = rng.random((2, 30, 30, 30))
    mask = np.ones(a.shape, dtype=bool)
    grid = np.diag([4.0, 4, 4, 1])
    information = MutualInformation((a,), grid, mask, (b,), grid, 4.0)
    same = MutualInformation((a,), grid, mask, (a,), grid, 4.0)
    assert abs(information(np.eye(4))) < 0.02
    # 31 equally full bins, less what ranks blur into their neighbours: up to log 31
    assert 2 < same(np.eye(4)) < np.log(32)


def test_samples_outside_the_moving_image_do_not_count():
    rng = np.random.default_rng(4)
    image = rng.random((30, 30, 30))
    mask = np.ones(image.shape, dtype=bool)
    grid = np.diag([4.0, 4, 4, 1])
    whole = MutualInformation((image,), grid, mask, (image,), grid, 4.0)(np.eye(4))
    part = MutualInformation((image,), grid, mask, (image[:, :, :18],), grid, 4.0)
    tiny = MutualInformation((image,), grid, mask, (image[:, :, :10],), grid, 4.0)
    assert part(np.eye(4)) == pytest.approx(np.sqrt(0.6) * whole, rel=0.05)
    assert tiny(np.eye(4)) == 0


def test_information_does_not_change_with_the_grey_scale(head, template):
    t1w, t2w, mask = template
    grid = head.affine
    plain = MutualInformation((t1w,), grid, mask, (t2w,), grid, 4.0)(np.eye(4))
    scaled = MutualInformation((275 * t1w,), grid, mask, (0.01 * t2w,), grid, 4.0)(
        np.eye(4)
    )
    assert scaled == pytest.approx(plain, rel=1e-3)


@pytest.mark.parametrize("pose", [None, (20.0, -15.0, 12.0, 9.0, -11.0, 8.0)])
def test_rigid_finds_the_t2w_even_far_from_where_its_header_says(scan, head, pose):
    moved = np.eye(4) if pose is None else from_parameters(np.array(pose), np.zeros(3))
    mask = head_mask(scan.t1w, voxel_sizes_mm(scan.t1w_affine))
    found = register_rigid(
        scan.t1w, scan.t1w_affine, mask, scan.t2w, moved @ scan.t2w_affine
    )
    error_mm = scan_error_mm(scan, head, found.matrix, moved @ scan.t2w_to_t1w)
    assert error_mm < 0.5
    assert found.gap > 0.3
    rotation = found.matrix[:3, :3]
    np.testing.assert_allclose(rotation @ rotation.T, np.eye(3), atol=1e-9)


def test_rigid_finds_a_t2w_that_lacks_its_lower_third(scan, head):
    moved = from_parameters(np.array([11.0, -12, 11, -8, 9, 9]), np.zeros(3))
    mask = head_mask(scan.t1w, voxel_sizes_mm(scan.t1w_affine))
    cut = scan.t2w.shape[2] // 3
    found = register_rigid(
        scan.t1w,
        scan.t1w_affine,
        mask,
        scan.t2w[:, :, cut:],
        moved @ scan.t2w_affine @ translation([0, 0, cut]),
    )
    assert scan_error_mm(scan, head, found.matrix, moved @ scan.t2w_to_t1w) < 0.5


@pytest.mark.parametrize(
    "pose",
    [
        (25.0, -30.0, 35.0, 20.0, -18.0, 15.0, -9.0, -6.0, -11.0, 2.0, 0.0, -2.0),
        (-35.0, 20.0, -40.0, -25.0, 10.0, -22.0, -4.0, -8.0, -14.0, 0.0, 3.0, 0.0),
    ],
)
def test_affine_finds_a_head_anywhere(head, template, pose):
    t1w, t2w, mask = template
    pose = from_parameters(np.array(pose), np.zeros(3))
    found = register_affine(
        t1w, head.affine, mask, t1w, pose @ head.affine, fixed2=t2w, moving2=t2w
    )
    assert template_error_mm(head, found.matrix, pose) < 1
    assert found.gap > 0.3


def test_a_known_point_tells_where_to_search(head, template):
    t1w, _, mask = template
    pose = from_parameters(
        np.array([400.0, 0.0, 0.0, 15.0, -12.0, 9.0, -9.0, -6.0, -11.0]), np.zeros(3)
    )
    point = np.array([0.0, 2.0, -4.0])
    found = register_affine(
        t1w,
        head.affine,
        mask,
        t1w,
        pose @ head.affine,
        known_point=(point, apply(pose, point)),
    )
    assert template_error_mm(head, found.matrix, pose) < 1


def test_refining_brings_a_near_matrix_nearer(head, template):
    t1w, t2w, mask = template
    size = [-9.0, -6.0, -11.0]
    pose = from_parameters(
        np.array([5.0, 3.0, -4.0, 4.0, 2.0, -3.0, *size]), np.zeros(3)
    )
    start = from_parameters(
        np.array([8.0, 0.0, -1.0, 1.0, 4.0, -1.0, *size]), np.zeros(3)
    )
    arguments = (t1w, head.affine, mask, t1w, pose @ head.affine, start)
    refined = refine_affine(*arguments, fixed2=t2w, moving2=t2w)
    assert template_error_mm(head, start, pose) > 4
    assert template_error_mm(head, refined, pose) < 0.7


def test_a_part_that_moved_is_found_by_itself(head, template):
    """Around a point the head lies elsewhere than the matrix of the whole says."""
    t1w, t2w, _ = template
    centre = np.array([0.0, 2.0, -4.0])
    whole = from_parameters(np.array([9.0, -7, 5, 10, -8, 6, -9, -6, -11]), np.zeros(3))
    part = from_parameters(np.array([2.0, -3.0, 2.5, 3.0, -2.0, 2.0]), centre)
    points = apply(head.affine, np.moveaxis(np.indices(head.brain.shape), 0, -1))
    inside = np.linalg.norm(points - centre, axis=-1) <= 25
    moved = (t1w, head.affine, inside, t1w, whole @ part @ head.affine, whole)
    found = refine_affine(*moved, fixed2=t2w, moving2=t2w, rigid=True)
    near = points[inside]
    error = np.linalg.norm(apply(found, near) - apply(whole @ part, near), axis=-1)
    before = np.linalg.norm(apply(whole, near) - apply(whole @ part, near), axis=-1)
    assert before.mean() > 3.5
    assert error.mean() < 0.5


def test_the_same_numbers_every_time(scan):
    mask = head_mask(scan.t1w, voxel_sizes_mm(scan.t1w_affine))
    arguments = (scan.t1w, scan.t1w_affine, mask, scan.t2w, scan.t2w_affine)
    first = register_rigid(*arguments, voxel_mm=(6.0, 5.0))
    second = register_rigid(*arguments, voxel_mm=(6.0, 5.0))
    assert first.matrix.tobytes() == second.matrix.tobytes()
    assert first.mutual_information == second.mutual_information
