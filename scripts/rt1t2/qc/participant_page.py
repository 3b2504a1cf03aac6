"""What a participant's quality page says about the scan and about the files' origin."""

import json
from collections.abc import Mapping
from typing import Any

# Sidecar key, label, factor to the unit of the label.
ACQUISITION = (
    ("SeriesDescription", "Series", None),
    ("SeriesNumber", "Series number", None),
    ("Manufacturer", "Manufacturer", None),
    ("ManufacturersModelName", "Scanner", None),
    ("MagneticFieldStrength", "Field (T)", 1),
    ("MRAcquisitionType", "Acquisition", None),
    ("RepetitionTime", "TR (ms)", 1000),
    ("EchoTime", "TE (ms)", 1000),
    ("InversionTime", "TI (ms)", 1000),
    ("FlipAngle", "Flip angle (deg)", 1),
    ("EchoTrainLength", "Echo train length", None),
    ("VoxelSizeMm", "Voxel (mm)", 1),
    ("PixelSpacing", "Pixel (mm)", 1),
    ("NumberOfSlices", "Slices", None),
    ("SliceThickness", "Slice thickness (mm)", 1),
    ("SpacingBetweenSlices", "Slice spacing (mm)", 1),
    ("FatSuppression", "Fat suppression", None),
    ("ConversionSoftware", "Converter", None),
    ("ConversionSoftwareVersion", "Converter version", None),
    ("RescaleSlope", "Rescale slope", 1),
    ("RescaleIntercept", "Rescale intercept", 1),
    ("PhilipsScaleSlope", "Philips scale slope", 1),
)


def acquisition_rows(
    t1w: Mapping[str, Any], t2w: Mapping[str, Any]
) -> list[tuple[str, str, str]]:
    """Return (label, T1w, T2w) of what the two sidecars say, leaving out what neither does."""
    rows = []
    for key, label, factor in ACQUISITION:
        if t1w.get(key) is not None or t2w.get(key) is not None:
            of_t1w, of_t2w = (_shown(image.get(key), factor) for image in (t1w, t2w))
            rows.append((label, of_t1w, of_t2w))
    rows.append(("Scanner's intensity correction", norm_state(t1w), norm_state(t2w)))
    return rows


def norm_state(meta: Mapping[str, Any]) -> str:
    """Say whether the scanner itself evened the intensities out."""
    state = meta.get("ScannerIntensityNormalisation")
    return str(state) if state else "not recorded"


def provenance(
    records: Mapping[str, Mapping[str, Any]], code: str
) -> list[tuple[str, str]]:
    """Return (title, indented JSON) of every step's own record, and of this page."""
    folded = [
        (title, json.dumps(record, indent=1, sort_keys=True, ensure_ascii=False))
        for title, record in records.items()
    ]
    return [*folded, ("this page", json.dumps({"CodeDigest": code}))]


def _shown(value: Any, factor: float | None) -> str:
    if value is None:
        return "n/a"
    if isinstance(value, list):
        return " \N{MULTIPLICATION SIGN} ".join(_shown(part, factor) for part in value)
    if factor is not None and isinstance(value, int | float):
        return f"{value * factor:.6g}"
    return str(value)
