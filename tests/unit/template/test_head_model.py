"""The simulated head: complete, symmetric where the template is, of human size."""

import numpy as np
import pytest

from rt1t2.template.head_model import CLASSES, build_head


def test_fractions_are_shares_of_a_whole(head):
    assert tuple(head.fractions) == CLASSES
    total = sum(head.fractions.values())
    np.testing.assert_allclose(total, 1, atol=1e-5)
    for share in head.fractions.values():
        assert share.dtype == np.float32
        assert share.shape == head.brain.shape
        assert share.min() >= 0


@pytest.mark.parametrize(
    ("tissue", "least_ml", "most_ml"),
    [
        ("gm", 800, 1100),
        ("wm", 500, 750),
        ("thalamus", 6, 12),
        ("striatum", 6, 14),
        ("vitreous", 10, 18),  # two globes of 12 mm radius
        ("fat", 500, 1300),
        ("temporalis", 40, 110),
    ],
)
def test_volumes_are_human(head, tissue, least_ml, most_ml):
    volume_ml = head.fractions[tissue].sum() * head.voxel_mm**3 / 1000
    assert least_ml < volume_ml < most_ml


def test_affine_places_the_eyes_in_front_and_the_stem_below(head):
    eyes = _centroid_mm(head, "vitreous")
    stem = _centroid_mm(head, "stem")
    assert abs(eyes[0]) < 2
    assert eyes[1] > 45
    assert stem[2] < -25


def test_the_brain_lies_within_skull_and_scalp(head):
    from scipy import ndimage

    outside = head.fractions["air"] > 0.5
    reached = ndimage.distance_transform_edt(~outside, sampling=head.voxel_mm)
    near = reached[head.brain & (np.broadcast_to(head.grid.axes[2], outside.shape) > 0)]
    assert near.min() > 6  # no brain within 6 mm of the air above the eyes


def test_a_seed_changes_the_scalp_but_not_the_brain(head):
    other = build_head(head.voxel_mm, seed=1)
    np.testing.assert_array_equal(other.brain, head.brain)
    assert np.abs(other.fractions["fat"] - head.fractions["fat"]).max() > 0.5


def _centroid_mm(head, tissue):
    share = head.fractions[tissue]
    voxel = [(share * i).sum() / share.sum() for i in np.indices(share.shape)]
    return head.affine[:3, :3] @ voxel + head.affine[:3, 3]
