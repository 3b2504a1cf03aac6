"""Files that may not be redistributed: from a local folder or downloaded, and verified."""

import csv
import gzip
import hashlib
import io
import logging
import time
import urllib.error
import urllib.request
import zlib
from collections.abc import Iterable, Sequence
from pathlib import Path, PurePosixPath

from rt1t2.errors import UserError
from rt1t2.user_text import decoded

TIMEOUT_S = 30
PAUSE_S = 3
CHUNK_BYTES = 1 << 16

log = logging.getLogger("rt1t2")


def download(
    what: str,
    source: str,
    sha256: str | None,
    mirror: str | None,
    names: Iterable[str] = (),
) -> bytes:
    """Return a file's content, unpacked: from the mirror if it is there, else downloaded.

    Parameters
    ----------
    what
        How messages call the file.
    source
        URL, or the name of a local file.
    sha256
        Of the unpacked content; ``None`` or n/a is not checked.
    mirror
        Folder that is searched, with its subfolders, before any download.
    names
        File names to look for in the mirror, in addition to the source's own; each is
        also tried with .gz added and removed.

    Raises
    ------
    UserError
        The file is not in the mirror and cannot be downloaded, is damaged, or is not the
        expected one.
    """
    own_name = PurePosixPath(source).name
    path = _local_file(source) or _in_mirror([*names, own_name], mirror, what)
    if path is not None:
        log.info("%s: taken from %s", what, path)
        origin, packed = str(path), path.read_bytes()
    elif "://" in source:
        origin, packed = source, _from_url(what, source, own_name)
    else:
        raise UserError(
            f"{what}: there is no file {source}, neither here nor in resources.mirror "
            f"({mirror or 'not set'}). Correct the name, or put the file there."
        )
    content = _unpack(what, origin, packed)
    _verify(what, origin, content, sha256)
    return content


def check_nifti(what: str, content: bytes) -> None:
    """Stop unless the content begins as a NIfTI file (and not, say, as a web page)."""
    if content[344:348] != b"n+1\0" and content[4:8] != b"n+2\0":
        raise UserError(
            f"{what}: the file is not a NIfTI image (.nii). Check its URL, or put the right "
            "file into resources.mirror."
        )


def save_packed(content: bytes, path: str | Path) -> None:
    """Write gzip-packed, the same bytes for the same content."""
    with (
        Path(path).open("wb") as file,
        gzip.GzipFile("", "wb", 5, file, mtime=0) as packed,
    ):
        packed.write(content)


def region_names(what: str, content: bytes, regions: Iterable[int]) -> dict[int, str]:
    """Find the names of atlas regions in a delimited table, whatever its columns are called.

    The numbers are in the column of whole numbers that has all regions of the atlas; a column
    that only counts the rows is taken where there is no other. The names are in the first
    column whose heading says name, else in the first column that is not numbers. Delimited
    by tab, semicolon or comma.

    Raises
    ------
    UserError
        No column has all regions, or two that differ do.
    """
    wanted = set(regions)
    lines = decoded(content, what).splitlines()
    header = lines[0] if lines else ""
    delimiter = max("\t;,", key=header.count)
    rows = list(csv.reader(io.StringIO("\n".join(lines)), delimiter=delimiter))
    headings, *rows = [row for row in rows if row] or [[]]
    columns = list(zip(*rows, strict=False))
    headings += [""] * (len(columns) - len(headings))
    numbers = [[_whole(cell) for cell in column] for column in columns]
    index = _label_column(what, numbers, headings, wanted)
    texts = [position for position, column in enumerate(numbers) if None in column]
    named = [position for position in texts if "name" in headings[position].lower()]
    if index is None or not texts:
        raise UserError(
            f"{what}: no column holds the numbers of all {len(wanted)} regions of the atlas "
            "image beside a column of names. Check receptors.atlas.labels, or set it to "
            "null to number the regions."
        )
    return {
        number: name.strip()
        for number, name in zip(
            numbers[index], columns[(named or texts)[0]], strict=True
        )
        if number in wanted
    }


def _label_column(
    what: str,
    numbers: Sequence[Sequence[int | None]],
    headings: Sequence[str],
    wanted: set[int],
) -> int | None:
    """Return the position of the column that holds the labels of the atlas, if there is one."""

    def counts_rows(column: Sequence[int | None]) -> bool:
        return list(column) in [[*range(s, s + len(column))] for s in (0, 1)]

    complete = [p for p, column in enumerate(numbers) if wanted <= set(column)]
    labels = [p for p in complete if not counts_rows(numbers[p])]
    # a column of labels that lacks a region must not give way to the count of the rows
    partial = [
        p
        for p, column in enumerate(numbers)
        if p not in complete
        and None not in column
        and len(set(column)) == len(column)
        and len(wanted & set(column)) > len(wanted) / 2
        and not counts_rows(column)
    ]
    if complete and partial and not labels:
        lacking = sorted(wanted - set(numbers[partial[0]]))
        raise UserError(
            f"{what}: the column {headings[partial[0]]} lacks the region "
            f"{', '.join(map(str, lacking))} of the atlas image. Add it, or set "
            "receptors.atlas.labels to null to number the regions."
        )
    if len({tuple(numbers[p]) for p in labels}) > 1:
        raise UserError(
            f"{what}: the columns {' and '.join(headings[p] for p in labels)} both hold "
            "all regions of the atlas image. Leave only the one with its values."
        )
    return next(iter(labels or complete), None)


def _local_file(source: str) -> Path | None:
    path = Path(source)
    return path if "://" not in source and path.is_file() else None


def _in_mirror(names: Iterable[str], mirror: str | None, what: str) -> Path | None:
    if mirror is None:
        return None
    folder = Path(mirror).expanduser()
    if not folder.is_dir():
        raise UserError(
            f"{what}: resources.mirror is {mirror}, and there is no such folder. Correct "
            "the config, or set it to null to download."
        )
    plain = [name.removesuffix(".gz") for name in names]
    wanted = dict.fromkeys(n for name in plain for n in (name, f"{name}.gz"))
    files = {path.name: path for path in sorted(folder.rglob("*"), reverse=True)}
    hits = [files[name] for name in wanted if name in files and files[name].is_file()]
    if not hits:
        log.info("%s: none of %s is in %s", what, ", ".join(wanted), folder)
    return hits[0] if hits else None


def _from_url(what: str, url: str, name: str) -> bytes:
    for last_try in (False, True):
        try:
            return _read_url(what, url)
        except (urllib.error.URLError, OSError, ValueError) as error:
            log.info("%s: %s: %s", what, url, error)
            if last_try:
                raise UserError(
                    f"{what}: {url} could not be downloaded ({error}). Check the network "
                    f"and the URL, or put {name} into a folder and set resources.mirror "
                    "to that folder."
                ) from error
            time.sleep(PAUSE_S)
    raise AssertionError


def _read_url(what: str, url: str) -> bytes:
    chunks, received, reported = [], 0, 0
    with urllib.request.urlopen(url, timeout=TIMEOUT_S) as answer:
        size = int(answer.headers.get("Content-Length") or 0)
        log.info("%s: downloading %s (%s bytes)", what, url, size or "unknown")
        while chunk := answer.read(CHUNK_BYTES):
            chunks.append(chunk)
            received += len(chunk)
            if size and received * 4 // size > reported:
                reported = received * 4 // size
                log.info("%s: %d %%", what, 25 * reported)
    if size and received != size:
        raise OSError(f"the connection ended after {received} of {size} bytes")
    return b"".join(chunks)


def _unpack(what: str, origin: str, packed: bytes) -> bytes:
    if packed[:2] != b"\x1f\x8b":
        return packed
    try:
        return gzip.decompress(packed)
    except (OSError, EOFError, zlib.error) as error:
        raise UserError(
            f"{what}: {origin} is a damaged gzip file ({error}). Remove it and download it again."
        ) from error


def _verify(what: str, origin: str, content: bytes, sha256: str | None) -> None:
    digest = hashlib.sha256(content).hexdigest()
    if sha256 in (None, "", "n/a"):
        log.warning("%s: sha256 %s, not checked: none is given for it", what, digest)
    elif digest != sha256.lower():
        raise UserError(
            f"{what}: {origin} is not the expected file: the sha256 of its unpacked content "
            f"is {digest}, and should be {sha256}. Remove it and download it again; if another "
            "file is meant, correct the sha256 where it is written down."
        )
    else:
        log.info("%s: sha256 as expected (%d bytes)", what, len(content))


def _whole(cell: str) -> int | None:
    try:
        return int(cell)
    except ValueError:
        return None
