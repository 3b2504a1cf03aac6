"""The acquisition of one image in words, for tables, pages and the methods text."""

from collections.abc import Mapping
from typing import Any

UNITS = {
    "RepetitionTime": ("TR", 1000, "ms"),
    "EchoTime": ("TE", 1000, "ms"),
    "InversionTime": ("TI", 1000, "ms"),
    "FlipAngle": ("flip", 1, "°"),
}


def in_words(entries: Mapping[str, Any]) -> str:
    """Describe one image's acquisition: ``Siemens 3 T, 3D GR IR, TR 2300 ms, ...``."""
    strength = entries.get("MagneticFieldStrength")
    maker = [entries.get("Manufacturer"), strength and f"{strength:.2g} T"]
    sequence = entries.get("ScanningSequence", [])
    codes = [sequence] if isinstance(sequence, str) else sequence
    parts = [
        " ".join(filter(None, maker)),
        " ".join(filter(None, [entries.get("MRAcquisitionType"), *codes])),
    ]
    for key, (name, factor, unit) in UNITS.items():
        if key in entries:
            space = "" if unit == "°" else " "
            parts.append(f"{name} {entries[key] * factor:.4g}{space}{unit}")
    if "VoxelSizeMm" in entries:
        sizes = (f"{mm:.2f}" for mm in entries["VoxelSizeMm"])
        parts.append(" \N{MULTIPLICATION SIGN} ".join(sizes) + " mm")
    if entries.get("ScannerIntensityNormalisation") == "NORM":
        parts.append("NORM")
    if entries.get("FatSuppression"):
        parts.append("fat-suppressed")
    return ", ".join(filter(None, parts)) or "unknown"
