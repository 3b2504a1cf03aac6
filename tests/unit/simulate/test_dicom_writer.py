"""Simulated DICOM: what a converter reads is what was written, voxel by voxel."""

import subprocess

import dcm2niix
import nibabel as nib
import numpy as np
import pydicom
import pytest

from rt1t2.simulate.dicom_writer import (
    AXIAL,
    LOCALIZER_HEADER,
    SAGITTAL,
    T1W_HEADER,
    T2W_HEADER,
    Person,
    Study,
    Volume,
    localizer,
    reordered,
)
from rt1t2.simulate.pose import field_of_view


@pytest.fixture(scope="module")
def scans():
    """Two oblique images with a different number in nearly every voxel."""
    rng = np.random.default_rng(0)
    t1w_affine, t1w_shape = field_of_view(
        [1, 15, -9], [60, 66, 72], [3, 3, 3], [2, -3, 1]
    )
    t2w_affine, t2w_shape = field_of_view(
        [2, 9, -5], [60, 66, 66], [2, 3, 4.4], [4, 1, 2]
    )
    return (
        (rng.integers(0, 3000, t1w_shape), t1w_affine),
        reordered(rng.integers(0, 3000, t2w_shape), t2w_affine, AXIAL),
    )


def write(folder, scans):
    folder.mkdir()
    (t1w, t1w_affine), (t2w, t2w_affine) = scans
    study = Study(folder, Person("07", "F", 63), seed=5)
    study.write(localizer(t1w, t1w_affine), LOCALIZER_HEADER)
    study.write([Volume(*reordered(t1w, t1w_affine, SAGITTAL), 3.0)], T1W_HEADER)
    study.write([Volume(t2w, t2w_affine, 4.0)], T2W_HEADER)
    return folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory, scans):
    return write(tmp_path_factory.mktemp("study") / "dicom", scans)


def test_a_converter_gives_the_scans_back(folder, scans, tmp_path):
    command = [
        dcm2niix.bin,
        "-b",
        "n",
        "-z",
        "n",
        "-i",
        "n",
        "-f",
        "%s",
        "-o",
        tmp_path,
    ]
    subprocess.run([*command, folder], check=True, capture_output=True)
    for number, (data, affine) in zip((2, 3), scans, strict=True):
        (path,) = tmp_path.glob(f"{number}.nii")
        image = nib.load(path)
        np.testing.assert_array_equal(np.asarray(image.dataobj), data)
        np.testing.assert_allclose(image.affine, affine, atol=1e-4)


def test_localizer_planes_lie_in_the_scan(scans):
    data, affine = scans[0]
    for plane in localizer(data, affine, step=1):
        voxel = np.linalg.inv(affine) @ plane.affine @ [2, 3, 0, 1]
        i, j, k = np.rint(voxel[:3]).astype(int)
        np.testing.assert_allclose(voxel[:3], [i, j, k], atol=1e-6)
        assert plane.data[2, 3, 0] == data[i, j, k]


def test_headers_are_those_of_an_mr_scanner(folder):
    files = [pydicom.dcmread(path) for path in sorted(folder.iterdir())]
    series = {file.SeriesNumber for file in files}
    assert series == {1, 2, 3}
    assert len({file.SOPInstanceUID for file in files}) == len(files)
    assert len({file.SeriesInstanceUID for file in files}) == 3
    assert {file.StudyInstanceUID.is_valid for file in files} == {True}
    t2w = next(file for file in files if file.SeriesNumber == 3)
    assert t2w.SOPClassUID.name == "MR Image Storage"
    assert (t2w.SliceThickness, t2w.SpacingBetweenSlices) == (4.0, pytest.approx(4.4))
    assert (t2w.PatientID, t2w.PatientAge, t2w.PatientSex) == ("07", "063Y", "F")
    assert t2w.EchoTime == 100


def test_writing_twice_gives_the_same_bytes(folder, scans, tmp_path):
    again = write(tmp_path / "again", scans)
    names = sorted(path.name for path in folder.iterdir())
    assert names == sorted(path.name for path in again.iterdir())
    for name in names:
        assert (again / name).read_bytes() == (folder / name).read_bytes()
