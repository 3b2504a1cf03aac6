import numpy as np

from rt1t2.geometry.template_grid import grid_around, grid_over, image_box


def test_grid_has_a_voxel_at_the_origin_and_covers_the_box():
    for voxel_mm in (1.0, 1.5, 2.0, 3.0, 4.0):
        shape, affine = grid_over([-98, -134, -72], [98, 98, 116], voxel_mm)
        first = affine[:3, 3]
        last = first + voxel_mm * (np.array(shape) - 1)
        assert (first <= [-98, -134, -72]).all()
        assert (last >= [98, 98, 116]).all()
        assert (first > np.array([-98, -134, -72]) - voxel_mm).all()
        np.testing.assert_array_equal(first % voxel_mm, 0)


def test_icbm_box_at_1_and_2_mm_is_the_grid_of_nilearn():
    box = [-98, -134, -72], [98, 98, 116]
    assert grid_over(*box, 1.0)[0] == (197, 233, 189)
    assert grid_over(*box, 2.0)[0] == (99, 117, 95)


def test_box_of_a_flipped_image():
    affine = np.diag([-2.0, 2.0, 2.0, 1.0])
    affine[:3, 3] = (90, -126, -72)
    low, high = image_box((91, 109, 91), affine)
    np.testing.assert_array_equal(low, [-90, -126, -72])
    np.testing.assert_array_equal(high, [90, 90, 108])


def test_grid_around_a_mask_keeps_its_margin():
    mask = np.zeros((20, 20, 20), dtype=bool)
    mask[5:8, 9, 10:15] = True
    affine = np.diag([2.0, 2.0, 2.0, 1.0])
    shape, grid = grid_around(mask, affine, 3.0, margin_mm=6.0)
    np.testing.assert_array_equal(grid[:3, 3], [3, 12, 12])  # 10, 18, 20 less 6, down
    assert shape == (7, 5, 9)  # up to 14, 18, 28 plus 6: 21, 24, 36
