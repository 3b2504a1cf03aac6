import shutil

import pydicom
import pytest
from dicom_files import (
    FLAIR,
    MPRAGE,
    TSE,
    edit_files,
    find_series,
    volume,
    write_multiframe,
    write_series,
)


def only(folder):
    (series,) = find_series(folder)
    return series


def test_a_copy_of_every_file_changes_nothing(tmp_path):
    write_series(tmp_path / "a", volume(), **MPRAGE)
    shutil.copytree(tmp_path / "a", tmp_path / "copy" / "of" / "a")

    series = only(tmp_path)

    assert series.problem == ""
    assert len(series.files) == series.n_copies == 12


def test_files_that_are_no_images_are_passed_over(tmp_path):
    write_series(tmp_path, volume(), **MPRAGE)
    (tmp_path / "notes.txt").write_text("remarks")
    (tmp_path / "empty").touch()
    (tmp_path / "half.dcm").write_bytes((tmp_path / "IM0003").read_bytes()[:200])
    shutil.copy(tmp_path / "IM0003", tmp_path / "DICOMDIR")

    assert len(only(tmp_path).files) == 12


def test_files_without_preamble_are_read(tmp_path):
    write_series(tmp_path, volume(), **MPRAGE)
    for path in tmp_path.iterdir():
        bare = pydicom.Dataset()
        bare.update(pydicom.dcmread(path))
        pydicom.dcmwrite(path, bare, implicit_vr=True, little_endian=True)

    assert only(tmp_path).problem == ""


def test_series_come_in_order_and_echoes_are_told_apart(tmp_path):
    write_series(tmp_path, volume(), number=7, name="c{}", **FLAIR)
    write_series(tmp_path, volume(), number=3, name="a{}", **MPRAGE)
    for echo in (93, 12):
        fields = {**TSE, "EchoTime": echo, "SeriesInstanceUID": "1.2.3"}
        write_series(tmp_path / str(echo), volume(), number=5, **fields)

    found = [(one.number, one.header["EchoTime"]) for one in find_series(tmp_path)]

    assert found == [(3, 2.98), (5, 12), (5, 93), (7, 93)]


def test_a_slice_exported_again_is_named(tmp_path):
    write_series(tmp_path, volume(), **MPRAGE)
    again = pydicom.dcmread(tmp_path / "IM0004")
    again.SOPInstanceUID = again.file_meta.MediaStorageSOPInstanceUID = "1.2.3.4"
    again.save_as(tmp_path / "again")

    assert only(tmp_path).problem == "1 slice(s) lie at the position of another"


@pytest.mark.parametrize(
    ("fields", "lacking"),
    [
        ({}, False),
        ({"skip": (4,)}, True),
        ({"skip": (0,)}, True),
        ({"skip": (11,)}, False),  # nothing in the header tells
        ({"skip": (11,), "ImagesInAcquisition": 12}, True),
        ({"ImagesInAcquisition": 12}, False),
    ],
)
def test_slices_that_numbers_or_count_say_are_missing(tmp_path, fields, lacking):
    write_series(tmp_path, volume(), **MPRAGE, **fields)
    assert only(tmp_path).may_lack_slices is lacking


def test_numbers_that_go_on_from_another_series_are_no_gap(tmp_path):
    write_series(tmp_path, volume(), **MPRAGE)

    def count_on(image):
        image.InstanceNumber += 176

    edit_files(tmp_path, count_on)
    assert not only(tmp_path).may_lack_slices


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
    assert {one.problem for one in found} == {
        "several images (echoes or components) in one multi-frame file"
    }


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ("tilt", "slices are sheared by 14.0 degrees (gantry tilt)"),
        ("gap", "1 slice(s) missing: a gap of 8.00 mm, usually 4.00 mm"),
        ("twice", "2 images of 12 slices in one series"),
    ],
)
def test_frames_that_form_no_volume_are_named(tmp_path, change, problem):
    write_multiframe(tmp_path / "image", volume(), (93.0,) * (1 + (change == "twice")))

    def move(image):
        for k, frame in enumerate(image.PerFrameFunctionalGroupsSequence):
            position = frame.PlanePositionSequence[0].ImagePositionPatient
            position[1] += k * (change == "tilt")
            position[2] += 4 * (change == "gap" and k > 6)

    edit_files(tmp_path, move)

    assert only(tmp_path).problem == problem


def edited(folder, edit):
    """Write twelve slices, change each by its number, and read them back."""
    write_series(folder, volume(), **MPRAGE)
    for k, path in enumerate(sorted(folder.iterdir())):
        image = pydicom.dcmread(path)
        edit(image, k)
        image.save_as(path)
    return find_series(folder)


@pytest.mark.parametrize(
    ("keyword", "usual", "odd", "n_images"),
    [
        ("EchoTime", 2.9500001, 2.9499999, 1),
        ("EchoTime", 2.95, 2.9999, 1),
        ("EchoTime", 2.0, 4.5, 2),
        ("InversionTime", 900.4, 899.6, 1),
        ("InversionTime", 900, 2500, 2),
        ("RepetitionTime", 2300, 2300.004, 1),
        ("RepetitionTime", 2300, 600, 2),
    ],
)
def test_nearly_equal_times_are_one_image(tmp_path, keyword, usual, odd, n_images):
    found = edited(tmp_path, lambda i, k: setattr(i, keyword, odd if k == 5 else usual))
    assert len(found) == n_images
    if n_images == 1:
        assert found[0].problem == ""
        assert found[0].times_vary


def test_complex_and_dixon_parts_of_a_series_are_images_of_their_own(tmp_path):
    def part(image, k):
        image.ComplexImageComponent = "PHASE" if k % 2 else "MAGNITUDE"

    assert len(edited(tmp_path / "complex", part)) == 2

    def dixon(image, k):
        image.ImageType = ["ORIGINAL", "PRIMARY", "F" if k % 2 else "W"]

    assert len(edited(tmp_path / "dixon", dixon)) == 2


@pytest.mark.parametrize(
    ("slopes", "problem"),
    [
        ([2.0, None], "some slices lack the rescale slope"),
        ([1.0, None], ""),
        ([2.0, 3.0], ""),
    ],
)
def test_slices_partly_without_scaling(tmp_path, slopes, problem):
    def scale(image, k):
        if (slope := slopes[k % 2]) is not None:
            image.RescaleSlope, image.RescaleIntercept = slope, 0

    (series,) = edited(tmp_path, scale)
    assert series.problem.startswith(problem)
    assert bool(series.problem) == bool(problem)


def test_padding_with_scaling_that_differs_is_refused(tmp_path):
    def pad(image, k):
        image.RescaleSlope, image.RescaleIntercept = 1 + k, 0
        image.add_new("PixelPaddingValue", "US", 63536)

    (series,) = edited(tmp_path, pad)
    assert "padded" in series.problem


LOSSES = {
    "a link to nothing": (lambda p: (p.unlink(), p.symlink_to("nowhere")), "links to"),
    "empty": (lambda p: p.write_bytes(b""), "empty"),
    "a damaged header": (lambda p: p.write_bytes(p.read_bytes()[:200]), "damaged"),
    "other bytes": (lambda p: p.write_bytes(b"x" * 2000), "damaged"),
    "a pointer": (lambda p: p.write_bytes(b"/annex/objects/SHA256"), "not fetched"),
}


@pytest.mark.parametrize("how", LOSSES)
@pytest.mark.parametrize("last", [11, 5])
def test_a_file_that_cannot_be_read_stops_its_series(tmp_path, how, last):
    spoil, words = LOSSES[how]
    write_series(tmp_path / "d", volume(), **MPRAGE)
    write_series(tmp_path / "other", volume(), number=2, **TSE)
    for k in (last, last - 1):
        spoil(tmp_path / "d" / f"IM{k:04d}")
    first, second = find_series(tmp_path)
    assert first.problem.startswith("of the files beside its own, 2 are ")
    assert words in first.problem
    assert second.problem == ""


def test_a_series_that_is_complete_by_its_own_count_is_not_stopped(tmp_path):
    write_series(tmp_path, volume(), ImagesInAcquisition=12, **MPRAGE)
    (tmp_path / "IM9999").touch()
    assert only(tmp_path).problem == ""


def test_reports_beside_the_images_are_no_loss(tmp_path):
    write_series(tmp_path, volume(), **MPRAGE)
    report = pydicom.dcmread(tmp_path / "IM0003")
    report.SOPClassUID = "1.2.840.10008.5.1.4.1.1.88.11"
    report.file_meta.MediaStorageSOPClassUID = report.SOPClassUID
    for keyword in ("Rows", "Columns", "PixelData"):
        del report[keyword]
    report.save_as(tmp_path / "SR0001")
    assert only(tmp_path).problem == ""
