"""What a sidecar may say: numbers, codes and short names from a closed list, in BIDS units."""

import numpy as np
import pytest

from rt1t2.scans.acquisition import (
    from_series,
    manufacturer,
    permitted,
    sequence_words,
)
from rt1t2.scans.dicom_series import Series
from rt1t2.scans.slice_geometry import Geometry

HEADER = {
    "SeriesNumber": 5.0,
    "Manufacturer": "SIEMENS",
    "ManufacturerModelName": "Prisma",
    "MagneticFieldStrength": 3.0,
    "MRAcquisitionType": ("2D",),
    "ScanningSequence": ("SE",),
    "SequenceVariant": ("SK", "OSP"),
    "ImageType": ("ORIGINAL", "PRIMARY", "M", "NORM"),
    "RepetitionTime": 5000.0,
    "EchoTime": 93.0,
    "FlipAngle": 150.0,
    "EchoTrainLength": 11.0,
    "text": "t2_tse Muster",
}


def series(header, scalings=((1.0, 0.0, None),)):
    geometry = Geometry((512, 448, 25), np.diag([0.5, 0.5, 4.4, 1.0]), 4.40000001)
    return Series(header, [], geometry, set(scalings), may_lack_slices=False)


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


def test_a_dicom_header_becomes_bids_entries():
    converted = {
        "ConversionSoftware": "dcm2niix",
        "ConversionSoftwareVersion": "v1.0.20250506",
        "EchoTime": 99.0,  # the header's own counts
        "PatientName": "Muster",
        "TxRefAmp": 251.3,
    }
    assert from_series(series(HEADER), converted) == {
        "Manufacturer": "Siemens",
        "ManufacturersModelName": "Prisma",
        "MagneticFieldStrength": 3.0,
        "MRAcquisitionType": "2D",
        "ScanningSequence": ["SE"],
        "SequenceVariant": ["OSP", "SK"],
        "ImageType": ["ORIGINAL", "PRIMARY", "M", "NORM"],
        "RepetitionTime": 5.0,  # s, as BIDS wants
        "EchoTime": 0.093,
        "FlipAngle": 150.0,
        "EchoTrainLength": 11,
        "RescaleSlope": 1.0,
        "SpacingBetweenSlices": 4.4,
        "NumberOfSlices": 25,
        "SeriesNumber": 5,
        "ConversionSoftware": "dcm2niix",
        "ConversionSoftwareVersion": "v1.0.20250506",
        "TxRefAmp": 251.3,
        "ScannerIntensityNormalisation": "NORM",
        "FatSuppression": False,
    }


def test_slopes_that_differ_between_slices_are_not_one_slope():
    several = series(HEADER, scalings=((1.0, 0.0, None), (2.0, 0.0, None)))
    assert "RescaleSlope" not in from_series(several, {})


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("SIEMENS", "Siemens"),
        ("Siemens Healthineers", "Siemens"),
        ("GE MEDICAL SYSTEMS", "GE"),
        ("Philips Medical Systems", "Philips"),
        ("TOSHIBA_MEC", "Canon"),
        ("FUJIFILM Healthcare Corporation", "Fujifilm"),
        ("Muster Imaging", "other"),
        ("", "other"),
    ],
)
def test_a_maker_has_one_short_name(name, short):
    assert manufacturer(name) == short


@pytest.mark.parametrize(
    ("codes", "words"),
    [
        (
            {"ScanningSequence": ("GR", "IR"), "MRAcquisitionType": ("3D",)},
            "3D gradient echo + inversion recovery",
        ),
        ({"ScanningSequence": ("SE",)}, "spin echo"),
        (
            {"EchoPulseSequence": ("SPIN",), "MRAcquisitionType": ("2D",)},
            "2D spin echo",  # an enhanced image has no ScanningSequence
        ),
        ({"ScanningSequence": ("Muster",), "MRAcquisitionType": ("Muster",)}, "n/a"),
        ({}, "n/a"),
    ],
)
def test_a_sequence_is_described_from_its_codes_alone(codes, words):
    assert sequence_words(series(codes)) == words
