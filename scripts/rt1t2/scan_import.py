"""From what the participants table names to the one image of each contrast."""

from dataclasses import dataclass
from pathlib import Path

from rt1t2.archives import source_kind, unpack
from rt1t2.contrast import (
    Choice,
    choose,
    chosen_or_stop,
    fat_suppressed,
    guess_contrast,
    has_contrast_agent,
)
from rt1t2.conversion import Converted, convert_series, read_nifti
from rt1t2.dicom_series import Series, find_series
from rt1t2.errors import UserError
from rt1t2.image_checks import check_head_image, same_image
from rt1t2.nifti import nib
from rt1t2.series_ledger import Row, nifti_row, series_row


@dataclass(frozen=True)
class Scan:
    """One contrast's source: a NIfTI file, or the series found and the one chosen."""

    contrast: str
    path: Path
    kind: str
    series: list[Series]
    choice: Choice


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
    found: dict[Path, list[Series]] = {}
    scans = []
    for contrast, path in sources.items():
        kind = source_kind(path)
        if kind == "nifti":
            scans.append(Scan(contrast, path, kind, [], Choice(None, {})))
            continue
        if path not in found:
            folder = path
            if kind == "archive":
                folder = scratch / f"unpacked_{contrast}"
                unpack(path, folder)
            found[path] = find_series(folder)
        choice = choose(found[path], contrast)
        scans.append(Scan(contrast, path, kind, found[path], choice))
    return scans


def ledger_rows(scans: list[Scan]) -> list[Row]:
    """List every series found once, with the decision about it and the reason."""
    rows = []
    for path in dict.fromkeys(scan.path for scan in scans):
        users = [scan for scan in scans if scan.path == path]
        source = "+".join(scan.contrast.lower() for scan in users)
        if users[0].kind == "nifti":
            rows.append(_nifti_row(path, source, users))
            continue
        for index, one in enumerate(users[0].series):
            row = series_row(one, source, users[0].kind)
            used = [scan.contrast for scan in users if scan.choice.series is one]
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
        data, affine, entries = read_nifti(scan.path)
        flags = _affine_flags(scan.path)
        entries |= {"SourceKind": "nifti", "AcquisitionKnown": "EchoTime" in entries}
    else:
        where = f"column {scan.contrast.lower()}, {scan.path}"
        series = chosen_or_stop(scan.choice, scan.series, scan.contrast, where)
        data, affine, entries = convert_series(series, scratch)
        flags = _series_flags(series, scan.contrast)
        entries |= {"SourceKind": scan.kind, "AcquisitionKnown": True}
    flags += check_head_image(data, affine, name)
    return data, affine, entries | {"Flags": flags}


def check_pair(scans: list[Scan], t1w: Converted, t2w: Converted) -> None:
    """Refuse a T2w that is the T1w again.

    Raises
    ------
    UserError
        The same series, file or content twice.
    """
    first, second = scans
    same_series = first.choice.series is not None and (
        first.choice.series is second.choice.series
    )
    same_file = first.kind == "nifti" and first.path.resolve() == second.path.resolve()
    if same_series or same_file or same_image(t1w[0], t1w[1], t2w[0], t2w[1]):
        raise UserError(
            f"the T2w is the T1w again ({second.path}). Give the T2w in column t2w, or fill "
            "in exclude if there is none."
        )
    norms = [image[2].get("ScannerIntensityNormalisation") for image in (t1w, t2w)]
    if set(norms) == {"NORM", "none"}:
        text = "only one of T1w and T2w was intensity-normalised by the scanner (NORM)"
        for image in (t1w, t2w):
            image[2]["Flags"].append(text)


def _nifti_row(path: Path, source: str, users: list[Scan]) -> Row:
    try:
        image = nib.load(path)
        row = nifti_row(image.shape, image.affine, source)
    except (nib.filebasedimages.ImageFileError, OSError, EOFError, IndexError):
        return {
            "source": source,
            "kind": "nifti",
            "decision": "not used",
            "reason": "not readable",
        }
    return row | _decision([scan.contrast for scan in users], [], "")


def _decision(used: list[str], reasons: list[str], contrast: str) -> Row:
    """Put the decision into words; a mere other contrast is no reason beside a better one."""
    if used:
        return {"decision": f"used as {' and '.join(used)}"}
    telling = [reason for reason in reasons if reason and reason != contrast]
    return {
        "decision": "not used",
        "reason": "; ".join(dict.fromkeys(telling or reasons)),
    }


def _series_flags(series: Series, contrast: str) -> list[str]:
    tests = {
        "the header does not tell the contrast; taken because no other series is there": (
            guess_contrast(series.header) != contrast
        ),
        "instance numbers have gaps: slices may be missing at an end": (
            series.numbers_have_gaps
        ),
        "acquired after a contrast agent": has_contrast_agent(series.header),
        "fat-suppressed: no fat landmark for the calibration": (
            fat_suppressed(series.header)
        ),
        "the rescale slope varies between slices": len(series.rescale_slopes) > 1,
    }
    return [text for text, applies in tests.items() if applies]


def _affine_flags(path: Path) -> list[str]:
    header = nib.load(path).header
    if header["sform_code"] and header["qform_code"]:
        apart = abs(header.get_sform() - header.get_qform()).max()
        if apart > 1:
            return [f"sform (used) and qform differ by up to {apart:.1f} mm"]
    return []
