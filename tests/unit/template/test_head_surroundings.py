"""Around a brain lie CSF, skull, scalp and air in this order, and a face with two eyes."""

import numpy as np
import pytest
from scipy import ndimage

from rt1t2.template.ellipsoids import Grid
from rt1t2.template.head_surroundings import (
    SKIN_MM,
    TISSUE_ORDER,
    Labels,
    surroundings,
)

VOXEL_MM = 1.5  # the skin of 1.8 mm is one voxel


@pytest.fixture(scope="module")
def grid():
    return Grid(VOXEL_MM)


@pytest.fixture(scope="module")
def brain(grid):
    """An ellipsoid of a brain's size and place, with a stem that leaves it below."""
    stem = grid.ellipsoid((0, -30, -50), (14, 14, 40)) < 1
    return (grid.ellipsoid((0, -18, 8), (66, 84, 58)) < 1) | stem


@pytest.fixture(scope="module")
def labels(grid, brain):
    return surroundings(grid, brain, np.random.default_rng(0))


def along_z(grid, labels, x_mm, y_mm):
    """Return the tissues above a point of the brain, from inside out."""
    i, j = (
        (p - low) / VOXEL_MM for p, low in zip((x_mm, y_mm), (-98, -134), strict=True)
    )
    column = labels.codes[int(i), int(j)][grid.axes[2].ravel() > 8]
    names = [TISSUE_ORDER[code] for code in column]
    return [name for k, name in enumerate(names) if k == 0 or names[k - 1] != name]


def test_what_is_painted_last_wins():
    labels = Labels((3, 1, 1))
    labels[np.array([True, True, False]).reshape(3, 1, 1)] = "fat"
    labels[np.array([False, True, False]).reshape(3, 1, 1)] = "bone"
    assert labels.where("fat").ravel().tolist() == [True, False, False]
    assert labels.where("bone").ravel().tolist() == [False, True, False]
    assert not labels.where("gm").any()  # no tissue of the surroundings


@pytest.mark.parametrize("y_mm", [-40, -20, 0])
def test_from_the_brain_to_the_vertex(grid, labels, y_mm):
    layers = along_z(grid, labels, 10, y_mm)
    assert layers[0] == "air"  # the brain itself is left empty
    outside = [layer for layer in layers[1:] if layer != "marrow"]
    skull = outside.index("bone")
    assert outside[:skull] in (["csf"], [])
    assert set(outside[skull + 1 : -2]) <= {"bone", "fat", "muscle"}
    assert outside[-2:] == ["skin", "air"]


def test_bone_lies_all_around_the_upper_brain(grid, brain, labels):
    """Within 20 mm of the brain, every way out of it above the eyes crosses bone."""
    above = np.broadcast_to(grid.axes[2] > 15, grid.shape)
    passable = above & ~labels.where("bone") & ~labels.where("marrow")
    regions, _ = ndimage.label(passable)
    inside = np.unique(regions[brain & above])
    outer_air = regions[0, 0, -1]
    assert outer_air > 0
    assert outer_air not in inside


def test_skin_is_as_thick_as_it_should_be(grid, labels):
    """Depth is the distance to the nearest voxel of air: 1.5 mm in the outermost layer."""
    z = np.broadcast_to(grid.axes[2], grid.shape)
    head = labels.codes > 0
    head = ndimage.binary_fill_holes(head)
    depth = ndimage.distance_transform_edt(head, sampling=VOXEL_MM)
    vault = z > 30
    assert (labels.where("skin") & vault & (depth > SKIN_MM + VOXEL_MM)).sum() == 0
    outermost = vault & head & (depth <= SKIN_MM)
    assert labels.where("skin")[outermost].mean() > 0.99


def test_two_eyes_of_human_size_look_forward(grid, labels):
    eye = labels.where("vitreous") | labels.where("lens")
    x, y, _ = np.broadcast_arrays(*grid.axes)
    globe_ml = 4 / 3 * np.pi * 1.2**3  # of 12 mm radius, and the sclera around it
    for side in (x < 0, x > 0):
        volume_ml = (eye & side).sum() * VOXEL_MM**3 / 1000
        assert volume_ml == pytest.approx(globe_ml, rel=0.35)
        assert (labels.where("vitreous") & side).sum() > 500
        assert y[eye & side].min() > 40


def test_csf_fills_what_lies_between_brain_and_skull(grid, brain, labels):
    shell = ndimage.binary_dilation(brain) & ~brain
    upper = np.broadcast_to(grid.axes[2] > 0, grid.shape)
    touching = {TISSUE_ORDER[c] for c in np.unique(labels.codes[shell & upper])}
    assert touching <= {"csf", "bone"}
