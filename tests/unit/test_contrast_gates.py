import numpy as np
import pytest

from rt1t2.contrast_gates import bright_share_beside_brain, check_contrast
from rt1t2.errors import UserError
from rt1t2.head_classes import HEAD_CLASSES

AFFINE = np.diag([2.0, 2.0, 2.0, 1.0])


def scene(t2w_csf=2.3, bright_share=0.0):
    """A ball of brain; a share of what lies around it is twice as bright as white matter."""
    index = np.indices((40, 40, 40)) - 19.5
    brain = (index**2).sum(axis=0) < 13**2
    draw = np.random.default_rng(0).random(brain.shape)
    t1w = np.where(brain, 100.0, np.where(draw < bright_share, 200.0, 20.0))
    priors = np.zeros((*brain.shape, len(HEAD_CLASSES)), "f4")
    levels = {
        "csf": {"t1w": 20.0, "t2w": t2w_csf},
        "gm": {"t1w": 80.0, "t2w": 1.0},
        "wm": {"t1w": 100.0, "t2w": 0.7},
    }
    medians = {"csf": (20.0, 1.2), "gm": (80.0, 1.0)}
    return t1w, AFFINE, brain, priors, AFFINE, levels, medians


def test_a_plain_pair_passes():
    found = check_contrast(*scene(), "sub-01")
    assert found["Flags"] == []
    assert found["T2wCsfOverGm"] == pytest.approx(2.3)
    assert found["T1wBrightShareBesideBrain"] == 0


def test_proton_density_is_refused_and_little_contrast_flagged():
    with pytest.raises(
        UserError, match=r"sub-01: the T2w looks like a proton density.*1\.20"
    ):
        check_contrast(*scene(t2w_csf=1.05), "sub-01")
    (flag,) = check_contrast(*scene(t2w_csf=1.4), "sub-01")["Flags"]
    assert "weakly T2-weighted" in flag


def test_bright_tissue_beside_the_brain_is_counted_and_flagged():
    found = check_contrast(*scene(bright_share=0.1), "sub-01")
    assert found["T1wBrightShareBesideBrain"] == pytest.approx(0.1, abs=0.015)
    (flag,) = found["Flags"]
    assert "contrast agent" in flag


def test_fat_beside_the_brain_does_not_count():
    t1w, affine, brain, priors, priors_affine, levels, _ = scene(bright_share=0.1)
    right = np.indices(brain.shape)[0] > 20
    priors[right, HEAD_CLASSES.index("fat")] = 0.5
    t1w = np.where(right & ~brain, 300.0, t1w)
    white = levels["wm"]["t1w"]
    share = bright_share_beside_brain(t1w, affine, brain, priors, priors_affine, white)
    assert share == pytest.approx(0.1, abs=0.02)


def test_the_larger_contrast_of_mixture_and_medians_counts():
    *parts, _ = scene(t2w_csf=1.0)
    medians = {"csf": (20.0, 1.8), "gm": (80.0, 1.0)}
    found = check_contrast(*parts, medians, "sub-01")
    assert found["T2wCsfOverGm"] == 1.8
    assert found["Flags"] == []
