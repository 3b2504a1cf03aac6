"""Unusual inputs that were always read rightly or refused with one message: so it stays."""

import gzip
import shutil
import struct
import zipfile
from pathlib import Path

import nibabel as nib
import numpy as np
import pydicom
import pytest
from dicom_files import MPRAGE, TSE, edit_files, volume, write_series
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from rt1t2.errors import UserError
from rt1t2.scans.dicom_headers import read_headers
from rt1t2.scans.scan_import import check_pair, import_image, open_scans

VOXELS = volume((30, 32, 12))


def imported(source, scratch, contrast="T1w"):
    (scan,) = open_scans({contrast: source}, scratch / f"s_{contrast}")
    return import_image(scan, scratch / f"c_{contrast}")


def same_values(got, expected):
    data, affine, _ = got
    image = nib.as_closest_canonical(nib.Nifti1Image(data.astype(np.float64), affine))
    values = np.asarray(image.dataobj)
    turned = [
        expected[::x, ::y, ::z] for x in (1, -1) for y in (1, -1) for z in (1, -1)
    ]
    return any(np.array_equal(values, each) for each in turned)


def per_slice(change):
    return lambda folder: [
        _resaved(path, change, k) for k, path in enumerate(sorted(folder.iterdir()))
    ]


def _resaved(path, change, k):
    image = pydicom.dcmread(path)
    change(image, k)
    image.save_as(path, enforce_file_format=False)


def overlay(image, k):
    pixels = image.pixel_array | (1 << 12)
    image.BitsStored, image.HighBit = 12, 11
    image.PixelData = pixels.astype("<u2").tobytes()


def signed(bits):
    def change(image, k):
        image.BitsStored, image.HighBit, image.PixelRepresentation = bits, bits - 1, 1
        image.PixelData = (image.pixel_array.astype(np.int16) - 700).tobytes()

    return change


def intercept(image, k):
    image.RescaleSlope, image.RescaleIntercept = 1, k


def icon(image, k):
    small = Dataset()
    small.Rows = small.Columns = 2
    small.BitsAllocated = small.BitsStored = 8
    small.PixelData = b"1234"
    image.IconImageSequence = Sequence([small])


def fields(**values):
    return lambda image, k: [setattr(image, *item) for item in values.items()]


READ = {
    "an overlay in bit 12": (overlay, VOXELS),
    "12 bits with a sign": (signed(12), VOXELS.astype(int) - 700),
    "16 bits with a sign": (signed(16), VOXELS.astype(int) - 700),
    "an intercept of each slice": (intercept, VOXELS + np.arange(12)),
    "an icon": (icon, VOXELS),
    "an unknown character set": (fields(SpecificCharacterSet="ISO_IR 999"), VOXELS),
    "one SOP UID for all": (fields(SOPInstanceUID="1.2.3"), VOXELS),
    "numbers by time, interleaved": (
        lambda image, k: setattr(image, "InstanceNumber", 1 + k // 2 + 6 * (k % 2)),
        VOXELS,
    ),
}


@pytest.mark.parametrize("name", READ)
def test_dicom_with_oddities_is_read(tmp_path, name):
    change, expected = READ[name]
    write_series(tmp_path / "d", VOXELS, **MPRAGE)
    per_slice(change)(tmp_path / "d")
    got = imported(tmp_path / "d", tmp_path)
    assert same_values(got, expected)


def test_decimal_commas_in_the_pixel_size_are_refused(tmp_path):
    write_series(tmp_path / "d", VOXELS, pixel_mm=(5.25, 4.75), **MPRAGE)
    for path in (tmp_path / "d").iterdir():
        content = path.read_bytes()
        assert b"4.75\\5.25" in content
        path.write_bytes(content.replace(b"4.75\\5.25", b"4,75\\5,25"))
    with pytest.raises(UserError, match="no position, orientation or pixel size"):
        imported(tmp_path / "d", tmp_path)


def test_images_of_a_second_echo_are_chosen_by_their_times(tmp_path):
    for echo, te in enumerate((12, 93)):
        write_series(
            tmp_path / f"d/{echo}",
            VOXELS + echo,
            **{
                **TSE,
                "EchoTime": te,
                "SeriesInstanceUID": "1.2.3",
                "EchoNumbers": echo,
            },
        )
    assert same_values(imported(tmp_path / "d", tmp_path, "T2w"), VOXELS + 1)


def test_what_lies_beside_an_image_is_passed_over(tmp_path):
    write_series(tmp_path / "d/t1", VOXELS, number=2, **MPRAGE)
    write_series(tmp_path / "d/t2", VOXELS + 5, number=3, **TSE)
    write_series(
        tmp_path / "d/capture",
        VOXELS,
        number=9,
        **MPRAGE,
        SOPClassUID="1.2.840.10008.5.1.4.1.1.7",
        ImageType=["DERIVED", "SECONDARY"],
    )
    assert same_values(imported(tmp_path / "d", tmp_path), VOXELS)
    assert same_values(imported(tmp_path / "d", tmp_path, "T2w"), VOXELS + 5)


REFUSED = {
    "a localizer in its series": ("different orientations", "coronal", 3, {}),
    "two series of one number": ("equally good", "axial", 12, {"two": True}),
    "several echoes": ("equally good", "axial", 12, {"EchoTime": 4.5}),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_told_apart_is_one_message(tmp_path, name):
    words, orientation, n_slices, more = REFUSED[name]
    one_uid = {} if more.pop("two", False) else {"SeriesInstanceUID": "1.2.3"}
    write_series(tmp_path / "d", VOXELS, **MPRAGE, **one_uid)
    write_series(
        tmp_path / "d",
        VOXELS[..., :n_slices],
        name="L{}",
        orientation=orientation,
        **{**MPRAGE, **one_uid, **more},
    )
    with pytest.raises(UserError, match=words):
        imported(tmp_path / "d", tmp_path)


def patched(offset, code, *values):
    def change(path):
        content = bytearray(path.read_bytes())
        struct.pack_into(code, content, offset, *values)
        path.write_bytes(content)

    return change


def as_class(cls, dtype=np.int16, shape=None, big=False):
    def change(path):
        image = nib.load(path)
        data = VOXELS.astype(dtype) if shape is None else VOXELS.reshape(shape)
        header = cls.header_class(endianness=">" if big else "<")
        new = cls(data.astype(dtype), image.affine, header)
        new.set_sform(image.affine, 1)
        nib.save(new, path)

    return change


AFFINE = np.diag([5.0, 4.5, 4.0, 1.0])
NIFTIS = {
    "slope infinite": patched(112, "<ff", float("inf"), 0),
    "slope NaN": patched(112, "<ff", float("nan"), 0),
    "slope 0": patched(112, "<ff", 0, 0),
    "magic ni1": patched(344, "4s", b"ni1\0"),
    "pixdim negative": patched(80, "<f", -5.0),
    "sform only": patched(252, "<h", 0),
    "NIfTI-2": as_class(nib.Nifti2Image),
    "big endian": as_class(nib.Nifti1Image, big=True),
    "uint32": as_class(nib.Nifti1Image, np.uint32),
    "4D of one volume, float64": as_class(
        nib.Nifti1Image, np.float64, (*VOXELS.shape, 1)
    ),
}


@pytest.fixture
def nifti(tmp_path):
    image = nib.Nifti1Image(VOXELS.astype(np.int16), AFFINE)
    image.set_sform(AFFINE, 1)
    image.set_qform(AFFINE, 1)
    nib.save(image, tmp_path / "t1.nii")
    return tmp_path / "t1.nii"


@pytest.mark.parametrize("name", NIFTIS)
def test_nifti_with_oddities_is_read(nifti, tmp_path, name):
    NIFTIS[name](nifti)
    data, affine, _ = imported(nifti, tmp_path)
    np.testing.assert_array_equal(data, VOXELS)
    np.testing.assert_array_equal(affine, AFFINE)


def renamed(name, compress):
    def make(path):
        content = path.read_bytes()
        other = path.with_name(name)
        other.write_bytes(gzip.compress(content) if compress else content)
        return other

    return make


def in_a_zip(path):
    with zipfile.ZipFile(path.with_name("x.zip"), "w") as packed:
        packed.write(path, "t1.nii")
    return path.with_name("x.zip")


def of_nan(path):
    data = VOXELS.astype(np.float32)
    data[:5] = np.nan
    nib.save(nib.Nifti1Image(data, AFFINE), path)
    return path


WRONG_NIFTIS = {
    "gz named nii": (renamed("a.nii", True), "cannot be read as NIfTI"),
    "nii named gz": (renamed("a.nii.gz", False), "cannot be read as NIfTI"),
    "in a zip": (in_a_zip, "are NIfTI"),
    "NaN": (of_nan, "undefined voxels"),
}


@pytest.mark.parametrize("name", WRONG_NIFTIS)
def test_a_wrong_nifti_is_one_message(nifti, tmp_path, name):
    make, words = WRONG_NIFTIS[name]
    with pytest.raises(UserError, match=words):
        imported(make(nifti), tmp_path)


def test_the_same_nifti_under_another_name_is_recognised(nifti, tmp_path):
    again = shutil.copy(nifti, tmp_path / "x.dscalar.nii")
    scans = open_scans({"T1w": nifti, "T2w": Path(again)}, tmp_path / "s")
    pair = [import_image(scan, tmp_path / scan.contrast) for scan in scans]
    with pytest.raises(UserError, match="the T2w is the T1w again"):
        check_pair(scans, *pair)


@pytest.mark.parametrize("dtype", [np.float32, np.uint8, np.float64])
@pytest.mark.parametrize("shape", [VOXELS.shape, (*VOXELS.shape, 1)])
def test_a_lesion_is_binary_in_any_type(
    nifti, tmp_path, script_main, monkeypatch, dtype, shape
):
    lesion = np.zeros(VOXELS.shape, dtype)
    lesion[10:14, 10:14, 5] = 1
    nib.save(nib.Nifti1Image(lesion.reshape(shape), AFFINE), tmp_path / "l.nii")
    other = nib.Nifti1Image(VOXELS[::-1].astype(np.int16), AFFINE)
    nib.save(other, tmp_path / "t2.nii")
    script_main("import_participant")(
        t1w_source=str(nifti),
        t2w_source=str(tmp_path / "t2.nii"),
        lesion=str(tmp_path / "l.nii"),
        t1w=str(tmp_path / "T1w.nii.gz"),
        t2w=str(tmp_path / "T2w.nii.gz"),
        series=str(tmp_path / "series.tsv"),
        code="x",
        participant_id="sub-01",
    )
    assert (tmp_path / "T1w.json").exists()


def test_no_header_of_other_peoples_test_files_raises():
    folders = [Path(package.__file__).parent for package in (pydicom, nib)]
    files = [
        path
        for folder in folders
        for path in folder.rglob("*")
        if path.is_file() and path.suffix not in {".py", ".pyc", ".pyi"}
    ]
    assert len(files) > 50
    read = [path for path in files if read_headers(path)]
    assert len(read) > 10


def test_files_edited_in_place_stay_dicom(tmp_path):
    write_series(tmp_path / "d", VOXELS, **MPRAGE)
    edit_files(tmp_path / "d", lambda image: setattr(image, "PatientID", "x"))
    assert same_values(imported(tmp_path / "d", tmp_path), VOXELS)
