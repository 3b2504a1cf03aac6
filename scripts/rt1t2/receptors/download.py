"""Files that may not be redistributed: from a local folder or downloaded, and verified."""

import csv
import gzip
import hashlib
import http.client
import io
import logging
import time
import urllib.error
import urllib.request
import zlib
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import urlsplit

import numpy as np

from rt1t2.errors import MachineError, UserError
from rt1t2.nifti import nib
from rt1t2.tables import unmarked
from rt1t2.user_text import decoded, visible

SCHEMES = ("http", "https")
TRIES = 3
PAUSE_S = 3  # after the first try, and twice as long after the next
TIMEOUT_S = 30  # without any answer
LONGEST_S = 900  # of one try, however much arrives
CHUNK_BYTES = 1 << 16
# A map of 0.5 mm in template space has 231 MB as float32; the receptor maps have up to 15.
MAX_BYTES = 1 << 28
TEMPORARY = (408, 425, 429)  # of HTTP's 400 to 499, which are otherwise for good

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
        Address (http or https), or the name of a local file.
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
        The file is not in the mirror and has no address that can be downloaded, is damaged,
        larger than any map, or not the expected one.
    MachineError
        The network or the server does not deliver it.
    """
    own_name = PurePosixPath(urlsplit(source).path if "://" in source else source).name
    path = _local_file(source) or _in_mirror([*names, own_name], mirror, what)
    if path is not None:
        log.info("%s: taken from %s", what, path)
        with path.open("rb") as file:
            origin, packed = str(path), _limited(what, str(path), file.read)
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


def read_image(what: str, content: bytes) -> Any:
    """Return nibabel's image of a NIfTI file's content.

    Raises
    ------
    UserError
        It is none, or cut.
    """
    check_nifti(what, content)
    kind = nib.Nifti2Image if content[4:8] == b"n+2\0" else nib.Nifti1Image
    try:
        image = kind.from_bytes(content)
        stored = image.get_data_dtype().itemsize * np.prod(image.shape, dtype=float)
        complete = stored + image.dataobj.offset <= len(content)
    except Exception:  # whatever the reader of a damaged header raises
        complete = False
    if not complete:
        raise UserError(
            f"{what}: the NIfTI file is damaged or cut. Remove it and download it again."
        )
    return image


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
        number: visible(unmarked(name.strip()))
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
    elsewhere = f"put {name} into a folder and set resources.mirror to that folder"
    if urlsplit(url).scheme.lower() not in SCHEMES:
        raise UserError(
            f"{what}: {url} is no address that is downloaded (http or https). Correct it; name "
            f"a file of this machine by its path alone, or {elsewhere}."
        )
    for tried in range(1, TRIES + 1):
        try:
            return _read_url(what, url)
        # A server may answer anything: no HTTP, half of a chunk, a length that is no number
        except (OSError, http.client.HTTPException, ValueError) as error:
            # the error may quote the server
            reason = " ".join(str(error).split())[:150] or type(error).__name__
            log.info("%s: %s: %s", what, url, reason)
            said = f"{what}: {url} could not be downloaded ({reason})."
            code = error.code if isinstance(error, urllib.error.HTTPError) else 0
            if 300 <= code < 500 and code not in TEMPORARY:
                raise UserError(
                    f"{said} Correct the address, or {elsewhere}."
                ) from error
            if tried == TRIES:
                raise MachineError(
                    f"{said} {TRIES} tries failed. Check the network and the address, and "
                    f"give the same command again; or {elsewhere}."
                ) from error
            time.sleep(PAUSE_S * 2 ** (tried - 1))
    raise AssertionError


def _opener() -> urllib.request.OpenerDirector:
    """Return what opens addresses of the web, and nothing else wherever it is redirected."""
    opener = urllib.request.OpenerDirector()
    for handler in (
        *(urllib.request.ProxyHandler(), urllib.request.UnknownHandler()),
        *(urllib.request.HTTPHandler(), urllib.request.HTTPSHandler()),
        *(
            urllib.request.HTTPDefaultErrorHandler(),
            urllib.request.HTTPErrorProcessor(),
        ),
        urllib.request.HTTPRedirectHandler(),
    ):
        opener.add_handler(handler)
    return opener


def _read_url(what: str, url: str) -> bytes:
    begun = time.monotonic()
    with _opener().open(url, timeout=TIMEOUT_S) as answer:
        size = int(answer.headers.get("Content-Length") or 0)
        log.info("%s: downloading %s (%s bytes)", what, url, size or "unknown")

        def read(n: int) -> bytes:
            if time.monotonic() - begun > LONGEST_S:
                raise TimeoutError(f"not finished after {LONGEST_S} s")
            part: bytes = answer.read(n)
            return part

        content = _limited(what, url, read, size)
    if size and len(content) != size:
        raise OSError(f"the connection ended after {len(content)} of {size} bytes")
    return content


def _limited(
    what: str, origin: str, read: Callable[[int], bytes], size: int = 0
) -> bytes:
    """Read to the end, but never more than a map can have; ``size`` is what is expected."""
    content = bytearray()
    while len(content) <= MAX_BYTES >= size and (chunk := read(CHUNK_BYTES)):
        before = len(content)
        content += chunk
        if size and (quarter := len(content) * 4 // size) > before * 4 // size:
            log.info("%s: %d %%", what, 25 * quarter)
    if max(len(content), size) > MAX_BYTES:
        raise UserError(
            f"{what}: {origin} is larger than {MAX_BYTES >> 20} MB, also when it is unpacked, "
            "which no map of a brain is. Check that it is the right file."
        )
    return bytes(content)


def _unpack(what: str, origin: str, packed: bytes) -> bytes:
    if packed[:2] != b"\x1f\x8b":
        return packed
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(packed)) as unpacked:
            return _limited(what, origin, unpacked.read)
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
