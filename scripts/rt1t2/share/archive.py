"""A list of checksums and one zip: the same files give the same bytes."""

import hashlib
import zipfile
from collections.abc import Iterable
from pathlib import Path

from rt1t2.errors import UserError

DATE = (1980, 1, 1, 0, 0, 0)  # the earliest that a zip can say
PACKED = (".gz", ".jpg", ".png")
READABLE = 0o100644 << 16  # a file that everybody may read
CHUNK = 1 << 20


def check_folder(files: Iterable[Path], folder: Path) -> None:
    """Stop if a folder holds a file that is none of the study's.

    Raises
    ------
    UserError
        It does: somebody was left out, or a file was put there, after the folder was made.
    """
    strays = {path for path in folder.rglob("*") if not path.is_dir()} - {*files}
    if strays:
        first = min(strays).relative_to(folder)
        raise UserError(
            f"share: {folder} holds {len(strays)} files that are not of this study, such as "
            f"{first}: of somebody who was left out since, or put there by hand. Delete that "
            "folder and give the same command again, so that nobody passes them on."
        )


def checksums(files: Iterable[Path], folder: Path) -> str:
    """Return the lines of ``sha256sum`` for files below a folder, by name."""
    lines = []
    for name, path in _by_name(files, folder):
        with path.open("rb") as file:
            lines.append(f"{hashlib.file_digest(file, 'sha256').hexdigest()}  {name}\n")
    return "".join(lines)


def pack(files: Iterable[Path], folder: Path, archive: Path) -> None:
    """Write a zip of files below a folder: sorted, without dates; images are not packed twice.

    In the zip they lie in a folder of ``folder``'s name.
    """
    with zipfile.ZipFile(archive, "w") as packed:
        for name, path in _by_name(files, folder):
            entry = zipfile.ZipInfo(f"{folder.name}/{name}", DATE)
            entry.external_attr = READABLE
            entry.create_system = 3  # Unix, wherever it is made
            stored = path.suffix in PACKED
            entry.compress_type = zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED
            entry.file_size = path.stat().st_size  # beyond 2 GB it needs wider fields
            with path.open("rb") as source, packed.open(entry, "w") as target:
                while chunk := source.read(CHUNK):
                    target.write(chunk)


def _by_name(files: Iterable[Path], folder: Path) -> list[tuple[str, Path]]:
    named = {path.relative_to(folder).as_posix(): path for path in files}
    return sorted(named.items())
