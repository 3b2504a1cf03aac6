"""Maps of group statistics: what counts as undefined, and grids that do not fit."""

import nibabel as nib
import numpy as np
import pytest

from rt1t2.errors import UserError
from rt1t2.group.maps import (
    Grid,
    MaskedMaps,
    about_map,
    in_volume,
    read_map,
    require_one_grid,
    source_name,
    sources_of_maps,
)


def test_zero_is_a_value_in_floats_and_missing_in_integers(tmp_path):
    data = np.array([[[0, 1, 2]]])
    for dtype, defined in ((np.float32, 3), (np.int16, 2), (np.uint8, 2)):
        path = tmp_path / f"{np.dtype(dtype).name}.nii"
        nib.save(nib.Nifti1Image(data.astype(dtype), np.eye(4)), path)
        assert np.isfinite(read_map(path)).sum() == defined
    data = np.array([[[0, np.nan, np.inf]]], np.float32)
    nib.save(nib.Nifti1Image(data, np.eye(4)), tmp_path / "nan.nii")
    assert np.isfinite(read_map(tmp_path / "nan.nii")).sum() == 1


def test_a_map_on_another_grid_is_named():
    usual = [Grid(f"{i}.nii", (4, 4, 4), np.eye(4)) for i in range(3)]
    odd = Grid("odd.nii", (4, 4, 4), np.diag([2.0, 1, 1, 1]))
    assert require_one_grid(usual) is usual[0]
    for grids in ([*usual, odd], [odd, *usual]):
        with pytest.raises(
            UserError, match=r"odd.nii: .*4 x 4 x 4 voxels of 2 x 1 x 1 mm"
        ):
            require_one_grid(grids)


def test_sources_are_relative_and_name_no_file_of_the_users():
    assert source_name("results/group/t.nii.gz", "x") == "group/t.nii.gz"
    stored = ".snakemake/storage/s3/bucket/results/group/t.nii.gz"
    assert source_name(stored, "x") == "group/t.nii.gz"
    assert source_name("/data/results/DOE/map.nii.gz", "x") == "x"
    paths = ["results/n.nii.gz", "/data/DOE.nii.gz"]
    sources = sources_of_maps(paths, ["sub-01", "sub-02"])
    assert sources == ["n.nii.gz", "finished map of sub-02"]
    assert about_map("t", sources)["Sources"] == sources


def test_masked_maps_are_read_anew_each_time(tmp_path):
    paths = [str(tmp_path / f"{n}.nii") for n in range(2)]
    values = np.arange(64, dtype=np.float32).reshape(4, 4, 4)
    for n, path in enumerate(paths):
        nib.save(nib.Nifti1Image(values + 100 * n, np.eye(4)), path)
    mask = values % 16 == 5  # voxels (z = 1, y = 1) of the four planes x
    maps = MaskedMaps(paths, mask)
    assert len(maps) == 2
    assert [y.tolist() for y in maps] == [[5, 21, 37, 53], [105, 121, 137, 153]]
    nib.save(nib.Nifti1Image(-values, np.eye(4)), paths[1])
    assert maps[1].tolist() == [-5, -21, -37, -53]


def test_values_of_a_mask_as_a_volume():
    mask = np.array([[[True, False, True]]])
    volume = in_volume(np.array([1.5, 2.5]), mask)
    assert volume.dtype == np.float32
    assert np.array_equal(volume, [[[1.5, np.nan, 2.5]]], equal_nan=True)
