"""What a message may say where it is shared: words instead of the user's paths and file names.

A path of a user may name a patient. The terminal and the logs say it, because whoever runs the
workflow needs it; what lies under ``results/`` does not. Standard library only, for the Snakefile.
"""

import os
import re
import tarfile
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path, PurePosixPath
from typing import Any

from rt1t2.columns import TAR, ZIP

TABLE = "the participants table"
# What a row's own files are called, by the column of the table and by the input of a rule.
SOURCES = {
    "t1w": "the T1w source",
    "t2w": "the T2w source",
    "lesion": "the lesion mask",
    "map": "the map",
    "b1": "the transmit map",
    "person": "the person's folder",
    "t1w_source": "the T1w source",
    "t2w_source": "the T2w source",
    "drawn_lesion": "the lesion mask",
    "measured_b1": "the transmit map",
}
OF_THE_TABLE = {
    "t1w_source",
    "t2w_source",
    "drawn_lesion",
    "measured_b1",
}  # whatever their folder is called
OUR_FOLDERS = ("results", "logs", "benchmarks", "resources", "simulation", ".snakemake")
# Names of folders and files that tell nothing of anybody, and that messages use as words
ORDINARY = {
    *("anat", "bids", "data", "dicom", "dcm", "lesion", "map", "mask", "mri", "nifti"),
    *("raw", "scan", "scans", "series", "t1w", "t2w", "zip", "home", "tmp", "mnt"),
    *OUR_FOLDERS,
}
SUFFIXES = "T1w|T2w|T1wT2wratio|mask|TB1map|TB1AFI|TB1TFL"
MAX_NAMES = 100_000  # looked for in a message; nobody's scan has more files
# A path from the root, of a home folder, of a drive or a server of Windows; or an address
ABSOLUTE = re.compile(
    r"(?P<address>\b(?!file:)[A-Za-z][\w+.-]+://\S*)|file:/+|"
    r"(?<![\w.:/+<)\]}-])(?:~/|~[A-Za-z][\w.-]*/|//?(?=[\w^~@])|[A-Za-z]:[\\/]|\\\\)"
)
END = re.compile(r"[^\s'\"`)>,;]*[^\s'\"`)>,;:.]")
MORE = re.compile(r"[ ][^\s'\"`)>,;]*/[^\s'\"`)>,;]*[^\s'\"`)>,;:.]")

# A name with what is joined to it, such as the rest of a file's name
WHOLE_NAME = r"(?:[\w^-]+[/_-])*(?<![A-Za-z0-9^]){}(?![A-Za-z0-9^])(?:[/_.-][\w^-]+)*"
SESSION = re.compile(r"ses-[A-Za-z0-9]+")


def shareable(
    message: str,
    sources: Mapping[str, str],
    participant_id: str = "",
    look_inside: bool = False,
) -> str:
    """Return a message with words in the place of paths, and of names in them.

    Parameters
    ----------
    message
        What the user is told.
    sources
        Path that the user gave, as written or resolved -> what to call it. The folders above
        it and their names go too.
    participant_id
        A name that is no secret.
    look_inside
        Also replace the names of the files inside sources that are folders or archives.
    """
    known = {path: words for path, words in sources.items() if path.strip("./~ ")}
    spoken = any(name in message for name, _ in _names(known, {}))
    if not (look_inside or spoken or {"/", "\\"} & set(message)):
        return message
    inside = {
        path: list(islice(_names_inside(Path(path)), MAX_NAMES)) if look_inside else []
        for path in known
    }
    text = message
    for spelling, words, names in _spellings(known, inside):
        text = _without_path(text, spelling, words, names)
    here = str(Path.cwd())
    if len(here) > 1:
        text = text.replace(f"{here}/", "").replace(here, "the run folder")
    text = _without_absolute(text)
    for name, words in _names(known, inside):
        if name in text and not _is_no_secret(name, participant_id):
            text = re.sub(WHOLE_NAME.format(re.escape(name)), words, text)
    return text


def paths_of_inputs(inputs: Mapping[str, Any]) -> dict[str, str]:
    """Return a job's inputs that are the user's own files, and what to call each."""
    paths = {}
    for name, value in inputs.items():
        source = name.removesuffix("_json")
        words = SOURCES.get(source, f"the file `{source}`")
        if source != name:
            words = f"a sidecar of {words}"
        for path in [value] if isinstance(value, str) else value:
            ours = PurePosixPath(path).parts[0] in OUR_FOLDERS
            if name in OF_THE_TABLE or not ours:
                paths[str(path)] = words
    return paths


def _spellings(
    known: Mapping[str, str], inside: Mapping[str, list[str]]
) -> list[tuple[str, str, list[str]]]:
    """Return every way to write a path or a folder above it, its words and its content."""
    found: dict[str, tuple[str, list[str]]] = {}
    for path, words in known.items():
        for written in _written(path):
            for above in PurePosixPath(written).parents:
                if len(above.parts) > 1:
                    found.setdefault(str(above), (f"a folder above {words}", []))
    for path, words in known.items():  # a source may lie in another one
        for written in _written(path):
            if len(PurePosixPath(written).parts) > 1:
                found[written] = (words, inside[path])
    longest_first = sorted(found, key=lambda written: (-len(written), written))
    return [(written, *found[written]) for written in longest_first]


def _written(path: str) -> tuple[str, ...]:
    """Return a path as it is, from the root, and without links."""
    return path, str(Path.cwd() / path), os.path.realpath(path)


def _without_path(text: str, path: str, words: str, inside: Iterable[str]) -> str:
    """Replace a path, and what is written behind it of the files that lie in it."""
    start = 0
    contents: set[str] | None = None
    while (position := text.find(path, start)) >= 0:
        end, said = position + len(path), words
        before, after = text[position - 1 : position], text[end : end + 1]
        start = position + 1
        if before.isalnum() or before == "/" or after.isalnum() or after in {"_", "-"}:
            continue  # a part of another name
        if after == "/":
            contents = set(inside) if contents is None else contents
            end, said = _behind(text, end, words, contents)
        text = text[:position] + said + text[end:]
        start = position + len(said)
    return text


def _behind(text: str, slash: int, words: str, inside: set[str]) -> tuple[int, str]:
    """Find the end of a file's path within a source, and say how deep it lies."""
    line = text.find("\n", slash)
    for end in range(len(text) if line < 0 else line, slash + 1, -1):
        if text[slash + 1 : end] in inside:
            break
    else:
        end = _end_of_path(text, slash)
    folders = text[slash + 1 : end].strip("/").count("/")
    if not text[slash:end].strip("/"):
        return end, words
    if words.startswith("a folder above"):
        return end, f"a file beside {words.removeprefix('a folder above ')}"
    deep = f" ({folders} folder{'s' * (folders > 1)} down)" if folders else ""
    return end, f"a file of {words}{deep}"


def _without_absolute(text: str) -> str:
    """Replace every other path of this machine."""
    start = 0
    while match := ABSOLUTE.search(text, start):
        if match["address"]:
            start = match.end()
            continue
        end = _end_of_path(text, match.start())
        path = text[match.start() : end]
        said = "a folder" if os.path.isdir(path) else "a file"  # noqa: PTH112, maybe no path
        text = text[: match.start()] + said + text[end:]
        start = match.start() + len(said)
    return text


def _end_of_path(text: str, start: int) -> int:
    """Return where a path ends: at a space, unless what follows one still has a slash."""
    quote = text[start - 1 : start]
    if quote in {"'", '"', "`"} and (closing := text.find(quote, start)) > 0:
        return closing
    first = END.match(text, start)
    end = first.end() if first else start + 1
    while more := MORE.match(text, end):
        end = more.end()
    return max(end, start + 1)


def _names(
    known: Mapping[str, str], inside: Mapping[str, list[str]]
) -> Iterator[tuple[str, str]]:
    """Give the names in paths that might stand alone in a message, longest first."""
    found: dict[str, str] = {}
    for path, words in known.items():
        for place in inside.get(path, []):
            found |= dict.fromkeys((place, *place.split("/")), f"a file of {words}")
    for path, words in known.items():
        *above, last = PurePosixPath(path).parts
        for name in above:
            if not name.isalpha():  # a folder called Patients is more likely a word
                found[name] = f"a folder above {words}"
        found[last] = words
    return iter(sorted(found.items(), key=lambda pair: (-len(pair[0]), pair)))


def _is_no_secret(name: str, participant_id: str) -> bool:
    """Tell whether a name is a common word, a small number or the participant's own."""
    if len(name) < 3 or name.lower() in ORDINARY or SESSION.fullmatch(name):
        return True
    if (name.isascii() and name.isalpha() and name.islower()) or (
        name.isdigit() and len(name) < 6
    ):
        return True  # as a word of a message, or a series number, it is more likely
    bids = rf"{re.escape(participant_id)}((_[a-z]+-[A-Za-z0-9]+)*_({SUFFIXES})(\.[a-z.]+)?)?"
    return bool(participant_id) and bool(re.fullmatch(bids, name))


def _names_inside(source: Path) -> Iterator[str]:
    """Give the places of all files in a folder or an archive, as far as it can be read."""
    try:
        if source.is_dir():
            for top, _, names in os.walk(source):
                for name in names:
                    yield (Path(top) / name).relative_to(source).as_posix()
        elif source.name.lower().endswith(ZIP):
            with zipfile.ZipFile(source) as packed:
                yield from packed.namelist()
        elif source.name.lower().endswith(TAR):
            with tarfile.open(source) as tar:
                yield from tar.getnames()
    except Exception:  # a damaged archive: what it holds cannot be told by name either
        return
