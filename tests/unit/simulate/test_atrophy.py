"""Shrunken brains: more CSF inside, the same head outside."""

import numpy as np
import pytest

from rt1t2.geometry.morphology import erode
from rt1t2.simulate.atrophy import DEEP_MM, atrophied


@pytest.fixture(scope="module")
def shrunken(head):
    return atrophied(head, ventricles_mm=8.0, sulci_mm=4.0)


def test_ventricles_and_sulci_become_wider(head, shrunken):
    deep = erode(head.brain, DEEP_MM, head.voxel_mm)
    for where, factor in ((deep, 1.3), (head.brain & ~deep, 1.1)):
        before, after = (h.fractions["csf"][where].sum() for h in (head, shrunken))
        assert after > factor * before


def test_wider_ventricles_alone_leave_the_cortex(head):
    wide = atrophied(head, ventricles_mm=8.0, sulci_mm=0.0)
    wider = atrophied(head, ventricles_mm=12.0, sulci_mm=0.0)
    deep = erode(head.brain, DEEP_MM, head.voxel_mm)
    csf = [h.fractions["csf"] for h in (head, wide, wider)]
    assert csf[0][deep].sum() < csf[1][deep].sum() < csf[2][deep].sum()
    shallow = ~erode(head.brain, 2.0, head.voxel_mm)
    np.testing.assert_allclose(csf[2][shallow], csf[1][shallow], atol=1e-3)


def test_what_is_lost_is_csf_and_nothing_else_changes(head, shrunken):
    total = sum(shrunken.fractions.values())
    np.testing.assert_allclose(total, sum(head.fractions.values()), atol=1e-5)
    for name in set(head.fractions) - {"csf", "gm", "wm"}:
        np.testing.assert_array_equal(shrunken.fractions[name], head.fractions[name])
    assert min(share.min() for share in shrunken.fractions.values()) >= 0
    np.testing.assert_array_equal(shrunken.brain, head.brain)
