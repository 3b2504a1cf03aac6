"""Facts that a header tells, whatever it is: classic DICOM, enhanced DICOM, or a BIDS sidecar.

All three become the same :data:`~rt1t2.scans.dicom_headers.Header`, and each fact is asked for
here and nowhere else. Codes come first; the description only says what no code does.
"""

import re

from rt1t2.scans.header_fields import Header

# DICOM PS3.3 C.8.3.1 (ScanOptions), C.8.13.5.7 (enhanced), and what makers write into the former.
# GE's FSA, FSI, FSL, FSP, FSR and FSS_GEMS are directions of the fat shift.
FAT_OPTIONS = {
    *("FS", "FATSAT", "FATSATGEMS", "SPIR", "SPAIR", "ASPIR", "STIR"),
    *("WE", "WATER", "WATEREXC", "WATEREXCITATION", "PROSET", "WATS"),
}
FAT_SELECTIONS = {"FAT", "FAT_AND_WATER"}
WATER_IMAGES = {"W", "WATER"}  # of a Dixon series
FAT_NAMES = (
    r"(fs|fat ?sat\w*|fat ?supp?\w*|fat ?sup|spir|a?spair|aspir|stir|tirm|we|watex|wats"
    r"|water ?(ex\w*|only|sel\w*)|proset|wfs(?! \d)|chem ?sat|m?dixon (.*)?w(ater)?"
    r"|fett ?(gesa|satt|sup|unterd)\w*|sat\w* graisse"
    r"|water(?=( .*\b(ideal|flex)\b.*)?$))"  # GE: WATER: Ax T2 FLEX
)
NOT = r"(no|non|not|without|w o|wo|ohne|kein\w*|nativ\w*|sans|sin|senza|zonder|nil)"
# What denies the word in front of it
OFF = r"(?! ?(off|free(?! br)|frei|neg|negative?|aus)\b)"
BEFORE = rf"(pre|prior to|before|vor|avant|{NOT})"
AGENT_NAMES = (
    r"(gd\w{0,5}|gad(o\w*|av\w*)?|magnevist|dotarem|artirem|prohance|multihance|omniscan|optimark"
    r"|clariscan|primovist|eovist|vueway|elucirem|km|mdc|inj(ec\w*)?|iny\w*|iv ?\+)"
)
# "high contrast" praises the image; "contrast" after a colour or a tissue does so as well
PRAISE = (
    r"(high|higher|hi|low|good|better|best|max\w*|optim\w*|improved|enhanced|strong|soft"
    r"|tissue|gm|wm|gw|grey|gray|white|matter|image|dual|multi|inverted)"
)
# What may follow a "post" that means the agent; anything else ("post stroke") is a study's word
AFTER_POST = (
    rf"(?= ({AGENT_NAMES}|\+|\+?c|iv|i v|inj\w*|contrast|kontrast|t1\w*|t2\w*|[23]d"
    r"|ax\w*|tra(ns\w*)?|sag\w*|cor(onal)?|fs|fat\w*|mprage|mpr|spgr|fspgr|bravo|vibe|space|cube"
    r"|tse|fse|se|flair|tfe|ffe|thrive|lava|\d{1,2}$)( |$))"
)
AGENTS = (
    AGENT_NAMES,
    r"\+ ?(c|k|gd|km|gad\w*)",  # glued to the sequence as well: T1+C
    r"(ce|c\+)",
    r"(?<!non )(contrast[eo]?|kontrast(?!frei|los)\w*)(?! (optim|ratio|prep|adj|weight)\w*)",
    rf"post{AFTER_POST}",
    r"post$",
)
NO_AGENT = rf"^(|n|na|n a|0|false|none|nil|null|off|unknown|undefined|{BEFORE}\b.*)$"
GE_COMPONENTS = {1: "phase image", 2: "real part", 3: "imaginary part"}
COMPLEX = {
    "P": "phase image", "PHASE": "phase image", "PHASE MAP": "phase image",
    "VELOCITY": "phase image", "VELOCITY MAP": "phase image",
    "R": "real part", "REAL": "real part", "I": "imaginary part",
    "IMAGINARY": "imaginary part",
    "F": "Dixon fat image", "FAT": "Dixon fat image", "FF": "Dixon fat fraction",
    "OP": "opposed-phase image", "OPP_PHASE": "opposed-phase image",
    "OUT_PHASE": "opposed-phase image", "OPPOSED_PHASE": "opposed-phase image",
}  # fmt: skip
DIXON_NAMES = {
    "Dixon fat image": r"\bm?dixon\b.*\bf(at)?$|^fat (?!sat|sup)(?=.*\b(ideal|flex)\b)",
    "opposed-phase image": (
        r"\bm?dixon\b.*\b(opp?|opp(osed)?|out)( phase)?$|^out ?phase\b"
    ),
}
HEADS = {"HEAD", "BRAIN", "SKULL", "NEURO", "HEADNECK", "HEAD NECK", "FACE", "ORBIT"}
OTHER_PARTS = (
    r"spine|vertebra|neck|chest|thorax|lung|heart|cardiac|abdomen|liver|kidney|pelvis|prostate"
    r"|uterus|breast|shoulder|elbow|wrist|hand|finger|hip(?!po)|femur|knee|leg|ankle|foot|extremity"
    r"|sacrum|coccyx|phantom|wirbels|hals|hws|bws|lws|columna|rachis|colonne|cervi|thora"
    r"|lumb|abdo|knie|genou|rodilla|schulter|becken"
)
SPINE_NAMES = (
    r"\b([ctl]|ls|cerv\w*|thor\w*|lumb\w*)? ?(spine|wirbels\w*)\b|\b(cspine|tspine|lspine"
    r"|hws|bws|lws|lumbar(?! punct)|myelo\w*|halswirb\w*|brustwirb\w*|lendenwirb\w*)\b"
)
# Parts that no name of a study of heads has, unless it is one of pain
PART_NAMES = r"\b(neck|abdomen|liver|thorax|pelvis|prostate|knee|phantom)\b(?! (pain|limb|study))"
HEAD_NAMES = r"\b(head|brain|skull|neuro|cranium|cerebr\w*|kopf|schaedel|mp ?rage)\b"


def words(header: Header) -> str:
    """Return the description in lower case, with blanks for punctuation and around 2D, 3D."""
    text = plain_words(header.get("text", ""))
    return re.sub(r"(?<=[a-z])([23]d)\b|\b([23]d)(?=[a-z])", r" \1\2 ", text).strip()


def plain_words(text: str) -> str:
    """Return a text in lower case, with blanks for all but letters, digits and ``+``."""
    return re.sub(r"[^a-z0-9+]+", " ", text.lower()).strip()


def image_codes(header: Header) -> set[str]:
    """Return the image's types: the public ones, and the private ones of Siemens XA."""
    public = header.get("ImageType", ()), header.get("ComplexImageComponent", ())
    return {*public[0], *public[1], *header.get("PrivateImageType", ())}


def normalised_by_scanner(header: Header) -> str:
    """Tell whether the scanner evened out the receive field: ``NORM``, ``none``, ``unknown``.

    Only Siemens names it. Its enhanced images name it in private fields: without these nothing
    is known.
    """
    if header.get("ScannerIntensityNormalisation") in {"NORM", "none"}:
        return str(header["ScannerIntensityNormalisation"])
    codes = image_codes(header)
    if "NORM" in codes:
        return "NORM"
    if "SIEMENS" not in str(header.get("Manufacturer", "")).upper() or not codes:
        return "unknown"
    silent = header.get("Enhanced") and "PrivateImageType" not in header
    return "unknown" if silent else "none"


def fat_suppressed(header: Header) -> bool:
    """Tell whether fat was made dark: saturated, inverted, not excited, or left out (Dixon)."""
    if "FatSuppression" in header:
        return bool(header["FatSuppression"])
    suppressed = set(header.get("SpectrallySelectedSuppression", ()))
    options = {re.sub(r"[^A-Z0-9]", "", code) for code in header.get("ScanOptions", ())}
    if options & FAT_OPTIONS or suppressed & FAT_SELECTIONS:
        return True
    if "WATER" in header.get("SpectrallySelectedExcitation", ()):
        return True
    if "Y" in header.get("PhilipsSPIR", ()) or image_codes(header) & WATER_IMAGES:
        return True
    return _named(FAT_NAMES, NOT, words(header))


def has_contrast_agent(header: Header) -> bool:
    """Tell whether a field or the description names a contrast agent that was given."""
    if "YES" in header.get("ContrastBolusAgentAdministered", ()):
        return True
    for field in ("ContrastBolusAgent", "ContrastBolusIngredient"):
        agent = plain_words(str(header.get(field, "")))
        if not re.search(NO_AGENT, agent) and not _only_denied(agent):
            return True
    text = re.sub(rf"\b{PRAISE} (contrast|kontrast)\b", " ", words(header))
    return any(_named(agent, BEFORE, text) for agent in AGENTS)


def component(header: Header) -> str:
    """Name the part of a complex or Dixon image, such as ``"phase image"``; empty if none."""
    codes = image_codes(header)
    for code in sorted(codes):
        if code in COMPLEX:
            return COMPLEX[code]
    kind = header.get("GEComponent", 0.0)
    if kind in GE_COMPONENTS:
        return GE_COMPONENTS[int(kind)]
    text = words(header)
    return next(
        (kind for kind, named in DIXON_NAMES.items() if re.search(named, text)), ""
    )


def other_body_part(header: Header) -> bool:
    """Tell whether the image shows another part of the body; the field wins over the name."""
    part = " ".join(header.get("BodyPartExamined", ())).replace("_", " ").strip()
    if part in HEADS or re.search("HEAD|BRAIN|SKULL|NEURO", part):
        return False
    if re.search(OTHER_PARTS, part.lower()):
        return True
    text = words(header)
    named = re.search(PART_NAMES, text) and not re.search(HEAD_NAMES, text)
    return bool(re.search(SPINE_NAMES, text) or named)


def _named(pattern: str, denial: str, text: str) -> bool:
    """Tell whether a text has a word that no denial stands in front of."""
    start = "" if pattern.startswith("\\+") else "(?<![a-z0-9])"
    for found in re.finditer(rf"{start}{pattern}(?![a-z0-9]){OFF}", text):
        before = text[: found.start()]
        if not re.search(rf"\b{denial} (\w+ )?$", before):
            return True
    return False


def _only_denied(agent: str) -> bool:
    """Tell whether an agent's field denies it elsewhere than at its beginning."""
    return bool(
        re.search(rf"\b{NOT} (\w+ )?(contrast|{AGENT_NAMES}|given)\b", agent)
        or re.search(r"\bnot (given|applied|administered|used|injected)\b", agent)
    )
