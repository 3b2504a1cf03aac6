"""The DICOM header fields that the import needs, as plain values.

Free text and identifiers (series description, protocol, UIDs, patient ID) are read for
grouping, classification and comparison only; they are kept under ``"text"``, ``"uid"``,
``"patient"`` and ``"visit"`` and never leave the import step, neither in a file nor in a
message.
"""

import logging
import warnings
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import numpy as np
import pydicom
from pydicom.uid import ImplicitVRLittleEndian

from rt1t2.errors import machine_fault
from rt1t2.scans.header_fields import CODES, NAMES, Header, tesla

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
    "PixelPaddingValue",
    "PixelPaddingRangeLimit",
    "BitsAllocated",
    "BitsStored",
    "HighBit",
    "PixelRepresentation",
)
VECTORS = {
    "ImagePositionPatient": 3,
    "ImageOrientationPatient": 6,
    "PixelSpacing": 2,
}
DESCRIPTIONS = ("SeriesDescription", "ProtocolName")
TEXTS = (*DESCRIPTIONS, "SequenceName")
# Coded entries, whose meaning in words stands in for a field that is not there.
CODED = {
    "AnatomicRegionSequence": "BodyPartExamined",
    "ContrastBolusAgentSequence": "ContrastBolusAgent",
}
IDENTIFIERS = ("SeriesInstanceUID", "SOPInstanceUID")
PERSON = ("PatientID", "StudyInstanceUID")
_MR = "1.2.840.10008.5.1.4.1.1.4"
# MR, enhanced MR (grey, colour, old), CT, secondary capture
IMAGE_CLASSES = {
    *(_MR, f"{_MR}.1", f"{_MR}.3", f"{_MR}.4"),
    *("1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.5.1.4.1.1.7"),
}
# What Philips divides stored values by to make them comparable between series.
PHILIPS_OWNER, PHILIPS_SCALE = 0x20050010, 0x2005100E
# Private fields: group, creator of the block, element in the block.
PRIVATE = {
    "PrivateImageType": (0x0021, "SIEMENS MR SDI 02", 0x75),  # XA; NORM is only here
    "GEComponent": (0x0043, "GEMS_PARM_01", 0x2F),
    "PhilipsSPIR": (0x2001, "Philips Imaging DD 001", 0x21),
}
BLOCKS = range(0x10, 0x16)
FRAMES = ("SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence")
# Enhanced multi-frame images name some fields differently.
ENHANCED = {
    "EffectiveEchoTime": "EchoTime",
    "InversionTimes": "InversionTime",
    "FrameType": "ImageType",
}

_SIZES = ("Rows", "Columns", "SamplesPerPixel", "BitsAllocated", "NumberOfFrames")
_TAGS: list[str | int] = [
    *NUMBERS, *VECTORS, *CODES, *TEXTS, *NAMES, *IDENTIFIERS, *PERSON, *FRAMES,
    PHILIPS_OWNER, PHILIPS_SCALE, *CODED,
    *(g << 16 | block for g, _, _ in PRIVATE.values() for block in BLOCKS),
    *(g << 16 | block << 8 | e for g, _, e in PRIVATE.values() for block in BLOCKS),
]  # fmt: skip

# What pydicom complains about can quote a header's text.
logging.getLogger("pydicom").setLevel(logging.CRITICAL)


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep what pydicom warns of, which can quote a header, out of every log."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def _read_quietly(path: Path, **how: Any) -> pydicom.Dataset:
    with _quiet():
        return pydicom.dcmread(path, **how)


def read_headers(path: Path) -> list[Header]:
    """Read one file's header fields, one dictionary per frame.

    Returns
    -------
    list
        One header for an ordinary image, one per frame for an enhanced multi-frame image,
        none for a file that is no DICOM image (no matrix, as in DICOMDIR or a report). Old
        archives' files without the DICOM preamble are read as well.
    """
    with _quiet():
        try:
            dataset = pydicom.dcmread(
                path,
                stop_before_pixels=True,
                specific_tags=_TAGS,  # type: ignore[arg-type]  # may be mixed all the same
                force=True,
            )
            return _headers(dataset)
        except Exception as error:  # damaged: no image, whatever pydicom makes of it
            if fault := machine_fault(error):
                raise fault from None
            return []


def _headers(dataset: pydicom.Dataset) -> list[Header]:
    header = _fields(dataset)
    if not header.get("Rows") or not header.get("Columns"):
        return []
    header["text"] = _description(dataset)
    header["uid"] = tuple(_text(dataset, keyword) for keyword in IDENTIFIERS)
    header["patient"], header["visit"] = (_text(dataset, k) for k in PERSON)
    shared = _nested(_values(dataset, FRAMES[0]))
    frames = _values(dataset, FRAMES[1])
    if not frames:  # some writers leave an empty sequence in single-frame images
        return [header | shared]
    header["Enhanced"] = True
    return [header | shared | _nested([frame]) for frame in frames]


def pixels_fit(path: Path) -> bool:
    """Tell whether a file holds as many bytes of pixels as its header says.

    Compressed pixels have no length of their own; their decoder finds out.
    """
    try:
        dataset = _read_quietly(
            path, specific_tags=[*_SIZES, "PixelData"], defer_size=1024, force=True
        )
        if dataset.file_meta.get(
            "TransferSyntaxUID", ImplicitVRLittleEndian
        ).is_compressed:
            return True
        pixels: Any = dataset.get_item("PixelData", keep_deferred=True)
        sizes = [_numbers(dataset, keyword)[:1] or [1.0] for keyword in _SIZES]
        bits = np.prod(sizes)
        return bool(bits / 8 <= pixels.length <= bits / 8 + 1)
    except Exception as error:
        if fault := machine_fault(error):
            raise fault from None
        return False


def is_damaged_image(path: Path) -> bool:
    """Tell whether a file that gave no header is a DICOM image all the same, but damaged.

    Reports, presentation states and raw data are DICOM without an image.
    """
    with path.open("rb") as file:
        if file.read(132)[128:] != b"DICM":
            return False
    try:
        dataset = _read_quietly(
            path, stop_before_pixels=True, specific_tags=["SOPClassUID", "PatientID"]
        )
        kind = _text(dataset, "SOPClassUID") or _text(
            dataset.file_meta, "MediaStorageSOPClassUID"
        )
    except Exception as error:
        if fault := machine_fault(error):
            raise fault from None
        return True
    return not kind or kind in IMAGE_CLASSES


def _fields(dataset: pydicom.Dataset) -> Header:
    """Return the typed fields of one data set; what is absent or malformed is left out."""
    header: Header = {}
    for keyword in NUMBERS:
        if numbers := _numbers(dataset, keyword):
            header[keyword] = numbers[0]
    if "MagneticFieldStrength" in header:
        header["MagneticFieldStrength"] = tesla(header["MagneticFieldStrength"])
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
    for keyword, (group, creator, element) in PRIVATE.items():
        for block in BLOCKS:
            if _text(dataset, group << 16 | block) == creator:
                if codes := _codes(dataset, group << 16 | block << 8 | element):
                    header[keyword] = codes
    if "GEComponent" in header:
        header["GEComponent"] = _first_number(header["GEComponent"])
    for sequence, keyword in CODED.items():
        for item in _values(dataset, sequence):
            meaning = _text(item, "CodeMeaning") or "coded"
            known = (meaning.upper(),) if keyword in CODES else meaning
            header.setdefault(keyword, known)
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
    except Exception:  # a damaged element is none, whatever pydicom makes of it
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


def _codes(dataset: pydicom.Dataset, keyword: str | int) -> tuple[str, ...]:
    values = _values(dataset, keyword)
    if len(values) == 1 and isinstance(
        values[0], bytes
    ):  # a private field, implicit VR
        values = values[0].decode("latin-1").rstrip("\0 ").split("\\")
    return tuple(str(value).strip().upper() for value in values)


def _first_number(codes: tuple[str, ...]) -> float:
    return float(codes[0]) if codes[0].isdigit() else 0.0


def _description(dataset: pydicom.Dataset) -> str:
    """Return a series' description; some makers' protocol name is that of the whole visit."""
    described = (_text(dataset, keyword) for keyword in DESCRIPTIONS)
    return f"{next(filter(None, described), '')} {_text(dataset, 'SequenceName')}"


def _text(dataset: pydicom.Dataset, keyword: str | int) -> str:
    return " ".join(str(value) for value in _values(dataset, keyword)).strip()
