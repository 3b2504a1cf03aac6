import nibabel as nib
import numpy as np

from rt1t2.geometry.grids import canonical_grid, same_voxels

SHAPE = (10, 12, 14)
AFFINE = np.array([[0, 0.1, 3, -20], [-1, 0, 0, 9], [0, 2, 0, -4], [0, 0, 0, 1.0]])


def test_canonical_grid_is_that_of_nibabel():
    image = nib.as_closest_canonical(nib.Nifti1Image(np.zeros(SHAPE), AFFINE))

    shape, affine = canonical_grid(SHAPE, AFFINE)

    assert shape == image.shape == (14, 10, 12)
    np.testing.assert_allclose(affine, image.affine)


def test_turned_axes_are_the_same_voxels_exchanged_sides_are_not():
    turned = canonical_grid(SHAPE, AFFINE)
    exchanged = np.diag([-1.0, 1.0, 1.0, 1.0]) @ turned[1]
    moved = turned[1].copy()
    moved[2, 3] += 0.2

    assert same_voxels(SHAPE, AFFINE, *turned, tolerance_mm=0.1)
    assert not same_voxels(SHAPE, AFFINE, turned[0], exchanged, tolerance_mm=0.1)
    assert not same_voxels(SHAPE, AFFINE, turned[0], moved, tolerance_mm=0.1)
    assert not same_voxels(SHAPE, AFFINE, (14, 10, 11), turned[1], tolerance_mm=0.1)
