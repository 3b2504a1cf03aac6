"""A mask that lost a pole is found out, and nothing else is taken for one."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from rt1t2.errors import UserError
from rt1t2.geometry.morphology import erode
from rt1t2.geometry.volume import Volume
from rt1t2.tissue.mask_check import DIRECTIONS, check_mask

# What flags call a pole: its axis and direction, its tip there and the part of the template that
# is cut, mm
POLES = {
    "frontal poles": (1, 1, 72, lambda x, y, z: z > -25),
    "occipital poles": (1, -1, 106, lambda x, y, z: z > -25),
    "vertex": (2, 1, 80, lambda x, y, z: z > 0),
    "left temporal pole": (1, 1, 24, lambda x, y, z: (z < -24) & (x < -15)),
}


GRID_MM = 1.6
# T1w and T2w of white matter = 1
SIGNALS = {
    "air": (0.02, 0.02),
    "fat": (1.8, 1.3),
    "bone": (0.1, 0.1),
    "csf": (0.3, 2.8),
    "gm": (0.78, 1.5),
    "wm": (1.0, 1.0),
}
# Semi-axes of the brain, as large as the template's, and what lies around it, mm
CENTRE, RADII = np.array([0.0, -17, 10]), np.array([68.0, 89, 70])
SHELLS = {"csf": 3.0, "bone": 6.0, "fat": 6.0}
TURN = Rotation.from_euler("xyz", [9, -5, 12], degrees=True).as_matrix()
NO_SHIFT = {"Inward": 3.0, "Outward": 4.0}


class Person:
    """A head of ellipsoids, turned, on one grid: true brain and tissues, with a little noise."""

    def __init__(self, size):
        self.to_t1w = np.eye(4)
        self.to_t1w[:3, :3] = size * TURN
        low, shape = np.array([-100.0, -130, -90]), (125, 148, 120)
        affine = np.diag([GRID_MM] * 3 + [1.0])
        affine[:3, 3] = low
        world = np.einsum("ij,jxyz->ixyz", affine[:3, :3], np.indices(shape))
        world += low[:, None, None, None]
        self.mm = np.einsum("ij,jxyz->ixyz", np.linalg.inv(size * TURN), world)

        def ellipsoid(grown_mm):
            radii = (RADII + grown_mm / size)[:, None, None, None]
            offset = (self.mm - CENTRE[:, None, None, None]) / radii
            return (offset**2).sum(axis=0) < 1

        label = np.full(shape, "air", dtype="U4")
        grown = sum(SHELLS.values())
        for name in ("fat", "bone", "csf"):
            label[ellipsoid(grown)] = name
            grown -= SHELLS[name]
        self.brain = ellipsoid(0)
        label[self.brain] = "gm"
        label[ellipsoid(-6)] = "wm"
        label[ellipsoid(-50)] = "csf"  # the ventricles
        self.label = label
        noise = np.random.default_rng(0).normal(0, 0.03, (2, *shape))
        images = np.zeros((2, *shape))
        for name, pair in SIGNALS.items():
            images[:, label == name] = np.array(pair)[:, None]
        self.t1w, self.t2w = (Volume(v.astype("f4"), affine) for v in images + noise)
        self.tissue = {
            n: 1.0 * (self.brain & (label == n)) for n in ("gm", "wm", "csf")
        }

    def without(self, pole, mm):
        """Return the brain without the last mm of a pole."""
        axis, sign, tip, zone = POLES[pole]
        return self.brain & ~(zone(*self.mm) & (sign * self.mm[axis] > tip - mm))

    def check(self, brain=None, **changed):
        given = {"t1w": self.t1w, "t2w": self.t2w, "prior_shift": NO_SHIFT} | changed
        lesion = given.pop("lesion", np.zeros_like(self.brain))
        return check_mask(
            brain=self.brain if brain is None else brain,
            tissue=self.tissue,
            lesion=lesion,
            template_to_t1w=self.to_t1w,
            participant_id="sub-01",
            **given,
        )


@pytest.fixture(scope="module")
def person():
    """Return a head that is smaller than the template's."""
    return Person(0.9)


@pytest.mark.parametrize("size", [0.8, 1.1])
def test_a_whole_brain_of_any_size_is_not_flagged(size):
    checked = Person(size).check()
    assert checked.flags == checked.record["Flags"] == []
    assert sum(checked.record["BrainLikeOutsideMl"].values()) < 3
    assert set(checked.record["UncoveredMm"]) == set(DIRECTIONS)
    assert abs(checked.record["ShortOfTemplateMm"]["Frontal"]) < 8


@pytest.mark.parametrize("mm", [10, 12])
@pytest.mark.parametrize("pole", POLES)
def test_a_pole_that_is_cut_is_named(person, pole, mm):
    flags = person.check(person.without(pole, mm)).flags
    assert any(pole in flag for flag in flags), flags
    others = {p for p in POLES if p != pole and any(p in flag for flag in flags)}
    assert not others


def test_a_brain_without_its_outer_half_of_the_front_is_refused(person):
    with pytest.raises(
        UserError, match=r"sub-01: the brain mask is cut: \d+ ml.*frontal"
    ):
        person.check(person.without("frontal poles", 32))


def test_the_scale_of_the_images_changes_nothing(person):
    cut = person.without("frontal poles", 12)
    scaled = (
        person.t1w.like(275 * person.t1w.data),
        person.t2w.like(person.t2w.data / 8),
    )
    again = person.check(cut, t1w=scaled[0], t2w=scaled[1])
    assert again.flags == person.check(cut).flags


def test_a_lesion_at_the_rim_is_no_cut(person):
    cut = person.without("frontal poles", 12)
    assert person.check(cut).flags
    lesion = person.brain & ~cut
    left = person.check(cut, lesion=lesion).record
    assert left["BrainLikeOutsideMl"]["Frontal"] < 1.5


@pytest.mark.parametrize("pole", ["frontal poles", "vertex"])
def test_where_the_image_ends_nothing_is_cut(person, pole):
    axis, sign, tip, _ = POLES[pole]
    ends = sign * person.mm[axis] > tip - 12
    t2w = person.t2w.like(np.where(ends, np.nan, person.t2w.data))
    flags = person.check(person.brain & ~ends, t2w=t2w).flags
    assert not [flag for flag in flags if "look like brain" in flag or "tissue" in flag]


def test_wide_csf_under_the_skull_is_no_cut(person):
    small = erode(person.brain, 5.0, person.t1w.voxel_mm)
    gone = person.brain & ~small
    pair = [
        volume.like(np.where(gone, level, volume.data).astype("f4"))
        for volume, level in zip((person.t1w, person.t2w), SIGNALS["csf"], strict=True)
    ]
    record = person.check(small, t1w=pair[0], t2w=pair[1]).record
    assert record["Flags"] == []
    assert record["ToSkullMm"]["Frontal"]["Median"] > 5


@pytest.mark.parametrize("level", [0.2, 0.6, 1.0])
def test_the_brightness_of_fat_does_not_matter(person, level):
    t1w = person.t1w.like(
        np.where(person.label == "fat", np.float32(level), person.t1w.data)
    )
    assert person.check(t1w=t1w).flags == []
    flags = person.check(person.without("frontal poles", 12), t1w=t1w).flags
    assert any("frontal" in flag for flag in flags)


def test_a_prior_that_was_pulled_far_is_flagged(person):
    found = person.check(prior_shift={"Inward": 12.3, "Outward": 5.0})
    assert found.record["PriorShiftMm"]["Inward"] == 12.3
    assert ["12 mm inside" in flag for flag in found.flags] == [True]


def test_one_side_that_is_cut_is_not_symmetric(person):
    left = person.mm[0]
    cut = person.brain & ~(left < left[person.brain].min() + 14)
    assert any("left and right" in flag for flag in person.check(cut).flags)


def test_what_could_not_be_checked_says_so(person):
    unseen = replace(person.t2w, data=np.full_like(person.t2w.data, np.nan))
    checked = person.check(t2w=unseen)
    assert ["could not be checked" in flag for flag in checked.flags] == [True]
    assert set(checked.record) == {"PriorShiftMm", "Flags"}


def test_voxels_that_mix_brain_and_scalp_tell_of_the_shape_only(person):
    affine = person.t1w.affine @ np.diag([1.5, 1.5, 1.5, 1.0])
    coarse = Volume(np.zeros([n * 2 // 3 for n in person.t1w.shape], "f4"), affine)

    def on(data):
        return person.t1w.like(np.asarray(data, "f4")).on(coarse)

    record = check_mask(
        on(person.t1w.data),
        on(person.t2w.data),
        on(person.without("frontal poles", 14)).data > 0.5,
        {name: on(data).data for name, data in person.tissue.items()},
        np.zeros(coarse.shape, bool),
        person.to_t1w,
        NO_SHIFT,
        "sub-01",
    ).record
    assert np.isnan([*record["BrainLikeOutsideMl"].values()]).all()
    assert np.isnan([*record["UncoveredMm"].values()]).all()
    assert record["ShortOfTemplateMm"]["Frontal"] > 8
