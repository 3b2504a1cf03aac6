import numpy as np
import pytest

from rt1t2.tissue.brain_mask import brain_mask


@pytest.fixture(scope="module")
def phantom():
    """A ball of brain with ventricle, sulcus and CSF around it, and an eye on a nerve."""
    axis = np.arange(-60, 60, 2.0)
    x, y, z = np.meshgrid(axis, axis, axis, indexing="ij")
    radius = np.sqrt(x**2 + y**2 + z**2)
    ventricle = radius < 8
    sulcus = (np.abs(x) < 3) & (z > 20)
    ball = (radius < 36) & ~ventricle & ~sulcus
    eye = np.sqrt(x**2 + (y - 52) ** 2 + z**2) < 6
    nerve = (np.hypot(x, z) < 2) & (y > 30) & (y < 50)
    parenchyma = ball | eye | nerve
    csf = (radius < 44) & ~parenchyma
    return radius, ball, eye, ventricle, sulcus & (radius < 32), parenchyma, csf


def test_ventricles_and_sulci_belong_to_the_brain_and_the_eye_does_not(phantom):
    radius, ball, eye, ventricle, sulcus, parenchyma, csf = phantom
    prior = np.ones(radius.shape)
    mask = brain_mask(
        parenchyma.astype(float), csf.astype(float), prior, np.full(3, 2.0)
    )
    assert mask[ventricle].all()
    assert mask[sulcus].mean() > 0.95
    assert mask[ball].mean() > 0.99
    assert not mask[eye].any()


def test_only_a_thin_rim_of_the_csf_around_the_brain_is_taken(phantom):
    radius, *_, parenchyma, csf = phantom
    prior = np.ones(radius.shape)
    mask = brain_mask(
        parenchyma.astype(float), csf.astype(float), prior, np.full(3, 2.0)
    )
    assert not mask[radius > 40].any()


def test_where_no_brain_can_be_there_is_none(phantom):
    radius, *_, parenchyma, csf = phantom
    prior = (radius < 20).astype(float)
    mask = brain_mask(
        parenchyma.astype(float), csf.astype(float), prior, np.full(3, 2.0)
    )
    assert not mask[radius > 26].any()
