"""What is compared, what is recorded, and when a fit is refused."""

import numpy as np
import pytest

from rt1t2.errors import UserError
from rt1t2.geometry.volume import Volume
from rt1t2.registration.participant import Brain, normalise_brain
from rt1t2.template.brain_and_head import brain_maps, icbm152


@pytest.fixture(scope="module")
def template():
    maps = brain_maps(*icbm152(), 6.0)
    csf = np.clip(maps.mask - maps.gm - maps.wm, 0, 1)
    return Brain(Volume(maps.t1w, maps.affine), maps.mask, maps.gm, maps.wm, csf)


def run(brain, template, lesion=None, turn=None):
    nothing = np.zeros(brain.mask.shape, bool)
    where = nothing if lesion is None else lesion
    start = np.eye(4) if turn is None else turn
    return normalise_brain(brain, template, where, start, 8.0, "sub-07")


def test_the_template_lies_on_itself(template):
    way, record = run(template, template)
    assert record["Contrast"] == "tissue"
    assert record["DiceWM"] > 0.95
    assert record["FoldedVoxels"] == 0
    np.testing.assert_allclose(way.affine, np.eye(4), atol=0.05)


def test_with_a_lesion_the_t1w_is_compared(template):
    lesion = np.zeros(template.mask.shape, bool)
    lesion[8:11, 14:17, 14:17] = True
    _, record = run(template, template, lesion)
    assert record["Contrast"] == "T1w"
    assert record["LesionVoxels"] == 27


def test_a_brain_that_is_not_found_is_refused_by_name(template):
    far = np.eye(4)
    far[:3, 3] = 400
    with pytest.raises(UserError, match=r"^sub-07: the brain was not found.*ac_mm"):
        run(template, template, turn=far)
