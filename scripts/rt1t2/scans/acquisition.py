"""The acquisition fields that a BIDS sidecar may carry: a closed list, nothing personal."""

import re
from typing import Any

from rt1t2.scans.dicom_series import Series
from rt1t2.scans.header_facts import fat_suppressed, normalised_by_scanner

NUMBERS = {
    "MagneticFieldStrength", "RepetitionTime", "RepetitionTimeExcitation", "EchoTime",
    "InversionTime", "FlipAngle", "EchoTrainLength", "SliceThickness",
    "SpacingBetweenSlices", "NumberOfSlices", "PixelSpacing", "SeriesNumber",
    "RescaleSlope", "RescaleIntercept", "PhilipsRescaleSlope", "PhilipsRescaleIntercept",
    "PhilipsScaleSlope", "UsePhilipsFloatNotDisplayScaling", "TxRefAmp",
}  # fmt: skip
CODES = {
    "MRAcquisitionType", "ScanningSequence", "SequenceVariant", "ScanOptions", "ImageType",
}  # fmt: skip
NAMES = {
    "Manufacturer", "ManufacturersModelName", "ConversionSoftware",
    "ConversionSoftwareVersion",
}  # fmt: skip
MANUFACTURERS = {
    "SIEMENS": "Siemens",
    "GE": "GE",
    "GENERAL ELECTRIC": "GE",
    "PHILIPS": "Philips",
    "TOSHIBA": "Canon",
    "CANON": "Canon",
    "HITACHI": "Hitachi",
    "FUJIFILM": "Fujifilm",
    "UIH": "UIH",
    "UNITED IMAGING": "UIH",
    "BRUKER": "Bruker",
    "RT1T2 SIMULATOR": "simulator",
}
FAMILIES = {
    "SE": "spin echo",
    "GR": "gradient echo",
    "IR": "inversion recovery",
    "EP": "echo planar",
}


def permitted(fields: dict[str, Any]) -> dict[str, Any]:
    """Keep the fields of a BIDS sidecar that are on the list and look as they should.

    Dates, times, UIDs, identifiers and free text are not on the list; a listed field whose
    value is not a number, a code or a short plain name is dropped as well.
    """
    kept: dict[str, Any] = {}
    for key, value in fields.items():
        checks = [
            check
            for names, check in ((NUMBERS, _number), (CODES, _code), (NAMES, _name))
            if key in names
        ]
        values = value if isinstance(value, list | tuple) else [value]
        if checks and values and all(checks[0](item) for item in values):
            kept[key] = list(value) if isinstance(value, tuple) else value
    if "Manufacturer" in kept:
        kept["Manufacturer"] = manufacturer(kept["Manufacturer"])
    return kept


def from_series(series: Series, converted: dict[str, Any]) -> dict[str, Any]:
    """Describe a converted DICOM series: its own header, and what only the converter knows.

    Parameters
    ----------
    series
        The series; times in its header in ms become seconds, as BIDS wants.
    converted
        The converter's sidecar: version and Philips' precise scaling.

    Returns
    -------
    dict
        BIDS sidecar entries.
    """
    header, geometry = series.header, series.geometry
    slopes = series.rescale_slopes
    codes = {key: sorted(header[key]) for key in CODES - {"ImageType"} if key in header}
    if "ImageType" in header:
        codes["ImageType"] = header["ImageType"]
    if "MRAcquisitionType" in header:
        codes["MRAcquisitionType"] = header["MRAcquisitionType"][0]
    plain = (
        "MagneticFieldStrength", "FlipAngle", "SliceThickness", "PixelSpacing",
        "RescaleIntercept", "Manufacturer",
    )  # fmt: skip
    own = {key: header[key] for key in plain if key in header} | codes
    if "EchoTrainLength" in header:
        own["EchoTrainLength"] = int(header["EchoTrainLength"])
    for key in ("RepetitionTime", "EchoTime", "InversionTime"):
        if header.get(key):
            own[key] = round(header[key] / 1000, 6)
    if len(slopes) == 1:
        own["RescaleSlope"] = next(iter(slopes))
    own["ManufacturersModelName"] = header.get("ManufacturerModelName")
    own["SpacingBetweenSlices"] = round(geometry.slice_spacing_mm, 4)
    own["NumberOfSlices"] = geometry.shape[2]
    own["SeriesNumber"] = series.number
    theirs = {
        key: value
        for key, value in converted.items()
        if key.startswith(("Conversion", "Philips", "UsePhilips", "TxRefAmp"))
    }
    entries = permitted(own) | permitted(theirs)
    entries["ScannerIntensityNormalisation"] = normalised_by_scanner(header)
    entries["FatSuppression"] = fat_suppressed(header)
    return entries


def manufacturer(name: str) -> str:
    """Return the usual short name of a scanner's maker, ``"other"`` for unknown ones."""
    upper = name.upper()
    return next(
        (short for start, short in MANUFACTURERS.items() if upper.startswith(start)),
        "other",
    )


def sequence_words(series: Series) -> str:
    """Describe a series' sequence in words made from its codes, such as ``3D gradient echo``."""
    codes = [
        code for code in FAMILIES if code in series.header.get("ScanningSequence", ())
    ]
    enhanced = series.header.get("EchoPulseSequence", ())
    names = [FAMILIES[code] for code in codes]
    if not names and enhanced:
        names = [
            name
            for code, name in (("SPIN", "spin echo"), ("GRADIENT", "gradient echo"))
            if code in enhanced
        ]
    dimension = series.header.get("MRAcquisitionType", ("",))[0]
    words = [dimension] if dimension in {"2D", "3D"} else []
    return " ".join([*words, " + ".join(names)]).strip() or "n/a"


def _number(value: Any) -> bool:
    if isinstance(value, bool):
        return True
    return isinstance(value, int | float) and value == value and abs(value) < 1e12


def _code(value: Any) -> bool:
    return isinstance(value, str) and bool(re.fullmatch(r"[A-Z0-9_ \\]{1,48}", value))


def _name(value: Any) -> bool:
    return isinstance(value, str) and bool(re.fullmatch(r"[\w .+/()-]{1,40}", value))
