import json

import nibabel as nib
import numpy as np
import pytest
from dicom_files import (
    MPRAGE,
    ORIENTATIONS,
    PRIVATE,
    TSE,
    volume,
    write_multiframe,
    write_series,
)

from rt1t2.acquisition import manufacturer, permitted, sequence_words
from rt1t2.conversion import convert_series, read_nifti
from rt1t2.dicom_series import find_series
from rt1t2.errors import UserError


def canonical(data, affine):
    image = nib.as_closest_canonical(nib.Nifti1Image(data.astype(np.float64), affine))
    return image.get_fdata(), image.affine


def assert_same_image(got, expected, atol=0.0):
    (got_data, got_affine), (data, affine) = canonical(*got), canonical(*expected)
    np.testing.assert_allclose(got_data, data, atol=atol, rtol=1e-6)
    np.testing.assert_allclose(got_affine, affine, atol=1e-4)


@pytest.mark.parametrize("orientation", ORIENTATIONS)
def test_voxels_and_affine_survive_the_dicom_chain(tmp_path, orientation):
    affine = write_series(tmp_path / "d", volume(), orientation=orientation, **MPRAGE)
    (series,) = find_series(tmp_path / "d")

    data, got_affine, _ = convert_series(series, tmp_path / "scratch")

    assert np.issubdtype(data.dtype, np.integer)
    assert_same_image((data, got_affine), (volume(), affine))


@pytest.mark.parametrize("slopes", [[0.25] * 12, np.linspace(1, 3, 12)])
def test_rescale_slopes_are_applied(tmp_path, slopes):
    affine = write_series(tmp_path / "d", volume(), slopes=slopes, **TSE)
    (series,) = find_series(tmp_path / "d")

    data, got_affine, entries = convert_series(series, tmp_path / "scratch")

    assert_same_image((data, got_affine), (volume() * np.array(slopes), affine), 0.01)
    assert entries.get("RescaleSlope") == (0.25 if slopes[0] == 0.25 else None)


def test_multiframe_keeps_voxels(tmp_path):
    write_multiframe(tmp_path / "image", volume(), (93.0,))
    (series,) = find_series(tmp_path)

    data, affine, entries = convert_series(series, tmp_path / "scratch")

    assert_same_image((data, affine), (volume(), series.geometry.affine))
    assert entries["EchoTime"] == 0.093


def test_sidecar_has_the_acquisition_and_nothing_else(tmp_path):
    write_series(tmp_path / "d", volume(), SeriesDescription=PRIVATE, **MPRAGE)
    (series,) = find_series(tmp_path / "d")

    entries = convert_series(series, tmp_path / "scratch")[2]

    assert entries["RepetitionTime"] == 2.3
    assert entries["InversionTime"] == 0.9
    assert entries["Manufacturer"] == "Siemens"
    assert entries["MagneticFieldStrength"] == 3
    assert entries["NumberOfSlices"] == 12
    assert entries["ConversionSoftware"] == "dcm2niix"
    assert sequence_words(series) == "3D gradient echo + inversion recovery"
    text = json.dumps(entries)
    for personal in ("Muster", "1960", "2020", "1206", "UID"):
        assert personal not in text


def test_a_damaged_file_is_refused(tmp_path):
    write_series(tmp_path / "d", volume(), **MPRAGE)
    damaged = tmp_path / "d" / "IM0005"
    damaged.write_bytes(damaged.read_bytes()[:-900])
    (series,) = find_series(tmp_path / "d")

    with pytest.raises(UserError, match=r"series 1 .* cannot be converted"):
        convert_series(series, tmp_path / "scratch")


def test_uneven_slices_are_never_resampled(tmp_path):
    write_series(tmp_path / "d", volume(), skip=(3,), **MPRAGE)
    (series,) = find_series(tmp_path / "d")

    with pytest.raises(UserError, match="missing"):
        convert_series(series, tmp_path / "scratch")


def test_only_listed_fields_with_plain_values_pass():
    kept = permitted(
        {
            "EchoTime": 0.1,
            "FlipAngle": float("nan"),
            "ProtocolName": "Dr Muster",
            "AcquisitionTime": "12:06",
            "SeriesInstanceUID": "1.2.3",
            "ScanningSequence": "patient Muster",
            "ImageType": ["ORIGINAL", "PRIMARY"],
            "Manufacturer": "GE MEDICAL SYSTEMS",
            "ManufacturersModelName": "Muster^Erika",
            "PixelSpacing": [1, 1],
            "ImageComments": "claustrophobic",
        }
    )
    assert kept == {
        "EchoTime": 0.1,
        "ImageType": ["ORIGINAL", "PRIMARY"],
        "Manufacturer": "GE",
        "PixelSpacing": [1, 1],
    }
    assert manufacturer("Muster Imaging") == "other"


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

    data, got_affine, entries = read_nifti(path)

    np.testing.assert_array_equal(data, volume())
    np.testing.assert_array_equal(got_affine, affine)
    assert entries == {"EchoTime": 0.003}


def test_nifti_that_cannot_be_used_is_refused(tmp_path):
    four = write_nifti(tmp_path / "4d.nii", np.zeros((5, 5, 5, 2), np.int16))
    nowhere = write_nifti(tmp_path / "nowhere.nii", volume(), codes=0)
    broken = tmp_path / "broken.nii.gz"
    broken.write_bytes(b"not a NIfTI")

    for path, words in ((four, "4 dim"), (nowhere, "left and right"), (broken, "read")):
        with pytest.raises(UserError, match=words):
            read_nifti(path)
