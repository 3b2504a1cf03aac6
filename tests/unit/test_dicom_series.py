import shutil

import numpy as np
import pytest
from dicom_files import (
    FLAIR,
    MPRAGE,
    ORIENTATIONS,
    TSE,
    volume,
    write_multiframe,
    write_series,
)

from rt1t2.dicom_series import find_series
from rt1t2.slice_geometry import slice_plane


def only(folder):
    (series,) = find_series(folder)
    return series


@pytest.mark.parametrize("orientation", ORIENTATIONS)
def test_affine_from_headers_is_the_written_one(tmp_path, orientation):
    affine = write_series(tmp_path, volume(), orientation=orientation, **MPRAGE)

    geometry = only(tmp_path).geometry

    assert geometry.problem == ""
    assert geometry.shape == (30, 32, 12)
    np.testing.assert_allclose(geometry.affine, affine, atol=1e-5)
    np.testing.assert_allclose(geometry.extent_mm, (150, 144, 48), rtol=1e-6)
    assert slice_plane(geometry.affine).startswith(
        "axial, oblique by 15" if orientation == "oblique" else orientation
    )


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"skip": (4,)}, "1 slice(s) missing: a gap of 8.00 mm"),
        ({"skip": (4, 5, 8)}, "3 slice(s) missing"),
        ({"shear_mm": 0.2}, "sheared by 2.9 degrees"),
    ],
)
def test_slices_that_form_no_volume_are_named(tmp_path, changes, words):
    write_series(tmp_path, volume(), **MPRAGE, **changes)

    assert words in only(tmp_path).geometry.problem


def test_a_slice_more_than_two_percent_off_its_place_is_named(tmp_path):
    write_series(tmp_path / "a", volume(), displace_mm=0.03, **MPRAGE)
    write_series(tmp_path / "b", volume(), displace_mm=0.3, **MPRAGE)

    assert only(tmp_path / "a").geometry.problem == ""
    assert only(tmp_path / "b").geometry.problem == (
        "uneven slice spacing: 3.70 to 4.30 mm"
    )


def test_two_volumes_under_one_series_are_named(tmp_path):
    for folder in ("a", "b"):
        write_series(tmp_path / folder, volume(), SeriesInstanceUID="1.2.3", **MPRAGE)

    assert only(tmp_path).geometry.problem == "2 images of 12 slices in one series"


def test_other_orientations_in_one_series_are_named(tmp_path):
    for orientation in ("axial", "coronal"):
        write_series(
            tmp_path / orientation,
            volume(),
            SeriesInstanceUID="1.2.3",
            orientation=orientation,
        )

    assert only(tmp_path).geometry.problem == "slices have different orientations"


def test_a_copy_of_every_file_changes_nothing(tmp_path):
    write_series(tmp_path / "a", volume(), **MPRAGE)
    shutil.copytree(tmp_path / "a", tmp_path / "copy" / "of" / "a")

    series = only(tmp_path)

    assert series.geometry.problem == ""
    assert len(series.files) == 12


def test_files_that_are_no_images_are_passed_over(tmp_path):
    write_series(tmp_path, volume(), **MPRAGE)
    (tmp_path / "notes.txt").write_text("remarks")
    (tmp_path / "empty").touch()
    (tmp_path / "half.dcm").write_bytes((tmp_path / "IM0003").read_bytes()[:200])
    shutil.copy(tmp_path / "IM0003", tmp_path / "DICOMDIR")

    assert len(only(tmp_path).files) == 12


def test_series_come_in_order_and_echoes_are_told_apart(tmp_path):
    write_series(tmp_path, volume(), number=7, name="c{}", **FLAIR)
    write_series(tmp_path, volume(), number=3, name="a{}", **MPRAGE)
    for echo in (93, 12):
        fields = {**TSE, "EchoTime": echo, "SeriesInstanceUID": "1.2.3"}
        write_series(tmp_path / str(echo), volume(), number=5, **fields)

    found = [(one.number, one.header["EchoTime"]) for one in find_series(tmp_path)]

    assert found == [(3, 2.98), (5, 12), (5, 93), (7, 93)]


def test_gaps_in_instance_numbers_are_noticed(tmp_path):
    write_series(tmp_path, volume(), skip=(4,), **MPRAGE)
    assert only(tmp_path).may_lack_slices


def test_frames_of_a_multiframe_file_are_slices(tmp_path):
    write_multiframe(tmp_path / "image", volume(), (93.0,))

    series = only(tmp_path)

    assert series.geometry.problem == ""
    assert series.geometry.shape == (30, 32, 12)
    assert series.header["EchoTime"] == 93
    assert not series.shares_files


def test_two_echoes_in_one_multiframe_file_share_it(tmp_path):
    write_multiframe(tmp_path / "image", volume(), (12.0, 93.0))

    found = find_series(tmp_path)

    assert [one.header["EchoTime"] for one in found] == [12, 93]
    assert all(one.shares_files for one in found)
