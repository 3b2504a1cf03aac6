"""What an earlier run left behind, put in order before the next one is planned.

Snakemake makes a file again when something newer goes into it. It does not see that a file was
damaged or deleted, that what it was made from is gone, or that the clock was wrong. One rule
covers these: a result stays if it is as its step left it and everything that it was made from is
there. All others are removed, and so are made again. Standard library only, for the Snakefile.
"""

import gzip
import os
import shutil
import time
import zlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from rt1t2.workflow.made_files import MadeFile, made_files, unfinished_files

RESULTS = "results/"
# What results/README.md lists under "What may be corrected by hand"
BY_HAND = "results/derivatives/"
BY_HAND_ENDINGS = (".nii.gz", "_xfm.txt")
KEPT_COPIES = Path("replaced_by_hand")
IN_ORDER = "rt1t2_in_order"

SAME_DATE_S = 0.05
AHEAD_S = 60.0  # clocks of two machines may differ by that

UNFINISHED, DELETED, CHANGED = "not finished", "deleted", "damaged or changed"
FUTURE, WITHOUT = "dated in the future", "made from one of these"

Step = tuple[str, ...]


@dataclass
class Disorder:
    """What is not as it should be.

    Attributes
    ----------
    counts
        Files by what is wrong with them.
    remove
        The files to be made again that are there.
    keep_copies
        Those of them that somebody had replaced by hand.
    """

    counts: Counter[str] = field(default_factory=Counter)
    remove: list[str] = field(default_factory=list)
    keep_copies: list[str] = field(default_factory=list)

    def in_words(self) -> str:
        """Say it in one sentence; empty if all is in order."""
        if not self.counts:
            return ""
        what = ", ".join(f"{n} {words}" for words, n in self.counts.items())
        copies = ""
        if self.keep_copies:
            copies = (
                f" What was replaced by hand among them ({len(self.keep_copies)}) is kept "
                f"in {KEPT_COPIES}/."
            )
        return f"Results of an earlier run that are made again: {what}.{copies}"


def find_disorder(folder: Path, now_s: float | None = None) -> Disorder:
    """Look for results that are not as their step left them, and all that was made from them.

    Parameters
    ----------
    folder
        Snakemake's folder ``.snakemake``; results are looked for from the working folder.
    now_s
        The time now, in seconds since 1970.
    """
    if _untouched_since_the_last_end(folder):
        return Disorder()
    now_s = time.time() if now_s is None else now_s
    steps: dict[Step, list[MadeFile]] = {}
    for file in made_files(folder):
        if file.path.startswith(RESULTS):
            steps.setdefault(file.step, []).append(file)
    unfinished = unfinished_files(folder)
    found = Disorder()
    gone: list[str] = []
    broken: set[Step] = set()
    by_hand: set[str] = set()
    for step, every in steps.items():
        steps[step] = files = _of_the_last_job(every)
        dropped = [f.path for f in every if f not in files]
        found.remove += [path for path in dropped if os.path.lexists(path)]
        faults = [_fault(file, unfinished, now_s, by_hand) for file in files]
        wrong = [fault for fault in faults if fault]
        if not wrong:
            continue
        gone += [file.path for file in files]
        if all(fault == DELETED for fault in faults):
            continue  # is made again where it is needed
        broken.add(step)
        found.counts.update(wrong)
    found.remove += [path for path in unfinished if os.path.lexists(path)]
    broken |= _steps_without_input(steps, gone, broken, found.counts)
    there = [f.path for s in broken for f in steps[s] if os.path.lexists(f.path)]
    found.remove = sorted({*found.remove, *there})
    found.keep_copies = [path for path in found.remove if path in by_hand]
    return found


def put_in_order(folder: Path, found: Disorder) -> None:
    """Remove what was found, and the marks of what was not finished."""
    for path in found.keep_copies:
        copy = KEPT_COPIES / path
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(path, copy)
    for path in found.remove:
        Path(path).unlink(missing_ok=True)
    shutil.rmtree(folder / "incomplete", ignore_errors=True)
    (folder / "incomplete").mkdir(exist_ok=True)


def ended_in_order(folder: Path) -> None:
    """Note that a run came to its end: what nobody touches after it need not be looked at."""
    (folder / IN_ORDER).write_text("")


def _of_the_last_job(files: list[MadeFile]) -> list[MadeFile]:
    """Return what a step makes today: an earlier version may have made other files as well."""
    last = max(files, key=lambda file: file.made_s)
    return [file for file in files if file.job == last.job]


def _fault(
    file: MadeFile, unfinished: set[str], now_s: float, by_hand: set[str]
) -> str:
    """Say what is wrong with a file; one that was replaced by hand is noted and right."""
    try:
        date_s = os.stat(file.path).st_mtime  # noqa: PTH116
    except OSError:
        return DELETED
    if file.path in unfinished:
        return UNFINISHED
    if date_s > now_s + AHEAD_S:
        return FUTURE
    if abs(date_s - file.made_s) <= SAME_DATE_S:
        return ""
    replaceable = file.path.startswith(BY_HAND) and file.path.endswith(BY_HAND_ENDINGS)
    if replaceable and _can_be_read(file.path):
        by_hand.add(file.path)
        return ""
    return CHANGED


def _can_be_read(path: str) -> bool:
    """Read a file to its end: a packed one that was cut or damaged cannot be."""
    try:
        opened = gzip.open(path) if path.endswith(".gz") else open(path, "rb")  # noqa: PTH123
        with opened as file:
            size = 0
            while block := file.read(1 << 20):
                size += len(block)
    except (OSError, EOFError, zlib.error):
        return False
    return size > 0


def _steps_without_input(
    steps: dict[Step, list[MadeFile]],
    gone: Iterable[str],
    broken: set[Step],
    counts: Counter[str],
) -> set[Step]:
    """Return the steps that have read something which is gone, directly or through others."""
    readers: dict[str, set[Step]] = {}
    for step, files in steps.items():
        for path in {path for file in files for path in file.inputs}:
            if path.startswith(RESULTS):
                readers.setdefault(path, set()).add(step)
    made = {file.path for files in steps.values() for file in files}
    nowhere = [p for p in readers if p not in made and not os.path.exists(p)]  # noqa: PTH110
    todo = [*gone, *nowhere]
    found: set[Step] = set()
    while todo:
        for step in readers.get(todo.pop(), set()) - found - broken:
            found.add(step)
            there = sum(os.path.lexists(file.path) for file in steps[step])
            if there:
                counts[WITHOUT] += there
            todo += [file.path for file in steps[step]]
    return found


def _untouched_since_the_last_end(folder: Path) -> bool:
    """Tell whether nothing below the results was written or removed after a run's good end."""
    try:
        end_s = os.stat(folder / IN_ORDER).st_mtime  # noqa: PTH116
    except OSError:
        return False
    if end_s > time.time() or any((folder / "incomplete").iterdir()):
        return False
    for top, _, names in os.walk(RESULTS):
        for path in (top, *(os.path.join(top, name) for name in names)):  # noqa: PTH118
            if os.lstat(path).st_ctime > end_s:
                return False
    return True
