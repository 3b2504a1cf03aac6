"""What a participants table may point at, and how an archive of it is unpacked."""

import shutil
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path, PurePosixPath
from typing import IO, cast

from rt1t2.columns import NIFTI, TAR, ZIP
from rt1t2.damage import damage_told
from rt1t2.errors import UserError

Member = tuple[str, Callable[[], IO[bytes]]]


def source_kind(path: Path) -> str:
    """Tell what a path is: ``"nifti"``, ``"archive"`` or ``"dicom"`` (folder or one file).

    Raises
    ------
    UserError
        Nothing is there.
    """
    if not path.exists():
        raise UserError(
            f"{path} does not exist. Correct the path in the participants table."
        )
    if path.is_file() and path.name.lower().endswith(NIFTI):
        return "nifti"
    if path.is_file() and path.name.lower().endswith(ZIP + TAR):
        return "archive"
    return "dicom"


def unpack(archive: Path, folder: Path, called: str = "") -> list[tuple[Path, str]]:
    """Unpack every regular file of an archive into ``folder`` under a running number.

    The names inside an archive never become names on this machine: they may lead outside
    the folder, be too long, or name a patient.

    Parameters
    ----------
    archive
        A zip or tar file, by its name.
    folder
        Where the files go.
    called
        What messages call the archive; its path by default.

    Returns
    -------
    list
        Each file and its name in the archive, which only tells files of one series apart.

    Raises
    ------
    UserError
        The archive cannot be read to its end, is encrypted, or has a member whose name leads
        outside the archive or that is a link or a device.
    """
    called = called or str(archive)
    folder.mkdir(parents=True, exist_ok=True)
    unpacked: list[tuple[Path, str]] = []
    damaged = (
        f"{called} cannot be read as an archive ({{error}}). It may be incomplete: copy it "
        "again, or unpack it and give the folder."
    )
    with damage_told(damaged):
        try:
            for number, (name, open_member) in enumerate(_members(archive, called)):
                _refuse_unsafe(name, called)
                path = folder / f"{number:06d}"
                with open_member() as packed, path.open("wb") as file:
                    shutil.copyfileobj(packed, file)
                unpacked.append((path, name))
        except (RuntimeError, NotImplementedError):
            raise UserError(
                f"{called} is encrypted or packed by an unknown method. Unpack it and give "
                "the folder."
            ) from None
    return unpacked


def _members(archive: Path, called: str) -> Iterator[Member]:
    if archive.name.lower().endswith(ZIP):
        with zipfile.ZipFile(archive) as packed:
            for item in packed.infolist():
                if not item.is_dir():
                    yield item.filename, partial(packed.open, item)
                elif item.file_size:
                    raise zipfile.BadZipFile("a folder with content")
        return
    with tarfile.open(archive) as tar:
        for entry in tar:
            if entry.isfile():
                extract = partial(tar.extractfile, entry)
                yield entry.name, cast(Callable[[], IO[bytes]], extract)
            elif not entry.isdir():
                raise UserError(
                    f"{called} contains a link or a device, which is not safe to unpack. "
                    "Pack the DICOM files themselves."
                )
        _require_end(tar)


def _require_end(tar: tarfile.TarFile) -> None:
    """Read a tar file to its end: behind a damaged entry Python stops without a word.

    What follows the last entry is zeros, at least one block of them.

    Raises
    ------
    tarfile.ReadError
        Something else follows, or nothing at all.
    """
    stream = cast(IO[bytes], tar.fileobj)
    length = 0
    while chunk := stream.read(1 << 20):
        length += len(chunk)
        if chunk.count(0) != len(chunk):
            raise tarfile.ReadError("a damaged entry")
    if length == 0:
        stream.seek(tar.offset)
        if not stream.read(tarfile.BLOCKSIZE):
            raise tarfile.ReadError("no end of the archive")


def _refuse_unsafe(name: str, called: str) -> None:
    path = PurePosixPath(name.replace("\\", "/"))
    drive = len(path.parts) > 0 and path.parts[0].endswith(":")
    if path.is_absolute() or drive or ".." in path.parts:
        raise UserError(
            f"{called} contains a file whose name leads outside the archive, which is not safe "
            "to unpack. Pack the DICOM folder again."
        )
