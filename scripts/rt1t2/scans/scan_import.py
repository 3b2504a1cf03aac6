"""From what the participants table names to the one image of each contrast."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from rt1t2.damage import damage_told
from rt1t2.errors import MachineError, UserError
from rt1t2.nifti import nib
from rt1t2.scans.archives import source_kind
from rt1t2.scans.conversion import Converted, convert_series
from rt1t2.scans.dicom_series import Series, series_of
from rt1t2.scans.header_facts import (
    fat_suppressed,
    has_contrast_agent,
    image_codes,
    normalised_by_scanner,
)
from rt1t2.scans.header_fields import Header
from rt1t2.scans.image_checks import check_head_image, same_image
from rt1t2.scans.nifti_source import read_nifti
from rt1t2.scans.series_choice import (
    NOT_AS_SCANNED,
    Choice,
    choose,
    chosen_or_stop,
    in_one_plane,
    suitable,
    visits_with,
)
from rt1t2.scans.series_contrast import guess_contrast
from rt1t2.scans.series_ledger import Row, nifti_row, series_row
from rt1t2.scans.source_files import source_files, what_lies_there


@dataclass(frozen=True)
class Scan:
    """One contrast's source: a NIfTI file, or the series found and the one chosen."""

    contrast: str
    path: Path
    kind: str
    series: list[Series]
    choice: Choice
    beside: str = ""  # what else lies in the source, in words


def open_scans(sources: dict[str, Path], scratch: Path) -> list[Scan]:
    """Look at the source of each contrast; a source given for several is read once.

    Parameters
    ----------
    sources
        ``"T1w"`` and/or ``"T2w"`` to a DICOM folder, an archive of one, or a NIfTI file.
    scratch
        Where archives are unpacked.

    Raises
    ------
    UserError
        A path does not exist, or an archive cannot be unpacked safely.
    """
    kinds = {path: source_kind(path) for path in sources.values()}
    series: dict[Path, list[Series]] = {}
    beside: dict[Path, str] = {}
    for contrast, path in sources.items():
        if path in series or kinds[path] == "nifti":
            series.setdefault(path, [])
            continue
        files = source_files(path, scratch / f"unpacked_{contrast}")
        series[path] = series_of(files)
        beside[path] = what_lies_there(files)
    choices = choose_alike(
        {contrast: series[path] for contrast, path in sources.items()}
    )
    return [
        Scan(
            contrast,
            path,
            kinds[path],
            series[path],
            choices[contrast],
            beside.get(path, ""),
        )
        for contrast, path in sources.items()
    ]


def choose_alike(series: dict[str, list[Series]]) -> dict[str, Choice]:
    """Choose a series for each contrast, with NORM for all or for none if possible.

    NORM multiplies an image by a field of the scanner's; in both images it cancels from
    their ratio, in one it does not.
    """
    choices: list[dict[str, Choice]] = []
    for norm in ("NORM", "none"):
        choices.append(_choose_pair(series, norm))
        chosen = [choice.series for choice in choices[-1].values() if choice.series]
        if not _only_one_normalised(normalised_by_scanner(s.header) for s in chosen):
            return choices[-1]
    return choices[0]


def _choose_pair(series: dict[str, list[Series]], norm: str) -> dict[str, Choice]:
    """Choose a series for each contrast so that thick slices lie in one plane if possible.

    The first contrast chooses and the others follow it; where that gives two planes, the last
    one chooses.
    """
    tried: list[dict[str, Choice]] = []
    first = next(iter(series.values()))
    one_source = all(each is first for each in series.values())
    visits = visits_with(first, series) if one_source else set()
    for order in (list(series), list(reversed(series))):
        choices: dict[str, Choice] = {}
        beside = None
        for name in order:
            choices[name] = choose(series[name], name, norm, beside, visits)
            beside = choices[name].series or beside
        tried.append(choices)
        chosen = [choice.series for choice in choices.values() if choice.series]
        if all(in_one_plane(chosen[0], each) for each in chosen[1:]):
            return choices
    return tried[0]


def ledger_rows(scans: list[Scan]) -> list[Row]:
    """List every series found once, with the decision about it and the reason."""
    rows = []
    for path in dict.fromkeys(scan.path for scan in scans):
        users = [scan for scan in scans if scan.path == path]
        source = "+".join(scan.contrast.lower() for scan in users)
        if users[0].kind == "nifti":
            rows.append(_nifti_row(path, source, users))
            continue
        for index, series in enumerate(users[0].series):
            row = series_row(series, source, users[0].kind)
            used = [scan.contrast for scan in users if scan.choice.series is series]
            reasons = [scan.choice.reasons.get(index, "") for scan in users]
            rows.append(row | _decision(used, reasons, row["contrast"]))
    return rows


def import_image(scan: Scan, scratch: Path) -> Converted:
    """Convert, or read, the image of one contrast and check that it can be a head.

    Returns
    -------
    data, affine, entries
        Voxels as scanned, voxel to scanner RAS mm, BIDS sidecar entries with ``Flags``
        for what is suspicious.

    Raises
    ------
    UserError
        No suitable series, several equally good ones, or an image that cannot be used.
    """
    name = f"the {scan.contrast} ({scan.path})"
    if scan.kind == "nifti":
        data, affine, entries, header = read_nifti(scan.path)
        _refuse_other_contrast(header, scan.contrast, name)
        flags = entries["Flags"] + _header_flags(header)
        entries |= {"SourceKind": "nifti", "AcquisitionKnown": "EchoTime" in entries}
    else:
        where = f"column {scan.contrast.lower()}, {scan.path}"
        series = chosen_or_stop(
            scan.choice, scan.series, scan.contrast, where, scan.beside
        )
        data, affine, entries = convert_series(series, scratch)
        flags = _series_flags(series, scan.contrast)
        entries |= {"SourceKind": scan.kind, "AcquisitionKnown": True}
    flags += check_head_image(data, affine, name)
    return data, affine, entries | {"Flags": flags}


def check_pair(scans: list[Scan], t1w: Converted, t2w: Converted) -> None:
    """Refuse a T2w that is the T1w again or another person's; flag what differs.

    Raises
    ------
    UserError
        The same series, file or content twice; or a source with suitable series of several
        people, or of several visits that each have both contrasts.
    """
    first, second = scans
    _require_one_person_and_visit(scans)
    flags = _person_flags(first, second)
    same_series = first.choice.series is not None and (
        first.choice.series is second.choice.series
    )
    same_file = first.kind == "nifti" and first.path.resolve() == second.path.resolve()
    if same_series or same_file or same_image(t1w[0], t1w[1], t2w[0], t2w[1]):
        raise UserError(
            f"the T2w is the T1w again ({second.path}). Give the T2w in column t2w, or fill "
            "in exclude if there is none."
        )
    if _only_one_normalised(
        image[2].get("ScannerIntensityNormalisation") for image in (t1w, t2w)
    ):
        flags.append(
            "only one of T1w and T2w was intensity-normalised by the scanner (NORM)"
        )
    for image in (t1w, t2w):
        image[2]["Flags"] += flags


def _only_one_normalised(norms: Iterable[str | None]) -> bool:
    return {"NORM", "none"} <= set(norms)


def _require_one_person_and_visit(scans: list[Scan]) -> None:
    """Refuse sources in which another person or visit might be meant than the one chosen."""
    for scan in scans:
        people: dict[str, Series] = {}
        chosen = [s.choice.series for s in scans if s.path == scan.path]
        meant = [suitable(scan.series, contrast) for contrast in ("T1w", "T2w")]
        for each in filter(None, [*chosen, *meant[0], *meant[1]]):
            if each.header["patient"]:
                people.setdefault(each.header["patient"], each)
        if len(people) > 1:
            first, second = list(people.values())[:2]
            raise UserError(
                f"{scan.path} contains several people (by patient ID): {first.name} and "
                f"{second.name} are not of the same person. Give each participant a folder of "
                "their own."
            )
        visits = visits_with(scan.series, ("T1w", "T2w"))
        if len(visits) > 1 and scans[0].path == scans[1].path:
            raise UserError(
                f"{scan.path} contains {len(visits)} visits (studies) with a T1w and a T2w "
                "each. Give the folder of the visit that is meant."
            )


def _person_flags(first: Scan, second: Scan) -> list[str]:
    """Compare whom two chosen series show, and when; what is unknown counts as equal."""
    if first.choice.series is None or second.choice.series is None:
        return []
    headers = first.choice.series.header, second.choice.series.header
    different = {
        key for key in ("patient", "visit") if len({h[key] for h in headers} - {""}) > 1
    }
    if "patient" in different:
        return ["the DICOM headers of T1w and T2w name different patients"]
    return ["T1w and T2w are of different studies"] if different else []


def _nifti_row(path: Path, source: str, users: list[Scan]) -> Row:
    try:
        with damage_told("not readable"):
            image = nib.load(path)
            row = nifti_row(image.shape, image.affine, source)
    except MachineError:
        raise
    except UserError:
        return {
            "source": source,
            "kind": "nifti",
            "decision": "not used",
            "reason": "not readable",
        }
    return row | _decision([scan.contrast for scan in users], [], "")


def _decision(used: list[str], reasons: list[str], contrast: str) -> Row:
    """Put the decision into words; another contrast alone is the last of the reasons."""
    if used:
        return {"decision": f"used as {' and '.join(used)}"}
    telling = [reason for reason in reasons if reason and reason != contrast]
    return {
        "decision": "not used",
        "reason": "; ".join(dict.fromkeys(telling or reasons)),
    }


def _series_flags(series: Series, contrast: str) -> list[str]:
    tests = {
        "the header does not tell the contrast; used because there is no other series": (
            guess_contrast(series.header) != contrast
        ),
        "instance numbers or the image count suggest that slices are missing at an end": (
            series.may_lack_slices
        ),
        "the rescale slope varies between slices": len(series.rescale_slopes) > 1,
    }
    flags = [text for text, applies in tests.items() if applies]
    return flags + _header_flags(series.header)


def _header_flags(header: Header) -> list[str]:
    """Return what is only suspicious in a header, of DICOM or of a sidecar."""
    tests = {
        "stored with lossy compression": "01"
        in header.get("LossyImageCompression", ()),
        "derived image, not as scanned": bool(NOT_AS_SCANNED & image_codes(header)),
        "acquired after a contrast agent": has_contrast_agent(header),
        "fat-suppressed: no fat landmark for the calibration": fat_suppressed(header),
    }
    return [text for text, applies in tests.items() if applies]


def _refuse_other_contrast(header: Header, contrast: str, name: str) -> None:
    """Refuse a NIfTI whose sidecar says that it shows something else.

    What an image after a contrast agent shows is looked for in the image as well: a flag.
    """
    guess = guess_contrast(header).removesuffix(" after contrast agent")
    if "MR" not in header.get("Modality", ("MR",)):
        guess = "not MR"
    if guess not in {contrast, "unknown contrast"}:
        raise UserError(
            f"{name} is no {contrast} by its JSON sidecar: {guess}. Give the {contrast} in "
            f"column {contrast.lower()}, or correct the sidecar."
        )
