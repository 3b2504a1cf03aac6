"""Slices lie where their millimetres say: positions, orientation, outlines."""

import numpy as np
import pytest

from rt1t2.paper import brain_slices
from rt1t2.paper.brain_slices import Grid
from rt1t2.paper.figure_style import new_figure

MINUS = "\N{MINUS SIGN}"


@pytest.fixture
def grid():
    """Return a grid of 2 mm whose first voxel lies at -10, -20, -30."""
    affine = np.diag([2.0, 2.0, 2.0, 1.0])
    affine[:3, 3] = (-10, -20, -30)
    return Grid((11, 21, 31), affine)


@pytest.fixture
def axes():
    return new_figure(80, 80).add_subplot()


def box(grid, low, high):
    """Return a mask of the voxels from one position (mm) to another, both included."""
    mask = np.zeros(grid.shape, bool)
    first, last = ([grid.index(i, mm[i]) for i in range(3)] for mm in (low, high))
    mask[tuple(slice(a, b + 1) for a, b in zip(first, last, strict=True))] = True
    return mask


def test_grid_positions(grid):
    assert grid.index(0, 4) == 7
    assert grid.index(0, 999) == 10
    assert grid.extent(2) == (-11, 11, -21, 21)
    np.testing.assert_allclose(grid.mm([7, 0, 1]), [4, -20, -28])


@pytest.mark.parametrize(("axis", "across", "up"), [(0, 1, 2), (1, 0, 2), (2, 0, 1)])
def test_rows_run_upwards_and_columns_to_the_right(grid, axis, across, up):
    """Sagittal: anterior right, superior up; coronal and axial: right of the brain right."""
    position = np.stack(np.indices(grid.shape)).astype(float)
    for drawn, direction in ((position[across], 1), (position[up], 0)):
        plane = brain_slices.cut(drawn, grid, axis, 0)
        assert plane.shape == (grid.shape[up], grid.shape[across])
        assert (np.diff(plane, axis=direction) == 1).all()
        assert (np.diff(plane, axis=1 - direction) == 0).all()


def test_underlay_shows_the_slice_of_its_title(axes, grid):
    z = np.broadcast_to(np.arange(31.0), grid.shape)
    brain_slices.draw_underlay(axes, z, grid, 2, -8, bright=50)
    (image,) = axes.images
    assert axes.get_title(loc="center") == f"z = {MINUS}8"
    assert (image.get_array() == 11).all()  # -30 + 11 * 2
    assert tuple(image.get_extent()) == (-11, 11, -21, 21)
    assert image.origin == "lower"
    assert image.get_clim() == (0, 50)


def test_what_is_outside_the_head_is_left_white(axes, grid):
    head = box(grid, (0, 0, 0), (4, 4, 4))
    brain_slices.draw_underlay(axes, head.astype(float), grid, 2, 4, 1)
    (under,) = axes.images
    assert under.get_array().count() == 9


def test_an_outline_runs_half_way_to_the_next_voxel(axes, grid):
    mask = box(grid, (-4, -10, 0), (2, 6, 8))
    brain_slices.draw_outline(axes, mask, grid, 2, 4, "#123456")
    (line,) = (p.vertices for c in axes.collections for p in c.get_paths())
    # centres of the outermost voxels, and a voxel of 2 mm halved on each side
    np.testing.assert_allclose(line.min(axis=0), (-5, -11))
    np.testing.assert_allclose(line.max(axis=0), (3, 7))


def test_no_outline_where_the_mask_is_not(axes, grid):
    brain_slices.draw_outline(
        axes, box(grid, (0, 0, 0), (4, 4, 4)), grid, 2, 20, "#123456"
    )
    assert not axes.collections


def test_crop_is_the_same_for_every_slice(grid):
    support = box(grid, (-4, -10, 0), (2, 6, 8))
    figure = new_figure(80, 80)
    views = []
    for mm in (0, 25):  # the second slice has nothing of it
        axes = figure.add_subplot()
        brain_slices.draw_underlay(axes, support.astype(float), grid, 2, mm, 1)
        brain_slices.crop(axes, support, grid, 2)
        views.append((axes.get_xlim(), axes.get_ylim()))
    assert views == [((-7, 5), (-13, 9))] * 2  # 3 mm beyond the outermost centres


def test_left_is_marked_on_the_left(axes):
    brain_slices.mark_sides(axes)
    where = {text.get_text(): text.get_position()[0] for text in axes.texts}
    assert where == {"L": 0, "R": 1}
