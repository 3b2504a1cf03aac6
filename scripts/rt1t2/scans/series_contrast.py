"""What one series shows, read from its header: T1w, T2w, or something else.

The acquisition times decide; the series description only names what times cannot tell
(SWI, angiography, contrast agent), and stands in where times are missing. Ranges follow
clinical protocols at 1.5 and 3 T.
"""

import math
import re

from rt1t2.scans.header_facts import (
    component,
    has_contrast_agent,
    image_codes,
    other_body_part,
    words,
)
from rt1t2.scans.header_fields import Header

IMAGE_TYPES = {
    "LOCALIZER": "localizer",
    "MOSAIC": "EPI",
    "DIFFUSION": "DWI",
    "ADC": "DWI",
    "TRACEW": "DWI",
    "SWI": "SWI",
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
    "localizer": (
        r"\b(lo[ck]ali[sz]ers?|locali[sz]ation|locators?|scano(gram)?|posdisp|rep ?e?rage"
        r"|\w*scout\w*|aa ?head\w*|topogram|(3|three) ?(plane|pl|axis)( loc\w*)?|plan ?scan)\b"
    ),
    "MP2RAGE": r"mp2rage|\binv ?[12]\b",
    "quantitative map": r"\b[tr][12] ?map(s|ping)?\b",
    "image of nulled white matter": r"\b(fgatir|wmn|(wm|white matter) ?null\w*)\b",
    "field map": r"\b(gre )?(field ?map\w*|fmap|b[01] ?map\w*|tfl b1map)\b",
}
# These may be the name of a study, where times tell: of an inversion-prepared gradient echo all
# of them, of a spin echo those that only a gradient echo can be.
DIFFUSION_NAMES = r"\b(dwi|dti|diff|diffusion|adc|tracew?|ep ?2d)\b"
PERFUSION_NAMES = r"\b(p?c?asl|pasl|cbf|dsc|dce|perf(usion)?)\b"
GRADIENT_ECHO_NAMES = {
    "localizer": r"\b(loc|survey|pilot|smart ?brain)\b",
    "calibration": r"\b(calib\w*|(coil|sense|sens) ?ref\w*|ref ?scan|prescan\w*)\b",
    "SWI": r"\b(swi|swan|swip|venobold|mip|minip|mnip)\b",
    "angiography": r"\b(tof|mra|mrv|angio\w*|venc|pca?)\b",
    "bSSFP": r"\b(ciss|fiesta|trufi\w*|b ?ffe|b ?tfe|dess|psif)\b",
    "dynamic series": r"\b(twist|tricks|time ?resolved|4d ?flow)\b",
    "quantitative map": r"\b(vfa|despot ?[12]?( ?hifi)?)\b",
}
SLACK = (
    1.02  # a protocol's round number lies on its side of an edge, whatever its storage
)
SCOUT_TR_MS = 4.0  # aligning scouts have 3.1-3.2, the fastest T1w 4.5 and more
SPOILED_TR_MS = 60.0
WHITE_MATTER_T1_MS = 1000.0
ABOVE_ERNST = 1.2
FLASH_FLIP_DEG = 50.0
FLASH_TE_MS = 8.0
FLAIR_NAMES = r"flair|dark ?fl|\b(flr|da ?fl)\b|fluid ?att"
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
    text = words(header)
    if times == "T2w" and re.search(FLAIR_NAMES, text):
        return "FLAIR"
    if times == "unknown contrast" and _times_are_silent(header):
        times = _by_name(text)
    elif times == "unknown contrast" and not _family(header):
        times = _by_name(text, _spin_echo(*_times(header), header))
    if times == "T1w" and has_contrast_agent(header):
        return "T1w after contrast agent"
    return times


def is_named(contrast: str, header: Header) -> bool:
    """Tell whether the description names ``"T1w"`` or ``"T2w"``."""
    return bool(re.search(HINTS[contrast], words(header)))


def other_kind(header: Header) -> str:
    """Name what is no T1w or T2w of the head whatever its times; empty otherwise."""
    if part := component(header):
        return part
    codes = image_codes(header)
    for code, kind in IMAGE_TYPES.items():
        if code in codes:
            return kind
    for code in header.get("AcquisitionContrast", ()):
        if code in ENHANCED_CONTRASTS:
            return ENHANCED_CONTRASTS[code]
    if header.get("DiffusionBValue", 0) > 0:
        return "DWI"
    if "EP" in header.get("ScanningSequence", ()):
        return "EPI"
    if "Y" in header.get("AngioFlag", ()):
        return "angiography"
    if other_body_part(header):
        return "another part of the body"
    return _named_kind(header) or _kind_by_times(header)


def _named_kind(header: Header) -> str:
    """Name what the description says and the times do not contradict."""
    patterns = list(NAMED.items())
    if not _is_prepared(header):
        patterns += [("DWI", DIFFUSION_NAMES), ("perfusion", PERFUSION_NAMES)]
        if _by_times(header) not in {"T1w", "T2w"} or _is_gradient_echo(header):
            patterns += GRADIENT_ECHO_NAMES.items()
    text = words(header)
    return next((kind for kind, pattern in patterns if re.search(pattern, text)), "")


def _kind_by_times(header: Header) -> str:
    """Name gradient echoes whose TR and flip angle are those of no T1w.

    Scouts that align the slices are 3D spoiled gradient echoes of TR 3 ms and 1-2 minutes less
    than a T1w; balanced sequences (steady state, not spoiled) show T2 / T1.
    """
    tr_ms, flip = header.get("RepetitionTime", 0.0), header.get("FlipAngle", 15.0)
    if not _is_gradient_echo(header) or _is_prepared(header) or not tr_ms:
        return ""
    variant = set(header.get("SequenceVariant", ()))
    if "SS" in variant and "SP" not in variant and flip >= 30 and tr_ms < 12:
        return "bSSFP"
    return "localizer" if tr_ms < SCOUT_TR_MS else ""


def _family(header: Header) -> set[str]:
    """Return what is told of the kind of echo; GE's research mode (RM) is none."""
    family = set(header.get("ScanningSequence", ())) & {"SE", "GR", "IR", "EP"}
    return family | set(header.get("EchoPulseSequence", ()))


def _is_gradient_echo(header: Header) -> bool:
    """Tell whether an image is one of gradient echoes: no other repeats within 60 ms."""
    family = _family(header)
    if family & {"SE", "SPIN", "BOTH"}:
        return False
    fast = 0 < header.get("RepetitionTime", 0.0) <= SPOILED_TR_MS * SLACK
    return bool(family & {"GR", "GRADIENT"}) or (fast and "EP" not in family)


def _is_prepared(header: Header) -> bool:
    """Tell whether a gradient echo is inversion-prepared, as MPRAGE is."""
    ti_ms = header.get("InversionTime", 0.0)
    prepared = 200 / SLACK <= ti_ms <= 1500 * SLACK or "MP" in header.get(
        "SequenceVariant", ()
    )
    return _is_gradient_echo(header) and prepared


def _times_are_silent(header: Header) -> bool:
    """Tell whether TR is not known, or what a long TR means without the flip angle."""
    if "RepetitionTime" not in header or "EchoTime" not in header:
        return True
    short = header["EchoTime"] <= 12
    return _is_gradient_echo(header) and short and "FlipAngle" not in header


def _times(header: Header) -> tuple[float, float, float]:
    """Return TR, TE and TI in ms, 0 where one is not known."""
    tr_ms, te_ms, ti_ms = (
        header.get(f"{name}Time", 0.0) for name in ("Repetition", "Echo", "Inversion")
    )
    return tr_ms, te_ms, ti_ms


def _by_times(header: Header) -> str:
    """Classify by sequence family and TR, TE, TI in ms."""
    tr_ms, te_ms, ti_ms = _times(header)
    if not tr_ms or not te_ms:
        return "unknown contrast"
    if _is_gradient_echo(header):
        return _gradient_echo(tr_ms, te_ms, ti_ms, header)
    if _family(header) & {"SE", "IR", "SPIN", "BOTH"}:
        return _spin_echo(tr_ms, te_ms, ti_ms, header)
    return "unknown contrast"


def _gradient_echo(tr_ms: float, te_ms: float, ti_ms: float, header: Header) -> str:
    if te_ms > 12 * SLACK:
        return "T2*w"
    if "MTC" in header.get("SequenceVariant", ()):
        return "magnetisation transfer"
    spoiled = (
        tr_ms <= SPOILED_TR_MS * SLACK and header.get("FlipAngle", 15.0) >= 7 / SLACK
    )
    if ti_ms <= 1500 * SLACK and (
        _is_prepared(header) or spoiled or _is_flash_2d(header)
    ):
        return "T1w"
    return "unknown contrast"


def _is_flash_2d(header: Header) -> bool:
    """Tell whether a spoiled gradient echo of long TR saturates what has a long T1.

    Its flip angle lies clearly above the Ernst angle of white matter, T1 about 1 s at 3 T
    (Ernst and Anderson 1966), and is large: FLASH, SPGR, T1-FFE at TR 100-500 ms, 60-90 degrees.
    """
    flip, tr_ms = header.get("FlipAngle", 0.0), header.get("RepetitionTime", 0.0)
    ernst_deg = math.degrees(math.acos(math.exp(-tr_ms / WHITE_MATTER_T1_MS)))
    return bool(
        flip * SLACK >= max(FLASH_FLIP_DEG, ABOVE_ERNST * ernst_deg)
        and header.get("EchoTime", 0.0) <= FLASH_TE_MS
    )


def _spin_echo(tr_ms: float, te_ms: float, ti_ms: float, header: Header) -> str:
    if ti_ms > 1500 * SLACK:
        return "FLAIR" if te_ms > 40 else "inversion recovery with long TI"
    if 80 / SLACK <= ti_ms < 300:
        return "STIR"
    told = "IR" in _family(header) or "YES" in header.get("InversionRecovery", ())
    if te_ms >= 40 and ti_ms >= 300 and told:
        return "inversion recovery with long TE"
    inverted = 600 / SLACK <= ti_ms <= 1300 * SLACK
    if te_ms < 40 and (inverted or tr_ms <= 1200 * SLACK):
        return "T1w"
    if te_ms >= 60 / SLACK and tr_ms >= 2000 / SLACK:
        return "T2w"
    if te_ms < 40:
        return "PDw"
    return "unknown contrast"


def _by_name(text: str, only: str = "") -> str:
    """Return the contrast that a description names; if given, ``only`` that one."""
    if re.search(FLAIR_NAMES, text):
        return "FLAIR"
    named = [contrast for contrast, hint in HINTS.items() if re.search(hint, text)]
    agreed = len(named) == 1 and only in {"", named[0]}
    return named[0] if agreed else "unknown contrast"
