"""Images and sidecars of a BIDS data set; standard library only, for the Snakefile.

A small finder instead of pybids, bids2table or ancpbids: one participant's folder is listed when
it is asked for, nothing is indexed, and the Snakefile needs no further package.
"""

import fnmatch
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from rt1t2.columns import NIFTI
from rt1t2.errors import UserError

ENTITY = re.compile(r"([a-z]+)-([A-Za-z0-9]+)")
CHOICE = re.compile(r"[a-z]+-[A-Za-z0-9]+(_[a-z]+-[A-Za-z0-9]+)*")
DESCRIPTION = "dataset_description.json"
# What makes an image another than the one as scanned, where both are there
NOT_PLAIN = ("ce", "space", "desc")
DEPTH = 4  # data set, participant, session, data type
# Parts of a complex image that are no magnitude, and copies that are not as scanned.
NO_IMAGE = {"part": {"phase", "real", "imag"}}


@dataclass(frozen=True)
class Name:
    """A BIDS file name: its entities, its suffix."""

    entities: Mapping[str, str]
    suffix: str


def parse_name(name: str) -> Name:
    """Take a file name apart: ``sub-01_ses-2_T1w.nii.gz`` has ``sub``, ``ses`` and ``T1w``."""
    *parts, suffix = name.split(".")[0].split("_")
    matches = (ENTITY.fullmatch(part) for part in parts)
    entities = {match[1]: match[2] for match in matches if match}
    return Name(entities, suffix)


def require_data_set(folder: Path) -> None:
    """Stop if ``bids_dir`` is no folder with participants.

    Raises
    ------
    UserError
        It is not there, or holds no ``sub-`` folder.
    """
    if not folder.is_dir():
        raise UserError(
            f"`bids_dir` of the config: {folder} is no folder. Correct it, or take it out "
            "and name the images in the columns t1w and t2w."
        )
    if not any(path.name.startswith("sub-") for path in folder.iterdir()):
        raise UserError(
            f"`bids_dir` of the config: {folder} holds no sub- folder. Point it at the top "
            "of the BIDS data set."
        )


def find_images(
    data_set: Path, label: str, suffix: str, session: str = "", choose: str = ""
) -> list[Path]:
    """List the images of one participant that may serve, in the order of their names.

    Phase, real and imaginary parts, images after a contrast agent (``ce-``) or no longer as
    scanned (``space-``, ``desc-``) where there are others, and what ``.bidsignore`` names are
    left out.

    Parameters
    ----------
    data_set
        Top folder.
    label
        ``sub-<label>``.
    suffix
        ``"T1w"`` or ``"T2w"``.
    session
        Only of this session, with or without ``ses-``.
    choose
        Entities that the image has to have, such as ``"acq-highres_run-2"``.

    Raises
    ------
    UserError
        An image is named as of another person or session than the folder it lies in.
    """
    top = data_set / label
    sessions = [path for path in _listed(top) if path.name.startswith("ses-")]
    folders = [top / "anat", *(path / "anat" for path in sessions)]
    wanted = dict(ENTITY.findall(choose))
    if session:
        wanted["ses"] = session.removeprefix("ses-")
    found = []
    for path in (path for folder in folders for path in _listed(folder)):
        if not path.name.lower().endswith(NIFTI) or _ignored(data_set, path):
            continue
        name = parse_name(path.name)
        of_session = parse_name(path.parent.parent.name + "_x").entities
        entities = {**of_session, **name.entities}
        parts = any(entities.get(key) in bad for key, bad in NO_IMAGE.items())
        if name.suffix == suffix:
            _require_own(path, {"sub": label.removeprefix("sub-"), **of_session})
        if name.suffix == suffix and not parts and wanted.items() <= entities.items():
            found.append(path)
    plain = [path for path in found if not odd_entity(path)]
    return found if wanted.keys() & set(NOT_PLAIN) else plain or found


def odd_entity(image: Path) -> str:
    """Return the entity by which an image is not the plain one, such as ``ce-gadolinium``."""
    entities = parse_name(image.name).entities
    return next((f"{key}-{entities[key]}" for key in NOT_PLAIN if key in entities), "")


def _require_own(path: Path, folder: Mapping[str, str]) -> None:
    named = parse_name(path.name).entities
    for key in ("sub", "ses"):
        if key in folder and named.get(key, folder[key]) != folder[key]:
            raise UserError(
                f"{path} is named as of {key}-{named[key]} and lies in a folder of "
                f"{key}-{folder[key]}. Find out whose it is, and rename or move it."
            )


def sessions_of(images: list[Path]) -> set[str]:
    """Return the sessions that images belong to; ``""`` without."""
    return {parse_name(path.name).entities.get("ses", "") for path in images}


def applicable_sidecars(image: Path) -> list[Path]:
    """List the JSON sidecars that hold for a NIfTI: general ones first, as BIDS inherits.

    Inside a BIDS data set (a folder above has ``dataset_description.json``) these are all
    whose entities the image has, from the top folder down; elsewhere the one beside it.
    """
    own = _stem(image)
    beside = image.with_name(f"{own}.json")
    levels = [image.parent, *list(image.parent.parents)[: DEPTH - 1]]
    tops = [n for n, folder in enumerate(levels) if (folder / DESCRIPTION).is_file()]
    if not tops:
        return [beside] if os.path.lexists(beside) else []
    name = parse_name(image.name)
    found = []
    for folder in reversed(levels[: tops[0] + 1]):
        here = [
            path
            for path, other in _sidecars_in(folder)
            if other.suffix == name.suffix
            and other.entities.items() <= name.entities.items()
        ]
        found += sorted(here, key=lambda path: len(parse_name(path.name).entities))
    if os.path.lexists(beside) and beside not in found:
        found.append(beside)
    return found


@cache
def _sidecars_in(folder: Path) -> tuple[tuple[Path, Name], ...]:
    """List the JSON files of a folder whose names are entities and a suffix."""
    return tuple(
        (path, parse_name(path.name))
        for path in _listed(folder)
        if path.suffix.lower() == ".json"
        and all(ENTITY.fullmatch(part) for part in path.stem.split("_")[:-1])
    )


def _stem(image: Path) -> str:
    ending = next((e for e in NIFTI[::-1] if image.name.lower().endswith(e)), "")
    return image.name[: len(image.name) - len(ending)]


@cache
def _listed(folder: Path) -> tuple[Path, ...]:
    """List a folder once; one that is not there, or no folder, is empty."""
    try:
        return tuple(sorted(folder.iterdir()))
    except (FileNotFoundError, NotADirectoryError):
        return ()


def _ignored(data_set: Path, path: Path) -> bool:
    """Tell by the last pattern that names a file; one with ``!`` takes it back."""
    place, ignored = path.relative_to(data_set).as_posix(), False
    for pattern in _ignore_list(data_set):
        if _matches(pattern.removeprefix("!"), place):
            ignored = not pattern.startswith("!")
    return ignored


@cache
def _ignore_list(data_set: Path) -> tuple[str, ...]:
    try:
        text = (data_set / ".bidsignore").read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return ()
    lines = (line.strip() for line in text.splitlines())
    return tuple(line for line in lines if line and not line.startswith("#"))


def _matches(pattern: str, place: str) -> bool:
    """Tell whether a pattern in git's manner names a file or a folder above it."""
    anchored = "/" in pattern.rstrip("/")
    pattern = pattern.strip("/").removeprefix("**/")
    parts = place.split("/")
    above = ["/".join(parts[:n]) for n in range(1, len(parts) + 1)]
    if not anchored:
        return any(fnmatch.fnmatchcase(part, pattern) for part in parts)
    return any(
        fnmatch.fnmatchcase(each, pattern) or fnmatch.fnmatchcase(each, f"*/{pattern}")
        for each in above
    )
