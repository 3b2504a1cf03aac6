import nibabel as nib
import numpy as np
import pytest
import SimpleITK as sitk

from rt1t2 import images
from rt1t2.geometry.displacement import (
    from_itk,
    jacobian_determinant,
    pull,
    source_voxels,
    to_itk,
)
from rt1t2.geometry.transforms import apply, from_parameters, write_itk

FIELD_AFFINE = np.array(
    [[4.0, 0, 0, -40], [0, 4.0, 0, -48], [0, 0, 4.0, -36], [0, 0, 0, 1]]
)
FIELD_SHAPE = (21, 25, 19)


def smooth_field() -> np.ndarray:
    """Up to about 5 mm, with different x, y and z components."""
    x, y, z = np.meshgrid(*[np.linspace(0, 3, n) for n in FIELD_SHAPE], indexing="ij")
    parts = (4 * np.sin(x + y), 3 * np.cos(y - z), 5 * np.sin(z) * np.cos(x))
    return np.stack(parts, axis=-1).astype(np.float32)


def test_simpleitk_applies_the_written_files_to_the_same_result(tmp_path):
    field = smooth_field()
    affine = from_parameters([5, -3, 2, 8, -6, 10, -8, 5, -3, 2, 1, -2], np.zeros(3))
    source_affine = from_parameters([0, 0, 0, 12, 5, -9], np.zeros(3))
    source_affine[:3, :3] *= 3.0
    source_affine[:3, 3] = -source_affine[:3, :3] @ [19.5, 19.5, 19.5]
    rng = np.random.default_rng(0)
    source = rng.normal(size=(40, 40, 40)).astype(np.float32)
    target_affine = np.diag([2.0, 2.0, 2.0, 1.0])
    target_affine[:3, 3] = (-30, -34, -26)
    target_shape = (31, 35, 27)

    images.save(to_itk(field), FIELD_AFFINE, tmp_path / "d.nii.gz", intent="vector")
    images.save(source, source_affine, tmp_path / "source.nii.gz")
    images.save(np.zeros(target_shape), target_affine, tmp_path / "target.nii.gz")
    write_itk(affine, tmp_path / "affine.txt")
    written = sitk.ReadImage(str(tmp_path / "d.nii.gz"), sitk.sitkVectorFloat64)
    displacement = sitk.DisplacementFieldTransform(written)
    # the last one added is applied first
    way = sitk.CompositeTransform(
        [sitk.ReadTransform(str(tmp_path / "affine.txt")), displacement]
    )
    expected = sitk.GetArrayFromImage(
        sitk.Resample(
            sitk.ReadImage(str(tmp_path / "source.nii.gz")),
            sitk.ReadImage(str(tmp_path / "target.nii.gz")),
            way,
            sitk.sitkLinear,
            -99.0,
        )
    ).T

    voxels = source_voxels(
        field, FIELD_AFFINE, affine, source_affine, target_affine, target_shape
    )
    ours = pull(source, voxels)
    both = (expected > -99) & np.isfinite(ours)
    assert both.mean() > 0.9
    np.testing.assert_allclose(ours[both], expected[both], atol=2e-3)


def test_itk_form_is_reversed_and_says_vector(tmp_path):
    field = smooth_field()
    images.save(to_itk(field), FIELD_AFFINE, tmp_path / "d.nii.gz", intent="vector")
    header = nib.load(tmp_path / "d.nii.gz").header
    assert header.get_intent()[0] == "vector"
    assert header.get_data_shape() == (*FIELD_SHAPE, 1, 3)
    np.testing.assert_array_equal(from_itk(to_itk(field)), field)
    assert to_itk(field)[3, 4, 5, 0, 0] == -field[3, 4, 5, 0]
    assert to_itk(field)[3, 4, 5, 0, 2] == field[3, 4, 5, 2]


def test_points_go_through_displacement_then_affine():
    field = np.zeros((*FIELD_SHAPE, 3), dtype=np.float32)
    field[...] = (1.0, -2.0, 3.0)
    affine = from_parameters([5, 0, 0, 20, 0, 0, 10], np.zeros(3))
    source_affine = np.diag([2.0, 2.0, 2.0, 1.0])
    target_affine = np.diag([5.0, 5.0, 5.0, 1.0])
    voxels = source_voxels(
        field, FIELD_AFFINE, affine, source_affine, target_affine, (3, 3, 3)
    )
    expected = apply(affine, np.array([5.0 + 1, 10.0 - 2, 0.0 + 3])) / 2
    np.testing.assert_allclose(voxels[:, 1, 2, 0], expected, atol=1e-4)


def test_outside_the_field_is_no_data():
    field = np.zeros((*FIELD_SHAPE, 3), dtype=np.float32)
    target_affine = np.diag([10.0, 10.0, 10.0, 1.0])
    target_affine[:3, 3] = (-100, 0, 0)
    voxels = source_voxels(
        field, FIELD_AFFINE, np.eye(4), np.eye(4), target_affine, (21, 1, 1)
    )
    x = -100 + 10 * np.arange(21)
    np.testing.assert_array_equal(np.isnan(voxels[0, :, 0, 0]), np.abs(x) > 42)
    values = pull(np.ones((5, 5, 5), dtype=np.float32), voxels)
    assert values[10, 0, 0] == 1  # the point 0, 0, 0
    assert np.isnan(values[0, 0, 0])  # not the value at coordinate 0


def test_pull_weights_only_defined_voxels():
    image = np.full((4, 4, 4), 3.0, dtype=np.float32)
    image[2:] = np.nan
    x = np.array([0.0, 1.0, 1.3, 1.49, 1.6, 2.0, -0.6, 3.6])
    voxels = np.stack([x, np.full(8, 1.5), np.full(8, 1.5)])
    values = pull(image, voxels)
    np.testing.assert_allclose(values[:4], 3.0, rtol=1e-6)  # NaN and 0 do not leak in
    assert np.isnan(values[4:]).all()


@pytest.mark.parametrize("scale", [0.9, 1.0, 1.2])
def test_jacobian_of_a_scaling(scale):
    grid = np.stack(np.meshgrid(*[3.0 * np.arange(6)] * 3, indexing="ij"), axis=-1)
    jacobian = jacobian_determinant((scale - 1) * grid, voxel_mm=3.0)
    np.testing.assert_allclose(jacobian, scale**3)


def test_jacobian_of_a_fold_is_negative():
    x = 2.0 * np.arange(10)
    field = np.zeros((10, 10, 10, 3))
    field[..., 0] = -1.5 * x[:, None, None]  # x -> -x / 2
    np.testing.assert_allclose(jacobian_determinant(field, 2.0), -0.5)
