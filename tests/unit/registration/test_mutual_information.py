"""Mutual information: of independent and equal images, and what does not change it."""

import numpy as np
import pytest

from rt1t2.geometry.morphology import dilate
from rt1t2.geometry.volume import Volume
from rt1t2.registration.mutual_information import MutualInformation
from rt1t2.template.brain_and_head import head_images

GRID = np.diag([4.0, 4, 4, 1])


@pytest.fixture(scope="module")
def template(head):
    """Return both contrasts, and the brain with its surroundings."""
    t1w, t2w = (Volume(data, head.affine) for data in head_images(head))
    return (t1w, t2w), t1w.like(dilate(head.brain, 16.0, head.voxel_mm))


def test_independent_images_share_no_information():
    rng = np.random.default_rng(3)
    a, b = (Volume(data, GRID) for data in rng.random((2, 30, 30, 30)))
    mask = a.like(np.ones(a.shape, dtype=bool))
    information = MutualInformation((a,), mask, (b,), 4.0)
    same = MutualInformation((a,), mask, (a,), 4.0)
    assert abs(information(np.eye(4))) < 0.02
    # 31 equally full bins, less what ranks blur into their neighbours: up to log 31
    assert 2 < same(np.eye(4)) < np.log(32)


def test_samples_outside_the_moving_image_do_not_count():
    rng = np.random.default_rng(4)
    image = Volume(rng.random((30, 30, 30)), GRID)
    mask = image.like(np.ones(image.shape, dtype=bool))

    def with_slices(n):
        part = image.like(image.data[:, :, :n])
        return MutualInformation((image,), mask, (part,), 4.0)

    whole, part, tiny = (with_slices(n) for n in (30, 18, 10))
    assert part(np.eye(4)) == pytest.approx(np.sqrt(0.6) * whole(np.eye(4)), rel=0.05)
    assert tiny(np.eye(4)) == 0


def test_information_does_not_change_with_the_grey_scale(template):
    (t1w, t2w), mask = template
    plain = MutualInformation((t1w,), mask, (t2w,), 4.0)(np.eye(4))
    brighter, darker = t1w.like(275 * t1w.data), t2w.like(0.01 * t2w.data)
    scaled = MutualInformation((brighter,), mask, (darker,), 4.0)(np.eye(4))
    assert scaled == pytest.approx(plain, rel=1e-3)
