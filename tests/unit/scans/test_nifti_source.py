"""A NIfTI given by the user: read to its end, clearly placed, told as its sidecars say."""

import json
import struct

import nibabel as nib
import numpy as np
import pytest
from dicom_files import volume

from rt1t2.errors import UserError
from rt1t2.scans.nifti_source import read_nifti
from rt1t2.scans.nifti_volume import read_volume


def write_nifti(path, data, affine=None, codes=1):
    image = nib.Nifti1Image(data, np.eye(4) if affine is None else affine)
    image.set_sform(image.affine, codes)
    image.set_qform(image.affine, codes)
    nib.save(image, path)
    return path


def test_nifti_is_copied_with_its_permitted_sidecar(tmp_path):
    affine = np.diag([-2.0, 3.0, 4.0, 1.0])
    path = write_nifti(tmp_path / "t1.nii.gz", volume()[..., None], affine)
    (tmp_path / "t1.json").write_text('{"EchoTime": 0.003, "PatientName": "Muster"}')

    data, got_affine, entries, _ = read_nifti(path)

    np.testing.assert_array_equal(data, volume())
    np.testing.assert_array_equal(got_affine, affine)
    assert entries == {"EchoTime": 0.003, "Flags": []}


def test_nifti_that_cannot_be_used_is_refused(tmp_path):
    four = write_nifti(tmp_path / "4d.nii", np.zeros((5, 5, 5, 2), np.int16))
    nowhere = write_nifti(tmp_path / "nowhere.nii", volume(), codes=0)
    broken = tmp_path / "broken.nii.gz"
    broken.write_bytes(b"not a NIfTI")

    for path, words in ((four, "4 dim"), (nowhere, "left and right"), (broken, "read")):
        with pytest.raises(UserError, match=words):
            read_nifti(path)


def test_a_wrong_checksum_is_damage(tmp_path):
    path = write_nifti(tmp_path / "a.nii.gz", volume())
    packed = bytearray(path.read_bytes())
    packed[-6] ^= 0x5A
    path.write_bytes(packed)
    with pytest.raises(UserError, match="damaged: its checksum is wrong"):
        read_volume(path, "the T1w")


# Offset in the NIfTI-1 header, format, value
BROKEN_FIELDS = {
    "datatype 0": (70, "<h", 0),
    "datatype 999": (70, "<h", 999),
    "negative size": (42, "<h", -5),
    "huge size": (42, "<3h", 32767, 32767, 32767),
    "intercept NaN": (112, "<ff", 1.0, float("nan")),
    "infinite position": (280, "<f", float("inf")),
    "sform of zeros": (280, "<12f", *[0.0] * 12),
    "fewer slices than there are": (46, "<h", 11),
    "one row less": (44, "<h", 31),
    "offset behind the end": (108, "<f", 1e9),
}


@pytest.mark.parametrize("what", BROKEN_FIELDS)
def test_a_broken_header_is_one_message(tmp_path, what):
    path = write_nifti(tmp_path / "a.nii", volume())
    offset, code, *values = BROKEN_FIELDS[what]
    content = bytearray(path.read_bytes())
    struct.pack_into(code, content, offset, *values)
    path.write_bytes(content)
    with pytest.raises(UserError, match=r"a\.nii"):
        read_nifti(path)


def test_upper_case_endings_are_read(tmp_path):
    path = write_nifti(tmp_path / "a.nii.gz", volume())
    path = path.rename(tmp_path / "A.NII.GZ")
    (tmp_path / "A.json").write_text('{"EchoTime": 0.003}')
    assert read_nifti(path)[2]["EchoTime"] == 0.003


@pytest.mark.parametrize(
    ("fields", "entry"),
    [
        (
            {"Manufacturer": "Siemens", "ImageType": ["M", "NORM"]},
            ("ScannerIntensityNormalisation", "NORM"),
        ),
        (
            {"Manufacturer": "Siemens", "ImageType": ["ORIGINAL", "M", "ND"]},
            ("ScannerIntensityNormalisation", "none"),
        ),
        ({"ScanOptions": "IR\\WE"}, ("FatSuppression", True)),
        ({"ScanOptions": ["PFP", "SFS"]}, ("FatSuppression", False)),
        ({"ProtocolName": "t2_tse_fs"}, ("FatSuppression", True)),
        ({"RepetitionTime": 2300, "EchoTime": 2.98}, ("RepetitionTime", 2.3)),
    ],
)
def test_facts_are_told_from_the_sidecar(tmp_path, fields, entry):
    path = write_nifti(tmp_path / "a.nii.gz", volume())
    (tmp_path / "a.json").write_text(json.dumps(fields | {"PatientName": "Muster"}))
    entries = read_nifti(path)[2]
    assert entries[entry[0]] == entry[1]
    assert "Muster" not in json.dumps(entries)
    assert "t2_tse" not in json.dumps(entries)


def test_without_a_sidecar_nothing_is_claimed(tmp_path):
    path = write_nifti(tmp_path / "a.nii.gz", volume())
    assert read_nifti(path)[2] == {"Flags": []}
