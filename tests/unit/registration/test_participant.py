"""What is compared, what is recorded, and when a fit is refused."""

from dataclasses import replace

import numpy as np
import pytest

from rt1t2.errors import UserError
from rt1t2.geometry.volume import Volume
from rt1t2.registration.participant import Brain, normalise_brain
from rt1t2.template.brain_and_head import brain_maps, class_maps, icbm152


@pytest.fixture(scope="module")
def template():
    maps = brain_maps(*icbm152(), 6.0)
    csf = np.clip(maps.mask - maps.gm - maps.wm, 0, 1)
    return Brain(Volume(maps.t1w, maps.affine), maps.mask, maps.gm, maps.wm, csf)


@pytest.fixture(scope="module")
def run(head):
    classes = Volume(class_maps(head), head.affine)
    return lambda *args, **more: run_with(classes, *args, **more)


def run_with(classes, brain, template, lesion=None, turn=None):
    nothing = np.zeros(brain.mask.shape, bool)
    where = nothing if lesion is None else lesion
    start = np.eye(4) if turn is None else turn
    return normalise_brain(brain, template, classes, where, start, 8.0, "sub-07")


def test_the_template_lies_on_itself(template, run):
    way, record = run(template, template)
    assert record["DeepCoreMovedMm"] < 1
    deep = record["JacobianDeepP5"], record["JacobianDeepP95"]
    assert deep == pytest.approx((1, 1), abs=0.01)
    assert record["DiceWM"] > 0.95
    assert record["FoldedVoxels"] == 0
    np.testing.assert_allclose(way.affine, np.eye(4), atol=0.05)


def test_a_lesion_is_counted_and_moves_little(template, run):
    lesion = np.zeros(template.mask.shape, bool)
    lesion[8:11, 14:17, 14:17] = True
    dark = np.where(lesion, 0.2, template.t1w.data)
    lesioned = replace(template, t1w=template.t1w.like(dark))
    way, record = run(lesioned, template, lesion)
    still, _ = run(template, template)
    moved_mm = np.linalg.norm(way.displacement - still.displacement, axis=-1)
    assert moved_mm.mean() < 1  # an eighth of a voxel
    assert record["LesionVoxels"] == 27


def test_a_brain_that_is_not_found_is_refused_by_name(template, run):
    far = np.eye(4)
    far[:3, 3] = 400
    with pytest.raises(UserError, match=r"^sub-07: the brain was not found.*ac_mm"):
        run(template, template, turn=far)
