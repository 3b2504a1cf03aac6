import numpy as np
import pytest

from rt1t2.errors import UserError
from rt1t2.geometry.volume import Volume
from rt1t2.tissue.contrast_checks import check_contrast

AFFINE = np.diag([2.5, 2.5, 2.5, 1.0])


def scene(t2w_csf=2.3, bright_share=0.0, bright_t2w=0.2, fat_t2w=2.0):
    """A ball of brain; a share of all voxels is twice as bright as white matter."""
    index = np.indices((40, 40, 40)) - 19.5
    brain = (index**2).sum(axis=0) < 13**2
    bright = np.random.default_rng(0).random(brain.shape) < bright_share
    t1w = np.where(bright, 200.0, np.where(brain, 100.0, 20.0))
    t2w = np.where(bright, bright_t2w, 1.0)
    levels = {
        "csf": {"t1w": 20.0, "t2w": t2w_csf},
        "gm": {"t1w": 80.0, "t2w": 1.0},
        "wm": {"t1w": 100.0, "t2w": 0.7},
        "fat": {"t1w": 200.0, "t2w": fat_t2w},
        "muscle": {"t1w": 60.0, "t2w": 0.2},
    }
    medians = {"csf": (20.0, 1.2), "gm": (80.0, 1.0)}
    return Volume(t1w, AFFINE), Volume(t2w, AFFINE), brain, levels, medians


def test_a_plain_pair_passes():
    found = check_contrast(*scene(), "sub-01")
    assert found["Flags"] == []
    assert found["T2wCsfOverGm"] == pytest.approx(2.3)
    assert found["T1wBrightShareAtSurface"] == 0


def test_proton_density_is_refused_and_little_contrast_flagged():
    with pytest.raises(
        UserError, match=r"sub-01: the T2w looks like a proton density.*1\.20"
    ):
        check_contrast(*scene(t2w_csf=1.05), "sub-01")
    (flag,) = check_contrast(*scene(t2w_csf=1.4), "sub-01")["Flags"]
    assert "weakly T2-weighted" in flag


def test_bright_voxels_that_are_no_fat_are_counted_and_flagged():
    found = check_contrast(*scene(bright_share=0.1), "sub-01")
    assert found["T1wBrightShareAtSurface"] == pytest.approx(0.1, abs=0.015)
    (flag,) = found["Flags"]
    assert "contrast agent" in flag


def test_single_bright_voxels_of_a_fine_image_are_noise_or_small_veins():
    t1w, t2w, *rest = scene(bright_share=0.01)
    assert check_contrast(t1w, t2w, *rest, "sub-01")["Flags"]
    affine = AFFINE @ np.diag([0.5, 0.5, 0.5, 1.0])
    fine = Volume(t1w.data, affine), Volume(t2w.data, affine)
    found = check_contrast(*fine, *rest, "sub-01")
    assert found["T1wBrightShareAtSurface"] < 0.001
    assert found["Flags"] == []


def test_fat_does_not_count():
    found = check_contrast(*scene(bright_share=0.1, bright_t2w=1.5), "sub-01")
    assert found["T1wBrightShareAtSurface"] == 0


def test_a_contrast_agent_shows_where_fat_is_dark_in_the_t1w_alone():
    t1w, t2w, brain, levels, medians = scene(bright_share=0.1)
    levels["fat"] = {"t1w": 75.0, "t2w": 2.0}
    (flag,) = check_contrast(t1w, t2w, brain, levels, medians, "sub-01")["Flags"]
    assert "contrast agent" in flag


def test_nothing_is_said_about_contrast_agents_where_fat_is_suppressed():
    found = check_contrast(*scene(bright_share=0.1, fat_t2w=0.3), "sub-01")
    assert np.isnan(found["T1wBrightShareAtSurface"])
    assert found["Flags"] == []


def test_the_larger_contrast_of_mixture_and_medians_counts():
    *parts, _ = scene(t2w_csf=1.0)
    medians = {"csf": (20.0, 1.8), "gm": (80.0, 1.0)}
    found = check_contrast(*parts, medians, "sub-01")
    assert found["T2wCsfOverGm"] == 1.8
    assert found["Flags"] == []
