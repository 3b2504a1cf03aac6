"""A mask that lost a pole is found out, and nothing else is taken for one."""

from dataclasses import replace

import numpy as np
import pytest

from rt1t2.errors import UserError
from rt1t2.geometry.morphology import erode
from rt1t2.geometry.transforms import apply
from rt1t2.geometry.volume import Volume
from rt1t2.simulate.phantom import simulate_scan
from rt1t2.tissue.mask_check import DIRECTIONS, check_mask

# Axis and direction, part of the template that is cut, and what the flags call it
POLES = {
    "frontal poles": (1, 1, lambda x, y, z: z > -25),
    "occipital poles": (1, -1, lambda x, y, z: z > -25),
    "vertex": (2, 1, lambda x, y, z: z > 0),
    "left temporal pole": (1, 1, lambda x, y, z: (z < -28) & (x < -15)),
}


class Person:
    """A simulated pair on one grid with its true brain and tissues."""

    def __init__(self, head, seed):
        scan = simulate_scan(
            head, seed, t1w_voxel_mm=2.0, t2w_voxel_mm=(2.0, 2.0, 4.0), bias=False
        )
        self.t1w = Volume(scan.t1w, scan.t1w_affine)
        t2w = Volume(scan.t2w, scan.t2w_affine)
        self.t2w = t2w.on(self.t1w, scan.t2w_to_t1w, outside=np.nan)
        self.brain = scan.sample(head.brain.astype(np.float32)) > 0.5
        part = head.fractions
        self.tissue = {name: scan.sample(part[name]) for name in ("gm", "wm", "csf")}
        self.fat = scan.sample(part["fat"] + part["marrow"])
        self.to_t1w = np.linalg.inv(scan.world_to_template)
        to_template = scan.world_to_template @ scan.t1w_affine
        voxels = np.indices(self.brain.shape).reshape(3, -1).T
        self.mm = apply(to_template, voxels).T.reshape(3, *self.brain.shape)

    def without(self, pole, mm):
        """Return the brain without the last mm of a pole."""
        axis, sign, zone = POLES[pole]
        along = sign * self.mm[axis]
        part = zone(*self.mm)
        return self.brain & ~(part & (along > along[self.brain & part].max() - mm))

    def check(self, brain=None, **changed):
        given = {"t1w": self.t1w, "t2w": self.t2w, "displacement_mm": {}} | changed
        lesion = given.pop("lesion", np.zeros_like(self.brain))
        return check_mask(
            brain=self.brain if brain is None else brain,
            tissue=self.tissue,
            lesion=lesion,
            template_to_t1w=self.to_t1w,
            participant_id="sub-01",
            **given,
        )

    def grey(self):
        """Return T1w and T2w of grey matter."""
        inside = self.brain & (self.tissue["gm"] > 0.9) & np.isfinite(self.t2w.data)
        return [np.median(v.data[inside]) for v in (self.t1w, self.t2w)]


@pytest.fixture(scope="module", params=[1, 4])
def person(head, request):
    return Person(head, request.param)


def test_a_whole_brain_is_not_flagged(person):
    checked = person.check()
    assert checked.flags == checked.record["Flags"] == []
    assert sum(checked.record["BrainLikeOutsideMl"].values()) < 3
    assert set(checked.record["UncoveredMm"]) == set(DIRECTIONS)
    assert abs(checked.record["ShortOfTemplateMm"]["Frontal"]) < 8


@pytest.mark.parametrize("mm", [12, 16])
@pytest.mark.parametrize("pole", POLES)
def test_a_pole_that_is_cut_is_named(person, pole, mm):
    flags = person.check(person.without(pole, mm)).flags
    assert any(pole in flag for flag in flags), flags
    others = {p for p in POLES if p != pole and any(p in flag for flag in flags)}
    assert not others


def test_a_brain_without_its_outer_half_of_the_front_is_refused(person):
    with pytest.raises(UserError, match=r"sub-01: the brain mask is cut: \d+ ml.*frontal"):
        person.check(person.without("frontal poles", 32))


def test_the_scale_of_the_images_changes_nothing(person):
    cut = person.without("frontal poles", 12)
    scaled = person.t1w.like(275 * person.t1w.data), person.t2w.like(person.t2w.data / 8)
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
    axis, sign, _ = POLES[pole]
    along = sign * person.mm[axis]
    ends = along > along[person.brain].max() - 12
    t2w = person.t2w.like(np.where(ends, np.nan, person.t2w.data))
    flags = person.check(person.brain & ~ends, t2w=t2w).flags
    assert not [flag for flag in flags if "look like brain" in flag or "tissue" in flag]


def test_wide_csf_under_the_skull_is_no_cut(person):
    small = erode(person.brain, 5.0, person.t1w.voxel_mm)
    gone = person.brain & ~small
    fluid = person.brain & (person.tissue["csf"] > 0.9) & np.isfinite(person.t2w.data)
    pair = [
        volume.like(np.where(gone, np.median(volume.data[fluid]), volume.data))
        for volume in (person.t1w, person.t2w)
    ]
    record = person.check(small, t1w=pair[0], t2w=pair[1]).record
    assert record["Flags"] == []
    assert record["ToSkullMm"]["Frontal"]["Median"] > 5


@pytest.mark.parametrize("level", [0.2, 0.6, 1.0])
def test_the_brightness_of_fat_does_not_matter(person, level):
    grey, _ = person.grey()
    dim = np.clip(person.fat, 0, 1)
    t1w = person.t1w.like((1 - dim) * person.t1w.data + dim * level * grey)
    assert person.check(t1w=t1w).flags == []
    flags = person.check(person.without("frontal poles", 12), t1w=t1w).flags
    assert any("frontal" in flag for flag in flags)


def test_a_prior_that_was_pulled_far_is_flagged(person):
    found = person.check(displacement_mm={"Largest": 19.3, "P99InBrain": 5.0})
    assert found.record["PriorDisplacementMm"]["Largest"] == 19.3
    assert ["19 mm" in flag for flag in found.flags] == [True]
    assert person.check(displacement_mm={"Largest": 7.0}).flags == []
    missing = person.check().record["PriorDisplacementMm"]
    assert np.isnan([missing["Largest"], missing["P99InBrain"]]).all()


def test_one_side_that_is_cut_is_not_symmetric(person):
    left = person.mm[0]
    cut = person.brain & ~(left < left[person.brain].min() + 14)
    assert any("left and right" in flag for flag in person.check(cut).flags)


def test_without_a_tissue_that_both_images_see_nothing_is_measured(person):
    unseen = replace(person.t2w, data=np.full_like(person.t2w.data, np.nan))
    checked = person.check(t2w=unseen)
    assert checked.flags == []
    assert set(checked.record) == {"PriorDisplacementMm"}
