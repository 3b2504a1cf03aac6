import numpy as np
import pytest

from rt1t2.template.head_classes import HEAD_CLASSES
from rt1t2.tissue.pure_voxels import GROUPS, deep_csf, group_priors, sample_voxels

LEVELS = {"csf": (20, 380), "wm": (100, 100), "fat": (190, 200), "muscle": (62, 15)}
VOXEL_MM = np.full(3, 4.0)


@pytest.fixture(scope="module")
def onion():
    """Ventricle, brain, film of CSF and scalp around a centre: images and certain priors."""
    at = np.linalg.norm(np.indices((41, 41, 41)) - 20, axis=0) * 4
    shells = {"csf": at < 20, "wm": (at >= 20) & (at < 60)}
    film = (at >= 60) & (at < 68)
    shells |= {"fat": (at >= 68) & (at < 74), "muscle": (at >= 74) & (at < 80)}
    priors = np.zeros((*at.shape, len(HEAD_CLASSES)), "f4")
    t1w, t2w = np.ones((2, *at.shape), "f4")
    for name, inside in shells.items():
        priors[inside, HEAD_CLASSES.index(name)] = 1
        t1w[inside], t2w[inside] = LEVELS[name]
    priors[film, HEAD_CLASSES.index("csf")] = 1
    t1w[film], t2w[film] = 60, 90  # dura and cortex: not what the prior says
    priors[at >= 80, HEAD_CLASSES.index("air")] = 1
    return t1w, t2w, priors, film


def test_only_the_ventricle_is_deep(onion):
    _, _, priors, film = onion
    deep = deep_csf(priors, VOXEL_MM)
    assert deep[20, 20, 20] == 1
    assert not deep[film].any()


def test_groups_share_out_every_prior_but_air_and_bone(onion):
    _, _, priors, film = onion
    groups = group_priors(priors, VOXEL_MM)
    assert groups.sum(axis=0) == pytest.approx(1 - priors[..., 0] - priors[..., 1])
    assert groups[list(GROUPS).index("thin_csf")][film].all()


def test_csf_and_fat_are_drawn_where_nothing_else_is_near(onion):
    t1w, t2w, priors, film = onion
    groups = group_priors(priors, VOXEL_MM)
    mask = priors[..., 0] == 0
    drawn = sample_voxels(t1w, t2w, groups, mask, 3000, 1)
    assert len(np.unique(drawn)) == 3000
    from_csf = drawn[(priors[..., 2].ravel()[drawn] == 1) & ~film.ravel()[drawn]]
    distance = np.linalg.norm(
        np.array(np.unravel_index(from_csf, t1w.shape)) - 20, axis=0
    )
    assert 4 * distance.max() < 16  # not at the ventricle's wall
    fewer = sample_voxels(t1w, t2w, groups, mask, len(from_csf), 1)
    assert set(fewer) == set(from_csf)  # all of the rare CSF comes first


def test_a_scanners_gain_changes_no_draw(onion):
    t1w, t2w, priors, _ = onion
    noise = np.random.default_rng(0).normal(1, 0.03, (2, *t1w.shape))
    t1w, t2w = t1w * noise[0], t2w * noise[1]
    groups = group_priors(priors, VOXEL_MM)
    mask = priors[..., 0] == 0
    plain = sample_voxels(t1w, t2w, groups, mask, 2000, 1)
    scaled = sample_voxels(256 * t1w, t2w / 8, groups, mask, 2000, 1)
    assert np.array_equal(plain, scaled)
