"""Regions in native space: known means, lesions, weights, coverage, spheres."""

import numpy as np
import pytest

from rt1t2.ratio.region_values import (
    NativeRatio,
    RegionAtlas,
    Way,
    about_columns,
    region_values,
    spheres_atlas,
    tissue_of,
    tissue_values,
)

SHAPE = (20, 20, 20)
NATIVE = np.diag([1.0, 1, 1, 1])
NATIVE[:3, 3] = -10
FIELD = np.diag([2.0, 2, 2, 1])
FIELD[:3, 3] = -16


def study(shift=(0.0, 0, 0), lesion=None, seed=0):
    """Two regions, left and right of x = 0 in the template; ratio 1 left and 2 right."""
    labels = np.zeros((32, 32, 32))
    labels[:16], labels[16:] = 1, 2
    atlas_affine = np.eye(4)
    atlas_affine[:3, 3] = -15.5
    names = {1: "left caudate", 2: "right lobe"}
    atlas = RegionAtlas("two", labels, atlas_affine, names)
    x = np.arange(20) - 10.0 - shift[0]
    ratio = np.broadcast_to(np.where(x < 0, 1.0, 2.0)[:, None, None], SHAPE).copy()
    ratio += 0.01 * np.random.default_rng(seed).standard_normal(SHAPE)
    gm, wm = np.full(SHAPE, 0.6), np.full(SHAPE, 0.4)
    lesion = np.zeros(SHAPE, bool) if lesion is None else lesion
    displacement = np.zeros((17, 17, 17, 3)) + shift
    inside = np.ones(SHAPE, bool)
    way = Way.to_template(displacement, FIELD, np.eye(4), NATIVE, inside)
    return NativeRatio(ratio, {"GM": gm, "WM": wm}, lesion, 1.0), atlas, way, inside


def test_means_of_two_halves_through_a_shift():
    image, atlas, way, inside = study(shift=(3.0, 0, 0))
    left, right = region_values(image, atlas, way, inside)
    assert (left.region, right.region) == ("left caudate", "right lobe")
    assert left.mean == pytest.approx(1, abs=2e-3)
    assert right.mean == pytest.approx(2, abs=2e-3)
    assert left.median == pytest.approx(1, abs=5e-3)
    assert left.sd == pytest.approx(0.01, rel=0.1)
    assert (left.n_voxels, right.n_voxels) == (13 * 400, 7 * 400)
    assert left.volume_mm3 == pytest.approx(13 * 400 * 0.6)


def test_a_lesion_changes_its_own_region_only():
    lesion = np.zeros(SHAPE, bool)
    lesion[:5] = True
    image, atlas, way, inside = study()
    whole = region_values(image, atlas, way, inside)
    image.ratio[:5] = 100  # what a lesion's values are does not matter
    cut = region_values(
        NativeRatio(image.ratio, image.tissue, lesion, 1.0), atlas, way, inside
    )
    assert cut[1] == whole[1]
    assert cut[0].mean == pytest.approx(1, abs=2e-3)
    assert cut[0].n_voxels == 5 * 400
    assert cut[0].coverage == pytest.approx(whole[0].coverage / 2)


def test_tissue_weighs_each_voxel():
    image, atlas, way, inside = study()
    gm = image.tissue["GM"].copy()
    gm[0:2], image.ratio[0:2] = 0.3, 4.0
    image.tissue["GM"] = gm  # type: ignore[index]
    left, _ = region_values(image, atlas, way, inside)
    expected = (2 * 0.3 * 4 + 8 * 0.6 * 1) / (2 * 0.3 + 8 * 0.6)
    assert left.mean == pytest.approx(expected, rel=2e-3)
    gm[:10] = 0
    left, _ = region_values(image, atlas, way, inside)
    assert left.n_voxels == 0
    assert np.isnan([left.mean, left.median, left.sd]).all()
    assert left.coverage == 0


def test_tissues_and_the_deep_grey_matter():
    image, atlas, way, inside = study()
    gm, wm, deep = tissue_values(image, [atlas], way, inside)
    assert (gm.region, wm.region) == ("GM", "WM")
    assert gm.mean == pytest.approx(wm.mean) == pytest.approx(image.ratio.mean())
    assert deep.mean == pytest.approx(1, abs=2e-3)  # the caudate is the left half


def test_a_region_of_white_matter_is_not_weighed_by_grey():
    assert tissue_of("Left Cerebral White Matter", "GM") == "WM"
    assert tissue_of("Brain Stem", "GM") == "brain"
    assert tissue_of("Left Caudate", "GM") == "GM"
    assert tissue_of("Left Caudate", "WM") == "WM"


def test_spheres_are_regions_and_the_first_one_counts():
    atlas = spheres_atlas({"thalamus": [-4, 0, 0, 3], "other": [-2, 0, 0, 3]})
    assert atlas.names == {1: "thalamus", 2: "other"}
    image, _, way, inside = study()
    first, second = region_values(image, atlas, way, inside)
    assert first.n_voxels == 123  # points of a lattice within a radius of 3
    assert 0 < second.n_voxels < 123
    assert first.coverage == 1


def test_every_column_is_described():
    assert about_columns().keys() >= {"participant_id", "mean", "coverage"}
