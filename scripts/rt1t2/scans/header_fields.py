"""What a header is, whether of DICOM or told by a sidecar; without pydicom."""

from typing import Any

Header = dict[str, Any]

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
    "ComplexImageComponent",
    "SpectrallySelectedSuppression",
    "SpectrallySelectedExcitation",
    "ContrastBolusAgentAdministered",
    "BodyPartExamined",
    "PhotometricInterpretation",
    "SOPClassUID",
)
NAMES = (
    "Manufacturer",
    "ManufacturerModelName",
    "ContrastBolusAgent",
    "ContrastBolusIngredient",
)
GAUSS, MILLITESLA = 4000.0, 100.0  # from here on, a field strength is in these


def tesla(strength: float) -> float:
    """Return a field strength in T, which some scanners write in gauss and some in mT."""
    if strength >= GAUSS:
        return strength / 10_000
    return strength / 1000 if strength >= MILLITESLA else strength
