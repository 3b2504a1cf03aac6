"""Results of people, contrasts and transmit maps that left the study, kept out of the way.

Nothing below ``results/`` may be of somebody who is not in it. What was made is not lost: it is
moved beside the results, and back when its owner returns. Standard library only, for the
Snakefile.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

from rt1t2.contrasts import MEASURES

RESULTS, ASIDE = Path("results"), Path("set_aside")
OF_PARTICIPANTS = (
    *("bids", "derivatives/rt1t2", "qc", "qc/series", "qc/summaries"),
    *("share/study/bids", "share/study/derivatives/rt1t2", "share/study/records"),
    *("share/defacing", "regions/participants"),
)
OF_CONTRASTS = "group"
# Maps of a contrast whose names say what kind it is: its statistic, and its effect size with limits
OF_A_KIND = re.compile(rf"(t|F|{'|'.join({*MEASURES.values()})})(_low|_high)?\.")
PARTICIPANT = re.compile(r"(sub-[A-Za-z0-9]+)(?=[._]|$)")


def sort_results(
    participants: Collection[str],
    contrasts: Mapping[str, Collection[str]],
    transmit: Collection[str] = (),
) -> str:
    """Move what does not belong to the study out of ``results/``, and back what does.

    Parameters
    ----------
    participants
        Everybody whose files may lie in the results.
    contrasts
        The study's contrasts: names, and how the maps of its kind are called (``t``,
        ``hedges_g``); those of the kind that it was before do not belong to it.
    transmit
        Names, without their endings, of the files of measured transmit fields that belong to it.

    Returns
    -------
    str
        A sentence about what was moved; empty if nothing was.
    """
    members = participants, contrasts, transmit
    moved = set()
    for name, path in list(_owned(RESULTS, *members, belongs=False)):
        _move(path, RESULTS, ASIDE)
        moved.add(name)
    back = set()
    for name, path in list(_owned(ASIDE, *members, belongs=True)):
        _move(path, ASIDE, RESULTS)
        back.add(name)
    sentences = []
    if moved:
        sentences.append(
            f"No longer part of the study, moved to {ASIDE}/: {', '.join(sorted(moved))}."
        )
    if back:
        sentences.append(f"Part of the study again: {', '.join(sorted(back))}.")
    return " ".join(sentences)


def _owned(
    top: Path,
    participants: Collection[str],
    contrasts: Mapping[str, Collection[str]],
    transmit: Collection[str],
    belongs: bool,
) -> Iterator[tuple[str, Path]]:
    """Give the owners and paths of what belongs (or does not) to the study below ``top``."""
    for folder in OF_PARTICIPANTS:
        for path in sorted((top / folder).glob("sub-*")):
            owner = PARTICIPANT.match(path.name)
            if owner:
                member = owner[1] in participants
                parts = _parts(path, member, transmit, belongs)
                for part in parts:
                    yield owner[1] + " (transmit map)" * ("_TB1" in part.name), part
    for path in sorted((top / OF_CONTRASTS).glob("*/*")):
        name = path.parent.name
        kind = OF_A_KIND.match(path.name)
        of_it = name in contrasts and (kind is None or kind[1] in contrasts[name])
        if of_it == belongs:
            yield name, path


def _parts(
    path: Path, member: bool, transmit: Collection[str], belongs: bool
) -> list[Path]:
    """Return what of a participant's file or folder belongs (or does not) to the study.

    All of it, or none, but for the files of a transmit map that a member no longer has.
    """
    if not member:
        return [] if belongs else [path]
    of_a_map = path.glob("fmap/*") if path.is_dir() else [path] * ("_" in path.name)
    strays = sorted(p for p in of_a_map if p.name.split(".")[0] not in transmit)
    if not belongs:
        return strays
    if not strays:
        return [path]
    return [p for p in sorted(path.rglob("*")) if p.is_file() and p not in strays]


def _move(path: Path, top: Path, to: Path) -> None:
    """Move a file or a folder's files; what is there already is newer and stays."""
    files = [path] if path.is_file() else [p for p in path.rglob("*") if p.is_file()]
    for file in files:
        target = to / file.relative_to(top)
        target.parent.mkdir(parents=True, exist_ok=True)
        if target.exists() and to == RESULTS:
            file.unlink()
        else:
            file.replace(target)
    if path.is_dir():
        for folder in sorted((p for p in path.rglob("*") if p.is_dir()), reverse=True):
            folder.rmdir()
        path.rmdir()
    for folder in path.parents:
        if folder == top or any(folder.iterdir()):
            break
        folder.rmdir()
