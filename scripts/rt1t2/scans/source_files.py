"""Every file of a DICOM source: folders, what links lead to, what lies packed inside."""

import gzip
import os
import re
import shutil
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from rt1t2.columns import NIFTI, TAR, ZIP
from rt1t2.errors import UserError, machine_fault
from rt1t2.foreign_files import is_pointer
from rt1t2.scans.archives import unpack

DEPTH = 3  # archives in archives
UNKNOWN_ARCHIVES = (".7z", ".rar", ".zipx", ".tar.zst", ".tar.lz", ".iso")
CLUTTER = {"thumbs.db", "desktop.ini", "dicomdir"}
NOWHERE, EMPTY = "links to nothing", "empty"
NOT_FETCHED, DAMAGED = "not fetched (git-annex or git-lfs)", "damaged"
MAGIC_END = 132  # of a DICOM file's preamble


@dataclass(frozen=True)
class SourceFile:
    """A file of a source.

    Attributes
    ----------
    path
        Where it can be read.
    place
        Folder, and name with ``#`` for numbers: what files of one series share.
    lost
        Why it cannot be read; empty if it can.
    other
        What it is if it is certainly no DICOM: ``"NIfTI"``, or an archive of unknown kind.
    """

    path: Path
    place: tuple[str, str]
    lost: str = ""
    other: str = ""


def source_files(source: Path, scratch: Path) -> list[SourceFile]:
    """List all files of a source, in the order of their paths.

    Links are followed, once each. ``.gz`` files of DICOM and archives that lie inside are
    unpacked into ``scratch``.

    Parameters
    ----------
    source
        A folder, one file, or an archive.
    scratch
        A folder for what is unpacked; made when it is needed.

    Raises
    ------
    UserError
        An archive cannot be unpacked.
    MachineError
        A folder or file cannot be read for a reason that is the machine's.
    """
    if source.is_file() and source.name.lower().endswith(ZIP + TAR):
        return _unpacked(source, scratch, str(source), 1)
    found = _walk(source) if source.is_dir() else iter([source])
    return list(_opened([(path, path) for path in found], scratch, str(source), 1))


def what_lies_there(files: Iterable[SourceFile]) -> str:
    """Say what of a source is no readable DICOM image, for a message; empty if nothing."""
    counts = Counter(file.lost or file.other for file in files)
    for nothing in ("", "clutter"):
        counts.pop(nothing, None)
    return ", ".join(f"{n} file(s) {_is(what)}" for what, n in sorted(counts.items()))


def _is(what: str) -> str:
    if what == "NIfTI":
        return "are NIfTI: name the file itself"
    if what in UNKNOWN_ARCHIVES:
        return f"are {what} archives: unpack them"
    return f"are {what}"


def _walk(folder: Path) -> Iterator[Path]:
    """Give the files below a folder, behind links as well; a circle of links ends."""
    seen: set[str] = set()
    found: list[Path] = []

    def stop(error: OSError) -> None:
        raise machine_fault(error) or error

    for top, folders, names in os.walk(folder, followlinks=True, onerror=stop):
        if (real := os.path.realpath(top)) in seen:
            folders.clear()
            continue
        seen.add(real)
        found += [Path(top) / name for name in names]
        folders.sort()
    yield from sorted(found)


def _opened(
    files: list[tuple[Path, Path | PurePosixPath]],
    scratch: Path,
    called: str,
    depth: int,
) -> Iterator[SourceFile]:
    """Look at files (where they are, what they are called) and open what is packed."""
    for number, (path, name) in enumerate(files):
        low = name.name.lower()
        place = (str(name.parent), _pattern(low.removesuffix(".gz")))
        lost = _lost(path)
        if low.startswith(".") or low in CLUTTER or "__MACOSX" in name.parts:
            if not lost:
                yield SourceFile(path, place, other="" if low[0] == "." else "clutter")
        elif lost or low.endswith(NIFTI):
            yield SourceFile(path, place, lost, "" if lost else "NIfTI")
        elif kind := next((e for e in UNKNOWN_ARCHIVES if low.endswith(e)), ""):
            yield SourceFile(path, place, other=kind)
        elif low.endswith(ZIP + TAR):
            inner = f"an archive inside {called}"
            if depth >= DEPTH:
                raise UserError(f"{inner} lies too deep. Unpack it.")
            folder = scratch / f"inside_{depth}_{number:06d}"
            linked = folder.with_name(f"{folder.name}{_ending(low)}")
            linked.parent.mkdir(parents=True, exist_ok=True)
            linked.symlink_to(path.resolve())
            yield from _unpacked(linked, folder, inner, depth + 1)
        elif low.endswith(".gz"):
            yield _gunzipped(path, place, scratch / f"gz_{depth}_{number:06d}")
        else:
            yield SourceFile(path, place)


def _pattern(name: str) -> str:
    """Return a name with ``#`` for numbers, also hexadecimal ones as in hashes and UUIDs."""
    hexadecimal = r"(?<![a-z0-9])(?=[a-f]*\d|[a-f]{8})[0-9a-f]+(?![a-z0-9])"
    return re.sub(r"\d+", "#", re.sub(hexadecimal, "#", name))


def _ending(name: str) -> str:
    return next(ending for ending in ZIP + TAR if name.endswith(ending))


def _unpacked(
    archive: Path, scratch: Path, called: str, depth: int
) -> list[SourceFile]:
    members = [
        (path, PurePosixPath(name.replace("\\", "/")))
        for path, name in unpack(archive, scratch / "files", called)
    ]
    return list(_opened(list(members), scratch, called, depth))


def _gunzipped(path: Path, place: tuple[str, str], target: Path) -> SourceFile:
    """Unpack one compressed DICOM file; what holds something else is left as it is."""
    try:
        with gzip.open(path) as packed:
            start = packed.read(MAGIC_END)
            if not start.endswith(b"DICM") and not place[1].endswith((".dcm", ".ima")):
                return SourceFile(path, place, other="clutter")
            target.parent.mkdir(parents=True, exist_ok=True)
            with target.open("wb") as file:
                file.write(start)
                shutil.copyfileobj(packed, file)
    except Exception as error:  # zlib.error, EOFError, BadGzipFile, ...
        if fault := machine_fault(error):
            raise fault from None
        return SourceFile(path, place, lost=DAMAGED)
    return SourceFile(target, place)


def _lost(path: Path) -> str:
    """Say why a file has no content; empty if it has."""
    try:
        size = path.stat().st_size
        if size == 0:
            return EMPTY
        if size < 1024:
            return NOT_FETCHED if is_pointer(path.read_bytes()) else ""
    except OSError as error:  # not found, or a link that leads back to itself
        if fault := machine_fault(error):
            raise fault from None
        return NOWHERE
    return ""
