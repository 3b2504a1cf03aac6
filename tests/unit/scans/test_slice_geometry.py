"""Slices form a volume where their headers say so, or the reason why they form none."""

import numpy as np
import pytest
from dicom_files import MPRAGE, ORIENTATIONS, find_series, volume, write_series

from rt1t2.scans.slice_geometry import slice_plane, stack_geometry

AXIAL = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)


def headers(heights=range(0, 48, 4), orientation=AXIAL, **fields):
    """Return axial slices at these heights (mm), fields of the last one replaced."""
    slices = [
        {
            "Columns": 30.0,
            "Rows": 32.0,
            "ImagePositionPatient": (-70.0, -65.0, float(height)),
            "ImageOrientationPatient": orientation,
            "PixelSpacing": (4.5, 5.0),
        }
        for height in heights
    ]
    slices[-1] |= fields
    return slices


@pytest.mark.parametrize("orientation", ORIENTATIONS)
def test_affine_from_headers_is_the_written_one(tmp_path, orientation):
    affine = write_series(tmp_path, volume(), orientation=orientation, **MPRAGE)

    (series,) = find_series(tmp_path)
    geometry = series.geometry

    assert geometry.problem == ""
    assert geometry.shape == (30, 32, 12)
    np.testing.assert_allclose(geometry.affine, affine, atol=1e-5)
    np.testing.assert_allclose(geometry.extent_mm, (150, 144, 48), rtol=1e-6)
    plane = orientation.partition(",")[0]
    if plane == "oblique":
        plane = "axial, oblique by 15 degrees"
    assert slice_plane(geometry.affine) == plane


def test_the_order_of_the_files_says_nothing():
    shuffled = np.random.default_rng(0).permutation(headers()).tolist()
    expected, geometry = stack_geometry(headers()), stack_geometry(shuffled)
    assert geometry.problem == ""
    np.testing.assert_array_equal(geometry.affine, expected.affine)
    # DICOM counts towards left and posterior, the affine towards right and anterior
    np.testing.assert_array_equal(expected.affine @ [0, 0, 0, 1], [70, 65, 0, 1])
    np.testing.assert_array_equal(expected.affine @ [1, 1, 1, 1], [65, 60.5, 4, 1])


@pytest.mark.parametrize(
    ("heights", "problem"),
    [
        ([0, 4, 12, 16], "1 slice(s) missing: a gap of 8.00 mm, usually 4.00 mm"),
        (
            [0, 4, 8, 20, 24, 28, 36, 40],
            "3 slice(s) missing: a gap of 12.00 mm, usually 4.00 mm",
        ),
        ([0, 4, 8.07, 12], ""),  # two percent of 4 mm are 0.08 mm
        ([0, 4, 8.1, 12], "uneven slice spacing: 3.90 to 4.10 mm"),
        ([0, 0, 4, 4, 8, 8], "2 images of 3 slices in one series"),
        ([0, 4, 4, 8], "1 slice(s) lie at the position of another"),
        ([5, 5, 5], "all 3 slices lie at the same position"),
        ([5], "a single slice"),
    ],
)
def test_spacing_is_judged_by_the_heights(heights, problem):
    assert stack_geometry(headers(heights)).problem == problem


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        (
            {"ImageOrientationPatient": (1.0, 0.0, 0.0, 0.0, 0.0, -1.0)},
            "slices have different orientations",
        ),
        ({"PixelSpacing": (4.5, 5.1)}, "slices have different pixel sizes"),
        ({"Rows": 31.0}, "slices have different matrix sizes"),
    ],
)
def test_a_slice_unlike_the_others_is_named(fields, problem):
    assert stack_geometry(headers(**fields)).problem == problem


def test_headers_that_do_not_say_where_slices_lie_are_named():
    slices = headers()
    del slices[3]["ImagePositionPatient"]
    expected = "no position, orientation or pixel size in the header"
    assert stack_geometry(slices).problem == expected
    (frames,) = headers([0], NumberOfFrames=24.0)
    expected = "a multi-frame file without a position per frame"
    assert stack_geometry([frames]).problem == expected
    skewed = headers(orientation=(1.0, 0.0, 0.0, 0.5, 0.866025, 0.0))
    expected = "row and column directions are not perpendicular"
    assert stack_geometry(skewed).problem == expected
    assert stack_geometry(skewed).extent_mm.tolist() == [0, 0, 0]


@pytest.mark.parametrize(
    ("shear_mm", "problem"),
    [
        (0.02, ""),  # 0.29 degrees
        (1.0, "slices are sheared by 14.0 degrees (gantry tilt)"),  # atan(1 / 4)
    ],
)
def test_slices_that_shift_sideways_are_named(shear_mm, problem):
    slices = headers()
    for k, header in enumerate(slices):
        x, y, z = header["ImagePositionPatient"]
        header["ImagePositionPatient"] = (x, y + k * shear_mm, z)
    assert stack_geometry(slices).problem == problem


@pytest.mark.parametrize(
    ("angle_deg", "plane"),
    [
        (0, "axial"),
        (0.9, "axial"),
        (20, "axial, oblique by 20 degrees"),
        (60, "coronal, oblique by 30 degrees"),
        (90, "coronal"),
    ],
)
def test_the_plane_is_that_of_the_nearest_axis(angle_deg, plane):
    cos, sin = np.cos(np.deg2rad(angle_deg)), np.sin(np.deg2rad(angle_deg))
    affine = np.eye(4)
    affine[:3, :3] = np.array([[1, 0, 0], [0, cos, sin], [0, -sin, cos]]) @ np.diag(
        [0.5, 0.5, 4.0]
    )
    assert slice_plane(affine) == plane
