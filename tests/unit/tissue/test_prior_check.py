import numpy as np
import pytest

from rt1t2.geometry.volume import Volume
from rt1t2.template.brain_and_head import class_maps
from rt1t2.tissue.prior_check import MAX_INWARD_MM, prior_flags, prior_shift_mm


@pytest.fixture(scope="module")
def classes(head):
    return Volume(class_maps(head), head.affine)


def shifted(classes, mm):
    """Return the head with everything in front of y = 0 moved by ``mm`` along y."""
    steps = round(mm / classes.voxel_mm[1])
    y = np.arange(classes.data.shape[1]) * classes.affine[1, 1] + classes.affine[1, 3]
    moved = np.roll(classes.data, steps, axis=1)
    data = np.where((y > 0)[None, :, None, None], moved, classes.data)
    return classes.like(data)


def test_the_template_itself_lies_where_it_lies(classes):
    found = prior_shift_mm(classes, classes, np.eye(4))
    assert max(found.values()) < 2.5  # voxels of 4 mm
    assert prior_flags(found) == []


def test_the_affine_is_taken_out(classes):
    to_t1w = np.eye(4)
    to_t1w[:3, 3] = (20, -15, 30)
    found = prior_shift_mm(classes.moved(to_t1w), classes, to_t1w)
    assert max(found.values()) < 2.5


def test_a_pull_of_12_mm_at_the_forehead_is_named(classes):
    found = prior_shift_mm(shifted(classes, -12), classes, np.eye(4))
    assert found["Inward"] == pytest.approx(12, abs=3)
    (flag,) = prior_flags(found)
    assert "mm inside" in flag


def test_a_bulge_is_named_too(classes):
    found = prior_shift_mm(shifted(classes, 16), classes, np.eye(4))
    assert found["Outward"] > 11
    assert any("mm outside" in flag for flag in prior_flags(found))


def test_a_field_of_view_that_ends_is_no_pull(classes):
    y = np.arange(classes.data.shape[1]) * classes.affine[1, 1] + classes.affine[1, 3]
    part = Volume(classes.data[:, y < 40], classes.affine)
    assert prior_shift_mm(part, classes, np.eye(4))["Inward"] < MAX_INWARD_MM
