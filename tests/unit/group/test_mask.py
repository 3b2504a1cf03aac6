"""The analysed voxels: counted by hand on five voxels and on small grids."""

import numpy as np
import pytest

from rt1t2.errors import UserError
from rt1t2.group.maps import Grid
from rt1t2.group.mask import (
    analysed_voxels,
    brain_on_grid,
    count_defined,
    count_lesions,
    group_mask,
    mask_on_grid,
)

GROUPS = ["A", "A", "A", "B", "B", "B"]
PARTICIPANTS = [f"sub-{n}" for n in range(6)]


def five_voxels():
    maps = np.random.default_rng(0).normal(size=(6, 5)).astype(np.float32)
    maps[0, 0] = np.nan  # two of three left
    maps[:2, 1] = np.nan  # one of three left
    maps[:, 2] = 0  # the same in everybody
    maps[:, 3] = [np.nan, 2, 2, 2, 2, 2]  # the same in everybody who has it
    return maps


def test_analysed_voxels():
    found = count_defined(five_voxels(), GROUPS, 5)
    assert analysed_voxels(found, "exclude_voxel").tolist() == [0, 0, 0, 0, 1]
    assert analysed_voxels(found, "pairwise").tolist() == [1, 0, 0, 0, 1]
    assert found.n.tolist() == [5, 4, 6, 5, 6]
    assert found.undefined == [3, 1, 0, 0, 0, 0]


def test_mask_is_carried_to_the_grid_of_the_maps():
    mask = np.zeros((4, 4, 4))
    mask[1, 1, 1] = 0.2
    grid = Grid("map.nii.gz", (8, 8, 8), np.diag([1.0, 1, 1, 1]))
    carried = mask_on_grid(mask, np.diag([2.0, 2, 2, 1]), grid)
    # a voxel of 2 mm at 2 mm holds the centres from 1 mm up to 3 mm
    assert 8 <= carried.sum() <= 27
    assert carried[2, 2, 2]
    assert not carried[4:].any()


def test_what_is_left_out_is_counted_by_its_reason():
    brain = np.zeros((7, 1, 1), bool)
    brain[1:6] = True
    found = group_mask(five_voxels(), brain, "mask", PARTICIPANTS, GROUPS, "pairwise")
    assert found.analysed[:, 0, 0].tolist() == [0, 1, 0, 0, 0, 1, 0]
    assert found.n[:, 0, 0].tolist() == [0, 5, 4, 6, 5, 6, 0]
    assert found.entries() == {
        "AnalysedVoxels": 2,
        "BrainVoxels": 5,
        "ExcludedVoxels": {"SameInAllMaps": 2, "TooFewMaps": 1},
        "UndefinedVoxels": dict(zip(PARTICIPANTS, [3, 1, 0, 0, 0, 0], strict=True)),
    }


def test_who_leaves_no_voxel_is_named():
    maps = five_voxels()
    maps[4] = np.nan
    with pytest.raises(UserError, match=r"mask \(5 voxels\).* sub-4 \(100%\), sub-0"):
        group_mask(
            maps,
            np.ones((5, 1, 1), bool),
            "mask",
            PARTICIPANTS,
            GROUPS,
            "exclude_voxel",
        )


def test_a_mask_elsewhere_is_refused():
    grid = Grid("map.nii.gz", (4, 4, 4), np.eye(4))
    far = np.eye(4)
    far[:3, 3] = 50
    with pytest.raises(UserError, match=r"far.nii marks no voxel.*4 x 4 x 4 voxels"):
        brain_on_grid(np.ones((4, 4, 4)), far, grid, "far.nii")


def test_lesions_on_grids_of_their_own_are_added_up():
    grid = Grid("map.nii.gz", (4, 4, 4), np.eye(4))
    fine, coarse = np.zeros((4, 4, 4)), np.zeros((2, 2, 2))
    fine[0, 0, :2] = 1
    coarse[0, 0, 0] = 1
    half = np.diag([2.0, 2, 2, 1])
    half[:3, 3] = 0.5  # a voxel of 2 mm covers two of 1 mm along each axis
    overlap = count_lesions([(fine, np.eye(4)), (coarse, half)], grid)
    assert overlap[0, 0].tolist() == [2, 2, 0, 0]
    assert overlap.sum() == 2 + 8
    assert not count_lesions([], grid).any()


def test_the_same_map_under_two_names_is_refused():
    maps = five_voxels()
    maps[4] = maps[1].copy()
    with pytest.raises(UserError, match="sub-4 and sub-1 have the same map"):
        group_mask(
            maps,
            np.ones((5, 1, 1), bool),
            "mask",
            PARTICIPANTS,
            GROUPS,
            "pairwise",
        )


def test_nobody_leaves_an_empty_mask():
    brain = np.ones((5, 1, 1), bool)
    found = group_mask([], brain, "mask", [], [], "exclude_voxel")
    assert not found.analysed.any()
    assert found.n.sum() == 0
