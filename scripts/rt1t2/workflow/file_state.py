"""The state of a user's files and folders, so that any change of theirs is noticed.

Snakemake compares dates: a scan that is replaced by an older file, or a slice that is added one
folder further down, leaves these as they were. Standard library only, for the Snakefile.
"""

import hashlib
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

ABSENT = "absent"


def state_of(paths: Iterable[str | Path]) -> str:
    """Digest name, size and date of every file; empty where there is none.

    Parameters
    ----------
    paths
        Files and folders. A folder stands for all that lies below it, behind links too. Of the
        paths themselves only the last name counts: a study that is moved has not changed.
    """
    digest = hashlib.sha256()
    number = -1
    for number, path in enumerate(paths):
        digest.update(f"{number}\0{Path(path).name}\0".encode(errors="surrogateescape"))
        for name, size, date_ns in _entries(str(path)):
            digest.update(
                f"{name}\0{size}\0{date_ns}\0".encode(errors="surrogateescape")
            )
    return digest.hexdigest()[:16] if number >= 0 else ""


def name_from_here(path: str | Path, study: str | Path) -> str:
    """Name a file so that a study which is moved, with its run inside it, stays as it was.

    Parameters
    ----------
    path
        An absolute path.
    study
        The folder of the participants table. Relative to the working folder is named what lies
        in the study, while the working folder does so too; all else by its full path.
    """
    here, study = Path.cwd(), Path(study).resolve()
    if here.is_relative_to(study) and Path(path).is_relative_to(study):
        return os.path.relpath(path, here)
    return str(path)


def newest_change(paths: Iterable[str | Path]) -> float:
    """Return when any of these files or folders, or what lies in them, was last touched.

    The time at which the disk noted a change, which copying with the old date does not hide;
    seconds since 1970, 0 where nothing is there.
    """
    newest = 0.0
    for path in paths:
        itself = [""] if os.path.isdir(path) else []  # noqa: PTH112
        for top, _, names in _walk(str(path)):
            for name in (*names, *itself):
                try:
                    newest = max(newest, os.stat(os.path.join(top, name)).st_ctime)  # noqa: PTH116, PTH118
                except OSError:
                    continue
    return newest


def _entries(path: str) -> Iterator[tuple[str, int | str, int]]:
    """Give each file's name below ``path``, its size in bytes and its date."""
    for top, _, names in _walk(path):
        for name in names:
            file = os.path.join(top, name)  # noqa: PTH118
            try:
                about = os.stat(file)  # noqa: PTH116
            except OSError:
                yield os.path.relpath(file, path), ABSENT, 0
            else:
                yield os.path.relpath(file, path), about.st_size, about.st_mtime_ns


def _walk(path: str) -> Iterator[tuple[str, list[str], list[str]]]:
    """Give the folders below ``path`` in a fixed order, each once; of a file its folder."""
    if not os.path.isdir(path):  # noqa: PTH112
        yield os.path.dirname(path), [], [os.path.basename(path)]  # noqa: PTH119, PTH120
        return
    seen: set[str] = set()
    for top, folders, names in os.walk(path, followlinks=True):
        if (real := os.path.realpath(top)) in seen:
            folders.clear()
            continue
        seen.add(real)
        folders.sort()
        yield top, folders, sorted(names)
