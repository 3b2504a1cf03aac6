"""The DICOM header fields that the import needs, as plain values.

Free text and identifiers (series description, protocol, UIDs, patient ID) are read for
grouping, classification and comparison only; they are kept under ``"text"``, ``"uid"``,
``"patient"`` and ``"visit"`` and never leave the import step, neither in a file nor in a
message.
"""

import logging
import warnings
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, cast

import pydicom

Header = dict[str, Any]

NUMBERS = (
    "RepetitionTime",
    "EchoTime",
    "InversionTime",
    "FlipAngle",
    "EchoTrainLength",
    "MagneticFieldStrength",
    "SliceThickness",
    "RescaleSlope",
    "RescaleIntercept",
    "DiffusionBValue",
    "SeriesNumber",
    "InstanceNumber",
    "Rows",
    "Columns",
    "SamplesPerPixel",
    "NumberOfFrames",
    "ImagesInAcquisition",
)
VECTORS = {
    "ImagePositionPatient": 3,
    "ImageOrientationPatient": 6,
    "PixelSpacing": 2,
}
CODES = (
    "Modality",
    "ImageType",
    "ScanningSequence",
    "SequenceVariant",
    "ScanOptions",
    "MRAcquisitionType",
    "AngioFlag",
    "EchoPulseSequence",
    "AcquisitionContrast",
    "InversionRecovery",
    "LossyImageCompression",
)
DESCRIPTIONS = ("SeriesDescription", "ProtocolName")
TEXTS = (*DESCRIPTIONS, "SequenceName")
NAMES = ("Manufacturer", "ManufacturerModelName", "ContrastBolusAgent")
IDENTIFIERS = ("SeriesInstanceUID", "SOPInstanceUID")
PERSON = ("PatientID", "StudyInstanceUID")
# What Philips divides stored values by to make them comparable between series.
PHILIPS_OWNER, PHILIPS_SCALE = 0x20050010, 0x2005100E
FRAMES = ("SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence")
# Enhanced multi-frame images name some fields differently.
ENHANCED = {
    "EffectiveEchoTime": "EchoTime",
    "InversionTimes": "InversionTime",
    "FrameType": "ImageType",
}

_TAGS: list[str | int] = [
    *NUMBERS, *VECTORS, *CODES, *TEXTS, *NAMES, *IDENTIFIERS, *PERSON, *FRAMES,
    PHILIPS_OWNER, PHILIPS_SCALE,
]  # fmt: skip

# What pydicom complains about can quote a header's text.
logging.getLogger("pydicom").setLevel(logging.CRITICAL)


def read_headers(path: Path) -> list[Header]:
    """Read one file's header fields, one dictionary per frame.

    Returns
    -------
    list
        One header for an ordinary image, one per frame for an enhanced multi-frame image,
        none for a file that is no DICOM image (no matrix, as in DICOMDIR or a report). Old
        archives' files without the DICOM preamble are read as well.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            dataset = pydicom.dcmread(
                path,
                stop_before_pixels=True,
                specific_tags=_TAGS,  # type: ignore[arg-type]  # may be mixed all the same
                force=True,
            )
        except Exception:  # a damaged file is no image, whatever pydicom makes of it
            return []
        header = _fields(dataset)
        if not header.get("Rows") or not header.get("Columns"):
            return []
        header["text"] = _description(dataset)
        header["uid"] = tuple(_text(dataset, keyword) for keyword in IDENTIFIERS)
        header["patient"], header["visit"] = (_text(dataset, k) for k in PERSON)
        if FRAMES[1] not in dataset:
            return [header]
        shared = _nested(dataset.get(FRAMES[0]) or [])
        return [
            header | shared | _nested([frame]) for frame in dataset[FRAMES[1]].value
        ]


def _fields(dataset: pydicom.Dataset) -> Header:
    """Return the typed fields of one data set; what is absent or malformed is left out."""
    header: Header = {}
    for keyword in NUMBERS:
        if numbers := _numbers(dataset, keyword):
            header[keyword] = numbers[0]
    for keyword, length in VECTORS.items():
        if len(numbers := _numbers(dataset, keyword)) == length:
            header[keyword] = tuple(numbers)
    for keyword in CODES:
        if codes := _codes(dataset, keyword):
            header[keyword] = codes
    for keyword in NAMES:
        if name := _text(dataset, keyword):
            header[keyword] = name
    for enhanced, keyword in ENHANCED.items():
        values: Sequence[str | float] = _codes(dataset, enhanced)
        if keyword not in CODES:
            values = _numbers(dataset, enhanced)[:1]
        if values:
            header[keyword] = values if keyword in CODES else values[0]
    if _text(dataset, PHILIPS_OWNER).upper().startswith("PHILIPS"):
        if scale := _numbers(dataset, PHILIPS_SCALE):
            header["PhilipsScaleSlope"] = scale[0]
    return header


def _nested(groups: Any) -> Header:
    """Collect the fields from functional groups, which lie one sequence deep."""
    header: Header = {}
    for group in groups:
        for element in group:
            if element.VR == "SQ":
                for item in element.value:
                    header |= _fields(item)
    return header


def _values(dataset: pydicom.Dataset, keyword: str | int) -> list[Any]:
    try:
        value = dataset.get(keyword)
        value = getattr(value, "value", value)  # an element, if asked for by its tag
    except (ValueError, TypeError, OverflowError, NotImplementedError):
        return []
    if value is None or value == "":
        return []
    if isinstance(value, str | bytes) or not hasattr(value, "__iter__"):
        return [value]
    return list(cast(Iterable[Any], value))


def _numbers(dataset: pydicom.Dataset, keyword: str | int) -> list[float]:
    try:
        return [float(value) for value in _values(dataset, keyword)]
    except (ValueError, TypeError):
        return []


def _codes(dataset: pydicom.Dataset, keyword: str) -> tuple[str, ...]:
    return tuple(str(value).strip().upper() for value in _values(dataset, keyword))


def _description(dataset: pydicom.Dataset) -> str:
    """Return a series' description; some makers' protocol name is that of the whole visit."""
    described = (_text(dataset, keyword) for keyword in DESCRIPTIONS)
    return f"{next(filter(None, described), '')} {_text(dataset, 'SequenceName')}"


def _text(dataset: pydicom.Dataset, keyword: str | int) -> str:
    return " ".join(str(value) for value in _values(dataset, keyword)).strip()
