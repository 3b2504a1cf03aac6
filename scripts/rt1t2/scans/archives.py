"""What a participants table may point at, and how an archive of it is unpacked."""

import shutil
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path, PurePosixPath
from typing import IO, cast

from rt1t2.columns import NIFTI, TAR, ZIP
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


def unpack(archive: Path, folder: Path) -> None:
    """Unpack every regular file of an archive into ``folder`` under a running number.

    The names inside an archive never become names on this machine: they may lead outside
    the folder, be too long, or name a patient.

    Raises
    ------
    UserError
        The archive cannot be read, is encrypted, or has a member whose name leads outside
        the archive or that is a link or a device.
    """
    folder.mkdir(parents=True, exist_ok=True)
    try:
        for number, (name, open_member) in enumerate(_members(archive)):
            _refuse_unsafe(name, archive)
            with open_member() as packed, (folder / f"{number:06d}").open("wb") as file:
                shutil.copyfileobj(packed, file)
    except (zipfile.BadZipFile, tarfile.TarError, EOFError, OSError) as error:
        raise UserError(
            f"{archive} cannot be read as an archive ({type(error).__name__}). It may be "
            "incomplete: copy it again, or unpack it and give the folder."
        ) from None
    except (RuntimeError, NotImplementedError):
        raise UserError(
            f"{archive} is encrypted or packed by an unknown method. Unpack it and give "
            "the folder."
        ) from None


def _members(archive: Path) -> Iterator[Member]:
    if archive.name.lower().endswith(ZIP):
        with zipfile.ZipFile(archive) as packed:
            for item in packed.infolist():
                if not item.is_dir():
                    yield item.filename, partial(packed.open, item)
        return
    with tarfile.open(archive) as tar:
        for entry in tar:
            if entry.isfile():
                extract = partial(tar.extractfile, entry)
                yield entry.name, cast(Callable[[], IO[bytes]], extract)
            elif not entry.isdir():
                raise UserError(
                    f"{archive} contains a link or a device, which is not safe to unpack. "
                    "Pack the DICOM files themselves."
                )


def _refuse_unsafe(name: str, archive: Path) -> None:
    path = PurePosixPath(name.replace("\\", "/"))
    drive = len(path.parts) > 0 and path.parts[0].endswith(":")
    if path.is_absolute() or drive or ".." in path.parts:
        raise UserError(
            f"{archive} contains a file whose name leads outside the archive, which is not safe "
            "to unpack. Pack the DICOM folder again."
        )
