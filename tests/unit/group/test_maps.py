"""Maps of group statistics: what counts as undefined, and grids that do not fit."""

import nibabel as nib
import numpy as np
import pytest

from rt1t2.errors import UserError
from rt1t2.group.maps import (
    Grid,
    analysed_voxels,
    count_defined,
    mask_on_grid,
    read_map,
    require_one_grid,
    source_name,
)

GROUPS = ["A", "A", "A", "B", "B", "B"]


def test_zero_is_a_value_in_floats_and_missing_in_integers(tmp_path):
    data = np.array([[[0, 1, 2]]])
    for dtype, defined in ((np.float32, 3), (np.int16, 2), (np.uint8, 2)):
        path = tmp_path / f"{np.dtype(dtype).name}.nii"
        nib.save(nib.Nifti1Image(data.astype(dtype), np.eye(4)), path)
        assert np.isfinite(read_map(path)).sum() == defined
    data = np.array([[[0, np.nan, np.inf]]], np.float32)
    nib.save(nib.Nifti1Image(data, np.eye(4)), tmp_path / "nan.nii")
    assert np.isfinite(read_map(tmp_path / "nan.nii")).sum() == 1


def coverage():
    maps = np.random.default_rng(0).normal(size=(6, 5)).astype(np.float32)
    maps[0, 0] = np.nan  # two of three left
    maps[:2, 1] = np.nan  # one of three left
    maps[:, 2] = 0  # the same in everybody
    maps[:, 3] = [np.nan, 2, 2, 2, 2, 2]  # the same in everybody who has it
    return count_defined(maps, GROUPS, 5)


def test_analysed_voxels():
    found = coverage()
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


def test_a_map_on_another_grid_is_named():
    usual = [Grid(f"{i}.nii", (4, 4, 4), np.eye(4)) for i in range(3)]
    odd = Grid("odd.nii", (4, 4, 4), np.diag([2.0, 1, 1, 1]))
    assert require_one_grid(usual) is usual[0]
    for grids in ([*usual, odd], [odd, *usual]):
        with pytest.raises(
            UserError, match=r"odd.nii: .*4 x 4 x 4 voxels of 2 x 1 x 1 mm"
        ):
            require_one_grid(grids)


def test_sources_are_relative():
    assert source_name("/home/me/run/results/group/t.nii.gz") == "group/t.nii.gz"
    assert source_name("/data/maps/sub-01.nii.gz") == "sub-01.nii.gz"
