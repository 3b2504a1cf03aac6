import numpy as np
import pytest
import SimpleITK as sitk
from scipy.spatial.transform import Rotation

from rt1t2.geometry import transforms

PARAMETERS = np.array(
    [3.0, -7.0, 11.0, 12.0, -8.0, 25.0, -9.0, 4.0, 6.0, 1.0, -2.0, 3.0]
)
CENTRE = np.array([10.0, -20.0, 30.0])


def test_rotation_turns_about_x_then_y_then_z():
    expected = Rotation.from_euler("xyz", [10, 20, 30], degrees=True).as_matrix()
    np.testing.assert_allclose(transforms.rotation([10, 20, 30]), expected, atol=1e-12)


def test_parameters_come_back():
    matrix = transforms.from_parameters(PARAMETERS, CENTRE)
    np.testing.assert_allclose(
        transforms.to_parameters(matrix, CENTRE), PARAMETERS, atol=1e-9
    )


def test_centre_only_shifts():
    matrix = transforms.from_parameters(PARAMETERS, CENTRE)
    np.testing.assert_allclose(
        transforms.apply(matrix, CENTRE), CENTRE + PARAMETERS[:3]
    )


def test_volume_is_the_product_of_the_scales():
    matrix = transforms.from_parameters(PARAMETERS, CENTRE)
    assert np.linalg.det(matrix) == pytest.approx(np.exp((-9 + 4 + 6) / 100))


def test_a_mirror_has_no_parameters():
    with pytest.raises(ValueError, match="mirror"):
        transforms.to_parameters(np.diag([-1.0, 1, 1, 1]), CENTRE)


def test_itk_applies_the_written_file_in_lps(tmp_path):
    matrix = transforms.from_parameters(PARAMETERS, CENTRE)
    transforms.write_itk(matrix, tmp_path / "xfm.txt")
    point_ras = np.array([31.0, -42.0, 53.0])
    point_lps = point_ras * [-1, -1, 1]
    moved_lps = sitk.ReadTransform(tmp_path / "xfm.txt").TransformPoint(
        point_lps.tolist()
    )
    np.testing.assert_allclose(
        np.array(moved_lps) * [-1, -1, 1],
        transforms.apply(matrix, point_ras),
        atol=1e-9,
    )


def test_a_file_by_itk_with_its_own_centre_is_read(tmp_path):
    itk = sitk.AffineTransform(3)
    itk.SetMatrix(transforms.rotation([5, 6, 7]).ravel().tolist())
    itk.SetCenter((10.0, 20.0, 30.0))
    itk.SetTranslation((1.0, 2.0, 3.0))
    sitk.WriteTransform(itk, tmp_path / "xfm.txt")
    matrix = transforms.read_itk(tmp_path / "xfm.txt")
    point_ras = np.array([31.0, -42.0, 53.0])
    moved_lps = itk.TransformPoint((point_ras * [-1, -1, 1]).tolist())
    np.testing.assert_allclose(
        transforms.apply(matrix, point_ras) * [-1, -1, 1], moved_lps, atol=1e-9
    )


def test_written_numbers_are_exact(tmp_path):
    matrix = transforms.from_parameters(PARAMETERS, CENTRE)
    transforms.write_itk(matrix, tmp_path / "xfm.txt")
    np.testing.assert_array_equal(transforms.read_itk(tmp_path / "xfm.txt"), matrix)


def test_other_itk_files_are_refused(tmp_path):
    sitk.WriteTransform(sitk.Euler3DTransform(), tmp_path / "euler.txt")
    with pytest.raises(ValueError, match=r"euler\.txt is not"):
        transforms.read_itk(tmp_path / "euler.txt")


def test_rotation_angle_and_displacement():
    matrix = transforms.from_parameters([3.0, 4.0, 0.0, 0.0, 17.0, 0.0], CENTRE)
    assert transforms.rotation_deg(matrix) == pytest.approx(17)
    assert transforms.displacement_mm(matrix, CENTRE) == pytest.approx(5)
