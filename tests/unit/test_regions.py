"""Region means: nearest labels, background, coverage, and the toolbox's own numbers."""

import json

import nibabel as nib
import numpy as np
import pytest

from rt1t2.errors import UserError
from rt1t2.regions import atlas_labels, border_value, region_means, regions_on_grid

MM_2 = np.diag([2.0, 2.0, 2.0, 1.0])


def blocks() -> np.ndarray:
    """Return an atlas of eight 3 x 3 x 3 regions, labelled 10, 20, ... 80."""
    atlas = np.zeros((6, 6, 6), dtype=np.uint8)
    corners = np.ndindex(2, 2, 2)
    for label, (x, y, z) in enumerate(corners, start=1):
        atlas[3 * x : 3 * x + 3, 3 * y : 3 * y + 3, 3 * z : 3 * z + 3] = 10 * label
    return atlas


def means_of(data, background="exclude", atlas=None, affine=MM_2):
    grid = regions_on_grid(
        blocks() if atlas is None else atlas, MM_2, data.shape, affine
    )
    return region_means(data, grid, background)


def test_each_region_gets_its_own_mean_in_the_order_of_the_labels():
    data = blocks() / 7.0
    means, coverage = means_of(data)
    assert means == pytest.approx(np.arange(10, 90, 10) / 7)
    assert (coverage == 1).all()


def test_labels_are_nearest_on_any_grid():
    rng = np.random.default_rng(0)
    atlas = rng.integers(0, 5, (7, 8, 9))
    turn = np.array([[0.8, -0.6, 0], [0.6, 0.8, 0], [0, 0, 1.0]])
    oblique = np.eye(4)
    oblique[:3, :3] = turn * 1.7
    oblique[:3, 3] = (3.1, -1.3, 0.7)
    flipped = np.diag([-1.5, 1.5, 1.5, 1.0])
    flipped[0, 3] = 11.0
    for affine in (oblique, flipped):
        shape = (9, 7, 10)
        expected = np.zeros(shape, int)
        for index in np.ndindex(shape):
            point = affine[:3, :3] @ index + affine[:3, 3]
            nearest = np.floor(point / 2.0 + 0.5).astype(int)
            if (nearest >= 0).all() and (nearest < atlas.shape).all():
                expected[index] = atlas[tuple(nearest)]
        grid = regions_on_grid(atlas, MM_2, shape, affine)
        found = np.zeros(np.prod(shape), int)
        found[grid.voxels] = grid.region + 1
        assert np.array_equal(found.reshape(shape, order="F"), expected)


def test_an_image_of_half_the_voxel_size_has_the_same_means():
    data = blocks().astype(float)
    fine = data.repeat(2, 0).repeat(2, 1).repeat(2, 2)
    affine = np.diag([1.0, 1.0, 1.0, 1.0])
    affine[:3, 3] = -0.5
    assert means_of(fine, affine=affine)[0] == pytest.approx(means_of(data)[0])


def test_nan_is_left_out_and_an_empty_region_is_nan():
    data = np.ones((6, 6, 6))
    data[0, 0, 0] = np.nan
    data[1, 0, 0] = 10.0
    data[3:, 3:, 3:] = np.nan
    means, coverage = means_of(data, "include")
    assert means[0] == pytest.approx((25 + 10) / 26)
    assert np.isnan(means[7])
    assert coverage[[0, 1, 7]] == pytest.approx([26 / 27, 1, 0])


def test_zeros_are_background_unless_included():
    data = np.random.default_rng(3).permutation(216).reshape(6, 6, 6) + 1.0
    data[:2, :3, :3] = 0.0
    data[2, :3, :3] = 4.0
    excluded, coverage = means_of(data, "exclude")
    included, same_coverage = means_of(data, "include")
    assert (excluded[0], included[0]) == pytest.approx((4.0, 4.0 / 3))
    assert coverage[0] == same_coverage[0] == pytest.approx(1 / 3)


def test_the_constant_round_the_image_is_background_too():
    data = np.full((8, 8, 8), -20.7, dtype=np.float32)
    data[1:5, 1:7, 1:7] = 50.0
    atlas = np.pad(blocks(), 1)
    means, coverage = means_of(data, atlas=atlas)
    assert means[:4] == pytest.approx([50.0] * 4)
    # of regions 5 to 8 (x = 4, 5, 6) one of three slices is measured
    assert means[4:] == pytest.approx([50.0] * 4)
    assert coverage[4:] == pytest.approx([1 / 3] * 4)


def test_an_image_without_background_loses_nothing():
    data = np.random.default_rng(1).normal(size=(6, 6, 6))
    assert border_value(data) is None
    assert means_of(data)[0] == pytest.approx(means_of(data, "include")[0])


def test_what_lies_outside_the_field_of_view_is_not_covered():
    means, coverage = means_of(np.arange(1.0, 73.0).reshape(6, 6, 2))
    assert coverage == pytest.approx([2 / 3, 0] * 4)
    assert np.isnan(means[1::2]).all()


def test_an_atlas_holds_whole_numbers():
    assert atlas_labels(np.array([0.0, 7.0, np.nan, 3.0])).tolist() == [3, 7]
    with pytest.raises(UserError, match=r"receptors\.atlas"):
        atlas_labels(np.array([0.0, 0.5]))


@pytest.mark.shared
def test_region_means_are_those_of_juspace(shared):
    folder = shared / "reference/juspace"
    reference = json.loads((folder / "juspace_reference.json").read_text())
    atlas = nib.load(shared / "data/atlas/m_labels_Neuromorphometrics.nii.gz")
    labels = np.asarray(atlas.dataobj)
    expected = {
        f"inputs/pat{k:02d}.nii.gz": row
        for k, row in enumerate(reference["cases"]["clean"]["D1"], start=1)
    }
    expected |= {
        f"inputs/con{k:02d}.nii.gz": row
        for k, row in enumerate(reference["D2"], start=1)
    }
    expected |= {
        f"../../data/receptors/{name}.gz": row
        for name, row in zip(reference["pet"], reference["data_PET"], strict=True)
    }
    expected["gm_covariate_grey_white.nii.gz"] = reference["T1"]
    grids = {}
    for name, row in expected.items():
        image = nib.load(folder / name)
        data = np.asarray(image.dataobj)
        data = data if data.ndim == 3 else data[..., 0]
        if data.shape not in grids:
            grids[data.shape] = regions_on_grid(
                labels, atlas.affine, data.shape, image.affine
            )
        means, _ = region_means(data, grids[data.shape], "include")
        assert means == pytest.approx(np.array(row), rel=1e-12, abs=0), name
