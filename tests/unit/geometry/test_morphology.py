"""Masks by distance: the box must not change what the whole image would give."""

import numpy as np
import pytest
from scipy import ndimage

from rt1t2.geometry.morphology import (
    bounding_box,
    box_around,
    close,
    depth_mm,
    dilate,
    erode,
)

VOXELS_MM = [1.0, np.array([0.8, 1.1, 4.0])]


@pytest.fixture(params=["inside", "at the edge", "noise"])
def mask(request):
    image = np.random.default_rng(0).random((31, 24, 19))
    blobs = ndimage.gaussian_filter(image, 2)
    mask = blobs > np.percentile(blobs, 70)
    if request.param == "noise":
        return image > 0.97
    if request.param == "inside":
        mask[:8] = mask[:, -6:] = mask[..., :5] = False
    return mask


@pytest.mark.parametrize("voxel_mm", VOXELS_MM)
@pytest.mark.parametrize("distance_mm", [0.5, 2.0, 4.0, 9.0])
def test_as_by_distances_in_the_whole_image(mask, distance_mm, voxel_mm):
    far = ndimage.distance_transform_edt(~mask, sampling=voxel_mm)
    assert (dilate(mask, distance_mm, voxel_mm) == (far <= distance_mm)).all()
    depth = ndimage.distance_transform_edt(mask, sampling=voxel_mm)
    assert (erode(mask, distance_mm, voxel_mm) == (depth > distance_mm)).all()


@pytest.mark.parametrize("voxel_mm", VOXELS_MM)
@pytest.mark.parametrize("in_memory", ["C", "F"])
def test_depths_are_scipys_however_the_mask_is_stored(mask, voxel_mm, in_memory):
    stored = np.asarray(mask, order=in_memory)
    expected = ndimage.distance_transform_edt(mask, sampling=voxel_mm)
    np.testing.assert_allclose(depth_mm(stored, voxel_mm), expected, atol=1e-5)
    assert np.isinf(depth_mm(np.ones((3, 3, 3), bool), voxel_mm)).all()


def test_a_gap_up_to_twice_the_distance_is_closed():
    gaps = {}
    for gap in (3, 5):
        plates = np.zeros((30, 30, 30), bool)
        plates[4:10, 2:28, 2:28] = True
        plates[10 + gap : 20, 2:28, 2:28] = True
        found = close(plates, 2.0, 1.0)
        assert found[plates].all()
        gaps[gap] = found[10 : 10 + gap, 10:20, 10:20]
    assert gaps[3].all()
    assert not gaps[5].all()


def test_closing_reaches_the_edge_of_the_image():
    corner = np.zeros((12, 12, 12), bool)
    corner[:5, :5, :5] = True
    assert (close(corner, 3.0, 1.0) == corner).all()


@pytest.mark.parametrize("way", [dilate, erode, close])
@pytest.mark.parametrize("value", [False, True])
def test_nothing_stays_nothing_and_all_stays_all(way, value):
    assert (way(np.full((4, 5, 6), value), 2.0, 1.0) == value).all()


def test_boxes():
    mask = np.zeros((5, 16, 17), bool)
    mask[1, 7:9, 16] = True
    assert mask[bounding_box(mask)].shape == (1, 2, 1)
    wide = box_around(mask, 2.5, np.array([1.0, 2.0, 2.0]))
    assert wide == (slice(0, 6), slice(4, 12), slice(13, 20))
    assert box_around(mask & False, 2.5, 1.0) == (slice(None),) * 3
