"""Headers: numbers, codes and names as written; what is malformed or no image is left out."""

import numpy as np
import pydicom
import pytest
from dicom_files import (
    MPRAGE,
    PHILIPS,
    PRIVATE,
    STUDY_UID,
    TSE,
    add_philips_scale,
    edit_files,
    volume,
    write_multiframe,
    write_series,
)

from rt1t2.scans.dicom_headers import read_headers

SLICE = volume((30, 32, 1))


def only(path):
    (header,) = read_headers(path)
    return header


def test_an_image_gives_numbers_vectors_codes_and_names(tmp_path):
    write_series(tmp_path, SLICE, name="a", SeriesDescription="t1_sag", **MPRAGE)

    header = only(tmp_path / "a")

    assert {key: header[key] for key in ("RepetitionTime", "EchoTime", "Rows")} == {
        "RepetitionTime": 2300.0,
        "EchoTime": 2.98,
        "Rows": 32.0,
    }
    assert header["ImagePositionPatient"] == (-70.0, -65.0, -20.0)
    assert header["PixelSpacing"] == (4.5, 5.0)
    assert header["ScanningSequence"] == ("GR", "IR")
    assert header["MRAcquisitionType"] == ("3D",)
    assert header["Manufacturer"] == "SIEMENS"
    assert header["text"].split() == ["t1_sag"]
    assert (header["patient"], header["visit"]) == (PRIVATE, STUDY_UID)
    assert len(set(header["uid"])) == 2
    assert "AngioFlag" not in header


def test_the_protocol_name_stands_in_for_a_description(tmp_path):
    write_series(tmp_path, SLICE, name="a", SequenceName="tse2d1_11", **TSE)
    assert only(tmp_path / "a")["text"] == f"{PRIVATE} tse2d1_11"


def test_a_value_that_is_no_number_is_left_out(tmp_path):
    write_series(tmp_path, SLICE, name="a", **{**MPRAGE, "EchoTime": "9.8765"})
    path = tmp_path / "a"
    path.write_bytes(path.read_bytes().replace(b"9.8765", b"Muster"))

    header = only(path)

    assert "EchoTime" not in header
    assert header["RepetitionTime"] == 2300.0


@pytest.mark.parametrize("spacing", [[1.0], [1.0, 1.0, 1.0]])
def test_a_vector_of_another_length_is_left_out(tmp_path, spacing):
    write_series(tmp_path, SLICE, name="a", **MPRAGE)

    def change(image):
        image.PixelSpacing = spacing

    edit_files(tmp_path, change)
    assert "PixelSpacing" not in only(tmp_path / "a")


def test_what_is_no_dicom_image_has_no_header(tmp_path):
    report = pydicom.Dataset()
    report.Modality, report.SOPInstanceUID = "SR", "1.2.3"
    report.file_meta = pydicom.dataset.FileMetaDataset()
    report.file_meta.TransferSyntaxUID = pydicom.uid.ExplicitVRLittleEndian
    report.file_meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.88.11"
    report.file_meta.MediaStorageSOPInstanceUID = report.SOPInstanceUID
    report.save_as(tmp_path / "report", enforce_file_format=True)
    (tmp_path / "notes").write_text("remarks")
    (tmp_path / "empty").touch()
    for name in ("report", "notes", "empty"):
        assert read_headers(tmp_path / name) == []


def test_a_multiframe_file_gives_one_header_per_frame(tmp_path):
    write_multiframe(tmp_path / "a", volume((30, 32, 12)), (12.0, 93.0))

    headers = read_headers(tmp_path / "a")

    assert [header["EchoTime"] for header in headers] == [12.0] * 12 + [93.0] * 12
    heights = [header["ImagePositionPatient"][2] for header in headers]
    np.testing.assert_array_equal(heights, [-20 + 4 * k for k in range(12)] * 2)
    for header in headers:  # from the shared groups
        assert header["RepetitionTime"] == 5000.0
        assert header["PixelSpacing"] == (4.5, 5.0)


def test_the_private_scale_counts_only_where_philips_owns_it(tmp_path):
    for folder, fields in (("philips", PHILIPS), ("other", {})):
        write_series(tmp_path / folder, SLICE, name="a", **TSE, **fields)
        edit_files(tmp_path / folder, lambda image: add_philips_scale(image, 2, 0.004))

    def disown(image):
        image[0x2005, 0x10].value = "ANOTHER OWNER"

    edit_files(tmp_path / "other", disown)
    assert only(tmp_path / "philips/a")["PhilipsScaleSlope"] == pytest.approx(0.004)
    assert "PhilipsScaleSlope" not in only(tmp_path / "other/a")
