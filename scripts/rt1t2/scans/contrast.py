"""Which series is the T1w and which the T2w: header rules, and the choice among several.

The acquisition times decide; the series description only names what times cannot tell
(SWI, angiography, contrast agent), stands in where times are missing, and breaks ties.
Ranges follow clinical protocols at 1.5 and 3 T.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

import numpy as np

from rt1t2.errors import UserError
from rt1t2.scans.dicom_headers import Header
from rt1t2.scans.dicom_series import Series

MIN_SLICES = 10
MIN_EXTENT_MM = 100.0  # of a head, in at least two directions
FINER = 0.9  # a voxel volume below this share of another's decides between two series

NOT_AS_SCANNED = {
    "DERIVED", "SECONDARY", "MPR", "MIP", "MNIP", "MINIP", "PROJECTION IMAGE",
    "REFORMATTED", "CSA MPR", "SUBTRACT", "SUBTRACTION",
}  # fmt: skip
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
# Looked for in the description, lower case, with blanks for punctuation.
NAMED = {
    "localizer": r"\b(localizer|localiser|loc|scout|survey|aahead|3 ?plane)",
    "DWI": r"\b(dwi|dti|diff\w*|adc|tracew?|ep2d)\b",
    "SWI": r"\b(swi|swan|swip|venobold|mip|minip|mnip)\b",
    "angiography": r"\b(tof|mra|mrv|angio\w*|venc|pca?)\b",
    "MP2RAGE": r"mp2rage|\binv ?[12]\b",
    "bSSFP": r"\b(ciss|fiesta|trufi|b ?ffe)\b",
}
AFTER_CONTRAST = (
    r"\b(gd|gado\w*|km|ce|c\+)(\b|$)|\+ ?(c|k|gd|km|gad\w*)\b|contrast|kontrast"
    r"|\bpost\b(?! ?(op|surg))"
)
BEFORE_CONTRAST = r"\b(pre|non|no|without|w o|ohne|nativ\w*|sans)\b"
NO_AGENT = {"", "NO", "NONE", "N", "NA", "N/A", "0", "FALSE", "NOT", "OHNE"}
HINTS = {
    "T1w": r"t1|mp ?rage|bravo|spgr|\btfe\b|\btfl\b",
    "T2w": r"t2",
}


@dataclass(frozen=True)
class Choice:
    """The series chosen for one contrast (``None`` if none will do), and why not the others."""

    series: Series | None
    reasons: dict[int, str]
    tied: tuple[Series, ...] = ()


def guess_contrast(header: Header) -> str:
    """Tell what an MR series shows from its header.

    Returns
    -------
    str
        ``"T1w"``, ``"T2w"``, ``"unknown contrast"``, or what else it is, such as ``"FLAIR"``,
        ``"T1w after contrast agent"``, ``"EPI"``, ``"localizer"``.
    """
    kind = _kind(header)
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
    return bool(
        re.search(AFTER_CONTRAST, text) and not re.search(BEFORE_CONTRAST, text)
    )


def reason_against(series: Series) -> str:
    """Say why a series can serve as no anatomical image at all; empty if it can."""
    return "; ".join(
        filter(None, (_content_problem(series.header), _volume_problem(series)))
    )


def choose(series: list[Series], contrast: str, norm: str = "NORM") -> Choice:
    """Choose the series that serves as ``"T1w"`` or ``"T2w"``.

    Among suitable ones, the first criterion that tells them apart decides: covers a whole
    head, is 3D, has clearly finer voxels, says so in its description, is corrected for the
    gradients' distortion, is intensity-normalised by the scanner as asked for (``"NORM"`` or
    ``"none"``).

    Returns
    -------
    Choice
        ``tied`` holds the candidates that no criterion tells apart; ``reasons`` has an
        entry for the index of every series that was not chosen.
    """
    reasons: dict[int, str] = {}
    candidates: list[Series] = []
    usable = [one for one in series if not reason_against(one)]
    for index, one in enumerate(series):
        against = reason_against(one)
        guess = guess_contrast(one.header)
        alone = guess == "unknown contrast" and len(usable) == 1
        if against or not (guess == contrast or alone):
            reasons[index] = against or guess
        else:
            candidates.append(one)
    for criterion, keep in _criteria(contrast, norm):
        best = keep(candidates) if len(candidates) > 1 else candidates
        for one in candidates:
            if one not in best:
                reasons[series.index(one)] = (
                    f"{contrast}, but {best[0].name} {criterion}"
                )
        candidates = best
    if len(candidates) > 1:
        for one in candidates:
            reasons[series.index(one)] = f"{contrast}, equal to another series"
        return Choice(None, reasons, tuple(candidates))
    return Choice(candidates[0] if candidates else None, reasons)


def chosen_or_stop(
    choice: Choice, series: list[Series], contrast: str, where: str
) -> Series:
    """Return the chosen series, or stop with what was found and what to do.

    Raises
    ------
    UserError
        No series, or several equally good ones.
    """
    if choice.series is not None:
        return choice.series
    column = contrast.lower()
    if choice.tied:
        names = ", ".join(one.name for one in choice.tied)
        raise UserError(
            f"{where}: {names} are equally good as {contrast}. Put the right one into a "
            f"folder of its own and give that folder in column {column}."
        )
    if not series:
        raise UserError(
            f"{where}: no readable DICOM image. Check column {column} of the participants "
            "table; it takes a DICOM folder, an archive of one, or a NIfTI file."
        )
    found = [
        f"{series[i].name}: {_with_contrast(series[i], reason)}"
        for i, reason in choice.reasons.items()
    ]
    more = [f"{len(found) - 6} more in the log"] if len(found) > 6 else []
    raise UserError(
        f"{where}: no {contrast} found ({'; '.join(found[:6] + more)}). Give another folder or "
        f"a NIfTI file in column {column}, or fill in exclude."
    )


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


def _with_contrast(series: Series, reason: str) -> str:
    """Put what a series shows in front of what is wrong with it."""
    guess = guess_contrast(series.header)
    return reason if reason.startswith(guess) else f"{guess}; {reason}"


def _content_problem(header: Header) -> str:
    if "MR" not in header.get("Modality", ("MR",)):
        return "not MR"
    if header.get("SamplesPerPixel", 1) != 1:
        return "colour image"
    if NOT_AS_SCANNED & set(header.get("ImageType", ())):
        return "derived image, not as scanned"
    return _kind(header)


def _volume_problem(series: Series) -> str:
    geometry = series.geometry
    if series.problem:
        return series.problem
    if geometry.shape[2] < MIN_SLICES:
        return f"too few slices: {geometry.shape[2]} (a head needs {MIN_SLICES})"
    if (geometry.extent_mm >= MIN_EXTENT_MM).sum() < 2:
        size = " x ".join(f"{mm:.0f}" for mm in geometry.extent_mm)
        return f"field of view {size} mm is too small for a head"
    return ""


def _kind(header: Header) -> str:
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
    return re.sub(r"[^a-z0-9+]+", " ", header.get("text", "").lower()).strip()


def _criteria(
    contrast: str, norm: str
) -> list[tuple[str, Callable[[list[Series]], list[Series]]]]:
    """List what tells candidates apart: words for the ledger, and the best of a list."""

    def best(score: Callable[[Series], bool]) -> Callable[[list[Series]], list[Series]]:
        return lambda candidates: (
            [one for one in candidates if score(one)] or candidates
        )

    def finest(candidates: list[Series]) -> list[Series]:
        smallest = min(_voxel_mm3(one) for one in candidates)
        return [one for one in candidates if _voxel_mm3(one) * FINER <= smallest]

    def hinted(one: Series) -> bool:
        return bool(re.search(HINTS[contrast], _words(one.header)))

    def typed(code: str) -> Callable[[Series], bool]:
        return lambda one: code in one.header.get("ImageType", ())

    return [
        (
            "covers more",
            best(lambda one: one.geometry.extent_mm.min() >= MIN_EXTENT_MM),
        ),
        ("is 3D", best(lambda one: "3D" in one.header.get("MRAcquisitionType", ()))),
        ("has finer voxels", finest),
        ("is named so", best(hinted)),
        ("is corrected for distortion (DIS3D)", best(typed("DIS3D"))),
        ("is corrected for distortion (DIS2D)", best(typed("DIS2D"))),
        (
            "is NORM" if norm == "NORM" else "is without NORM, like the other contrast",
            best(lambda one: normalised_by_scanner(one.header) == norm),
        ),
    ]


def _voxel_mm3(series: Series) -> float:
    affine = cast(np.ndarray, series.geometry.affine)
    return float(abs(np.linalg.det(affine[:3, :3])))
