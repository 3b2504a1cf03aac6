"""What one series shows, read from its header: T1w, T2w, or something else.

The acquisition times decide; the series description only names what times cannot tell
(SWI, angiography, contrast agent), and stands in where times are missing. Ranges follow
clinical protocols at 1.5 and 3 T.
"""

import re

from rt1t2.scans.dicom_headers import Header

IMAGE_TYPES = {
    "LOCALIZER": "localizer",
    "MOSAIC": "EPI",
    "DIFFUSION": "DWI",
    "ADC": "DWI",
    "TRACEW": "DWI",
    "SWI": "SWI",
    "PHASE": "phase image",
    "P": "phase image",
    "REAL": "real part",
    "R": "real part",
    "IMAGINARY": "imaginary part",
    "I": "imaginary part",
    "UNI": "MP2RAGE",
}
ENHANCED_CONTRASTS = {
    "FLUID_ATTENUATED": "FLAIR",
    "DIFFUSION": "DWI",
    "TOF": "angiography",
    "FLOW_ENCODED": "angiography",
    "STIR": "STIR",
    "T2_STAR": "T2*w",
    "PROTON_DENSITY": "PDw",
}
# Patterns below are looked for in the description in lower case, with blanks for punctuation.
NAMED = {
    "localizer": r"\b(localizer|localiser|loc|scout|survey|aahead|3 ?plane)",
    "DWI": r"\b(dwi|dti|diff\w*|adc|tracew?|ep2d)\b",
    "SWI": r"\b(swi|swan|swip|venobold|mip|minip|mnip)\b",
    "angiography": r"\b(tof|mra|mrv|angio\w*|venc|pca?)\b",
    "MP2RAGE": r"mp2rage|\binv ?[12]\b",
    "bSSFP": r"\b(ciss|fiesta|trufi|b ?ffe)\b",
}
AFTER_AGENT = (
    r"\b(gd|gado\w*|km|ce|c\+)(\b|$)|\+ ?(c|k|gd|km|gad\w*)\b|contrast|kontrast"
    r"|\bpost\b(?! ?(op|surg))"
)
BEFORE_AGENT = r"\b(pre|non|no|without|w o|ohne|nativ\w*|sans)\b"
NO_AGENT = {"", "NO", "NONE", "N", "NA", "N/A", "0", "FALSE", "NOT", "OHNE"}
HINTS = {
    "T1w": r"t1|mp ?rage|bravo|spgr|\btfe\b|\btfl\b",
    "T2w": r"t2",
}


def guess_contrast(header: Header) -> str:
    """Tell what an MR series shows from its header.

    Returns
    -------
    str
        ``"T1w"``, ``"T2w"``, ``"unknown contrast"``, or what else it is, such as ``"FLAIR"``,
        ``"T1w after contrast agent"``, ``"EPI"``, ``"localizer"``.
    """
    kind = other_kind(header)
    if kind:
        return kind
    times = _by_times(header)
    text = _words(header)
    if times == "T2w" and re.search(r"flair|dark ?fluid", text):
        return "FLAIR"
    if times == "unknown contrast" and "RepetitionTime" not in header:
        times = _by_name(text)
    if times == "T1w" and has_contrast_agent(header):
        return "T1w after contrast agent"
    return times


def has_contrast_agent(header: Header) -> bool:
    """Tell whether header or description name a contrast agent."""
    if str(header.get("ContrastBolusAgent", "")).strip().upper() not in NO_AGENT:
        return True
    text = _words(header)
    return bool(re.search(AFTER_AGENT, text) and not re.search(BEFORE_AGENT, text))


def is_named(contrast: str, header: Header) -> bool:
    """Tell whether the description names ``"T1w"`` or ``"T2w"``."""
    return bool(re.search(HINTS[contrast], _words(header)))


def normalised_by_scanner(header: Header) -> str:
    """Tell whether the scanner evened out the receive field: ``NORM``, ``none``, ``unknown``."""
    if "NORM" in header.get("ImageType", ()):
        return "NORM"
    siemens = "SIEMENS" in str(header.get("Manufacturer", "")).upper()
    return "none" if siemens else "unknown"


def fat_suppressed(header: Header) -> bool:
    """Tell whether the header names fat suppression, which changes the calibration."""
    options = set(header.get("ScanOptions", ()))
    return bool(
        options & {"FS", "FATSAT_GEMS", "FSP_GEMS", "SPIR"}
        or re.search(r"\b(fs|fat ?sat|spir|spair|stir|tirm)\b", _words(header))
    )


def other_kind(header: Header) -> str:
    """Name what is no T1w or T2w of the head whatever its times; empty otherwise."""
    for code in header.get("ImageType", ()):
        if code in IMAGE_TYPES:
            return IMAGE_TYPES[code]
    for code in header.get("AcquisitionContrast", ()):
        if code in ENHANCED_CONTRASTS:
            return ENHANCED_CONTRASTS[code]
    if header.get("DiffusionBValue", 0) > 0:
        return "DWI"
    if "EP" in header.get("ScanningSequence", ()):
        return "EPI"
    if "Y" in header.get("AngioFlag", ()):
        return "angiography"
    text = _words(header)
    return next((kind for kind, named in NAMED.items() if re.search(named, text)), "")


def _by_times(header: Header) -> str:
    """Classify by sequence family and TR, TE, TI in ms."""
    tr_ms, te_ms = header.get("RepetitionTime", 0.0), header.get("EchoTime", 0.0)
    ti_ms = header.get("InversionTime", 0.0)
    if not tr_ms or not te_ms:
        return "unknown contrast"
    family = set(header.get("ScanningSequence", ()))
    echo = set(header.get("EchoPulseSequence", ()))
    if ("GR" in family and "SE" not in family) or "GRADIENT" in echo:
        return _gradient_echo(tr_ms, te_ms, ti_ms, header)
    if family & {"SE", "IR"} or echo & {"SPIN", "BOTH"}:
        return _spin_echo(tr_ms, te_ms, ti_ms)
    return "unknown contrast"


def _gradient_echo(tr_ms: float, te_ms: float, ti_ms: float, header: Header) -> str:
    if te_ms > 12:
        return "T2*w"
    if "MTC" in header.get("SequenceVariant", ()):
        return "magnetisation transfer"
    prepared = 200 <= ti_ms <= 1500 or "MP" in header.get("SequenceVariant", ())
    spoiled = tr_ms <= 60 and header.get("FlipAngle", 15.0) >= 7
    if ti_ms <= 1500 and (prepared or spoiled):
        return "T1w"
    return "unknown contrast"


def _spin_echo(tr_ms: float, te_ms: float, ti_ms: float) -> str:
    if ti_ms > 1500:
        return "FLAIR" if te_ms > 40 else "inversion recovery with long TI"
    if 80 <= ti_ms < 300:
        return "STIR"
    if te_ms < 40 and (600 <= ti_ms <= 1300 or tr_ms <= 1200):
        return "T1w"
    if te_ms >= 60 and tr_ms >= 2000:
        return "T2w"
    if te_ms < 40:
        return "PDw"
    return "unknown contrast"


def _by_name(text: str) -> str:
    if re.search(r"flair|dark ?fluid", text):
        return "FLAIR"
    named = [contrast for contrast, hint in HINTS.items() if re.search(hint, text)]
    return named[0] if len(named) == 1 else "unknown contrast"


def _words(header: Header) -> str:
    """Return the description in lower case, with blanks for punctuation."""
    return re.sub(r"[^a-z0-9+]+", " ", header.get("text", "").lower()).strip()
