"""What Snakemake wrote down about every file that a step has made.

It keeps one small JSON per file below ``.snakemake/metadata``, and an empty one below
``.snakemake/incomplete`` while a step is at work. Standard library only, for the Snakefile.
"""

import base64
import binascii
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from rt1t2.records import read_json


@dataclass(frozen=True)
class MadeFile:
    """A file as it was when its step had ended.

    Attributes
    ----------
    path
        As the rule names it, from the run folder.
    step
        What the files of one step share, whenever they were made: the rule and its logs.
    job
        What the files share that one run of the step has made.
    inputs
        Paths of all files that the step read.
    made_s
        Its date then, in seconds since 1970.
    """

    path: str
    step: tuple[str, ...]
    job: int | None
    inputs: tuple[str, ...]
    made_s: float


def made_files(folder: Path) -> list[MadeFile]:
    """Return everything that Snakemake remembers having made, sorted by path."""
    files = []
    for path, record in _records(folder / "metadata"):
        try:
            about = read_json(record)
        except (ValueError, OSError):  # cut short by a full disk
            continue
        if "endtime" not in about:
            continue
        step = (str(about.get("rule")), *(about.get("log") or ()))
        inputs = tuple(about.get("input") or ())
        files.append(
            MadeFile(path, step, about.get("job_hash"), inputs, about["endtime"])
        )
    return sorted(files, key=lambda file: file.path)


def unfinished_files(folder: Path) -> set[str]:
    """Return the files of steps that had begun and not ended when their run was killed."""
    return {path for path, _ in _records(folder / "incomplete")}


def _records(folder: Path) -> Iterator[tuple[str, Path]]:
    """Give what each record is about, and the record.

    The path is its name in base64; of a long one, the folders begin with @.
    """
    for top, _, names in os.walk(folder):
        parts = Path(top).relative_to(folder).parts
        for name in names:
            coded = "".join([*(part.removeprefix("@") for part in parts), name])
            try:
                path = base64.urlsafe_b64decode(coded).decode()
            except (binascii.Error, UnicodeDecodeError):
                continue
            yield path, Path(top) / name
