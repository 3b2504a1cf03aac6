"""The joint fit of fields and levels."""

import numpy as np
import pytest
from simulated_pair import simulated_pair

from rt1t2.tissue.fit_images import fit_images
from rt1t2.tissue.joint_bias import TissueLevels, fit_joint, fit_levels, level_flags
from rt1t2.tissue.pure_voxels import GROUPS


@pytest.fixture(scope="module")
def pair(head):
    return simulated_pair(head, 1, lesions=[((24, -10, 24), 13)])


def test_levels_under_the_joint_fields_are_those_of_the_joint_fit(pair):
    images = fit_images(pair.t1w, pair.t2w, pair.prior, pair.lesion, "sub-01")
    joint = fit_joint(images, 7)
    after = fit_levels(images, joint.log_field_t1w, joint.log_field_t2w, 7)
    for name in ("csf", "fat", "muscle", "wm"):
        for image in ("t1w", "t2w"):
            own = joint.tissue.levels[name][image]
            assert after.levels[name][image] == pytest.approx(own, rel=0.01), name


def test_levels_follow_the_field_that_is_given(pair):
    """A field that is everywhere higher by 0.3 takes a factor exp(0.3) off every level."""
    images = fit_images(pair.t1w, pair.t2w, pair.prior, pair.lesion, "sub-01")
    nothing = np.zeros(pair.t1w.shape)
    plain, lower = (fit_levels(images, nothing + by, nothing, 7) for by in (0, 0.3))
    for name in ("csf", "fat", "wm"):
        found = lower.levels[name]["t1w"] / plain.levels[name]["t1w"]
        assert found == pytest.approx(np.exp(-0.3), rel=1e-3)
        found = lower.levels[name]["t2w"] / plain.levels[name]["t2w"]
        assert found == pytest.approx(1, rel=1e-3)


def test_the_fields_do_not_follow_what_differs_in_the_deep_nuclei(pair):
    """A thalamus whose ratio is 10 % lower keeps its difference."""
    nuclei = (pair.tissue["thalamus"] > 0.5) & ~pair.lesion
    lower = pair.t1w.like(np.where(nuclei, 0.9, 1) * pair.t1w.data)
    fits = [
        fit_joint(fit_images(t1w, pair.t2w, pair.prior, pair.lesion, "sub-01"), 7)
        for t1w in (pair.t1w, lower)
    ]
    plain, followed = (f.log_field_t1w - f.log_field_t2w for f in fits)
    taken = (plain - followed)[nuclei].mean() / -np.log(0.9)
    assert abs(taken) < 0.05


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"effective_voxels": {**dict.fromkeys(GROUPS, 900.0), "fat": 50.0}}, "fat"),
        ({"halves_differ_percent": 9.0}, "halves"),
    ],
)
def test_doubtful_levels_are_flagged(change, word):
    good = {
        "levels": {name: {"t1w": 1.0, "t2w": 1.0} for name in GROUPS},
        "effective_voxels": dict.fromkeys(GROUPS, 900.0),
        "halves_differ_percent": 0.5,
    }
    assert level_flags(TissueLevels(**good)) == []
    (flag,) = level_flags(TissueLevels(**(good | change)))
    assert word in flag
