"""BIDS sidecars of a NIfTI: read whatever their encoding, and told as a DICOM header is."""

import json
import math
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from rt1t2.errors import machine_fault
from rt1t2.scans.header_fields import CODES, NAMES, Header, tesla
from rt1t2.tables import parse_number
from rt1t2.workflow.bids_dataset import parse_name

TIMES = ("RepetitionTime", "EchoTime", "InversionTime")
# No head is scanned with such times in s: they are ms, which DICOM has and some sidecars copy.
LONGEST_S = {"RepetitionTime": 30.0, "EchoTime": 1.0, "InversionTime": 10.0}
PLAIN_NUMBERS = ("FlipAngle", "EchoTrainLength", "MagneticFieldStrength")
TEXTS = ("SeriesDescription", "ProtocolName", "SequenceName", "PulseSequenceDetails")
# What converters call the fields that a header calls otherwise
SYNONYMS = {"ImageTypeText": "PrivateImageType", "FatSaturation": "FatSuppression"}
JOINED = {"ScanningSequence", "SequenceVariant", "ScanOptions"}
OURS = ("ScannerIntensityNormalisation", "FatSuppression")  # an image imported before


def read_sidecars(paths: Iterable[Path]) -> tuple[dict[str, Any], list[str]]:
    """Read and merge sidecars, the later ones winning.

    Parameters
    ----------
    paths
        General ones first, as :func:`~rt1t2.workflow.bids_dataset.applicable_sidecars` gives
        them.

    Returns
    -------
    fields, flags
        The entries, times in s; and what could not be read or was corrected, without quoting it.

    Raises
    ------
    MachineError
        The disk or the rights do not let it be read.
    """
    fields: dict[str, Any] = {}
    flags: list[str] = []
    for path in paths:
        try:
            content = _decoded(path.read_bytes())
        except (OSError, ValueError, RecursionError) as error:
            if fault := machine_fault(error):
                raise fault from None
            content = None
        if isinstance(content, dict):
            fields |= content
        else:
            flags.append(
                "a JSON sidecar cannot be read, and what it says of the acquisition is not "
                "known"
            )
    return _in_seconds(_with_numbers(fields), flags), flags


def header_from_sidecar(fields: dict[str, Any], name: str = "") -> Header:
    """Return the header that a sidecar stands for: times in ms, codes in capitals.

    Parameters
    ----------
    fields
        Entries of a BIDS sidecar, times in s.
    name
        The image's file name, whose BIDS entities ``ce``, ``part`` and suffix count too.
    """
    header: Header = {}
    for key in (*TIMES, *PLAIN_NUMBERS):
        if _is_number(fields.get(key)):
            header[key] = fields[key] * (1000 if key in TIMES else 1)
    for key in {*CODES, *SYNONYMS} & fields.keys():
        codes = _codes(fields[key])
        if key in JOINED:  # older converters wrote GR_IR
            codes += tuple(part for code in codes for part in code.split("_"))
        if codes:
            header[SYNONYMS.get(key, key)] = codes
    header.pop("SOPClassUID", None)
    for key in NAMES:
        if isinstance(fields.get(key), str):
            header[key] = fields[key]
    for key, value in fields.items():
        if SYNONYMS.get(key, key) == "FatSuppression" and isinstance(value, bool):
            header["FatSuppression"] = value
    if isinstance(norm := fields.get(OURS[0]), str):
        header[OURS[0]] = norm
    header["text"] = " ".join(
        fields[key] for key in TEXTS if isinstance(fields.get(key), str)
    )
    entities = parse_name(name).entities
    if "ce" in entities:
        header["ContrastBolusAgent"] = entities["ce"]
    if "part" in entities:
        part = {"phase": "PHASE", "real": "REAL", "imag": "IMAGINARY"}
        codes = (part.get(entities["part"], ""),)
        header["ImageType"] = header.get("ImageType", ()) + codes
    return header


def _decoded(content: bytes) -> Any:
    """Read JSON in UTF-8, -16 or -32, with or without a mark, or in Windows' code page."""
    try:
        return json.loads(content)
    except UnicodeDecodeError:
        return json.loads(content.decode("cp1252", errors="replace"))


def _in_seconds(fields: dict[str, Any], flags: list[str]) -> dict[str, Any]:
    """Divide times that must be ms by 1000, and say so."""
    known = [key for key in TIMES if _is_number(fields.get(key))]
    in_ms = [key for key in known if fields[key] > LONGEST_S[key]]
    if "EchoTime" in in_ms:  # then the others are ms as well, where that is possible
        shortest = {"RepetitionTime": fields["EchoTime"], "InversionTime": 10.0}
        in_ms = [key for key in known if fields[key] >= shortest.get(key, 0.0)]
    if not in_ms:
        return fields
    flags.append("the sidecar's times are in ms, and are taken so")
    return fields | {key: fields[key] / 1000 for key in in_ms}


def _with_numbers(fields: dict[str, Any]) -> dict[str, Any]:
    """Return the entries with numbers where converters wrote texts or lists of one.

    What is no finite number, or less than 0, is left out.
    """
    read = dict(fields)
    for key in {*TIMES, *PLAIN_NUMBERS} & fields.keys():
        value = fields[key]
        if isinstance(value, list) and len(value) == 1:
            value = value[0]
        if isinstance(value, str):
            value = parse_number(value.strip())
        if _is_number(value) and 0 <= value < math.inf:
            read[key] = tesla(value) if key == "MagneticFieldStrength" else value
        else:
            del read[key]
    return read


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _codes(value: Any) -> tuple[str, ...]:
    values = value if isinstance(value, list | tuple) else [value]
    texts = [text for text in values if isinstance(text, str)]
    parts = [part for text in texts for part in re.split(r"[\\/,]", text)]
    return tuple(part.strip().upper() for part in parts if part.strip())
