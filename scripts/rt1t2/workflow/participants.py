"""The participants table: read, checked row by row, and turned into a cohort.

Standard library only, so that the Snakefile can read the table in any environment.
"""

import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from rt1t2.columns import MISSING, NIFTI, PATHS, RETEST_OF, TAR, ZIP
from rt1t2.errors import UserError
from rt1t2.user_text import read_user_table
from rt1t2.workflow.cohort import TEMPLATES, Cohort, Participant, Problem, Row

REQUIRED = ("participant_id", "group")
OLDEST = 120


def read_cohort(
    table: Path,
    groups: Iterable[str],
    control_group: str,
    data_root: Path | None = None,
    bids_dir: Path | None = None,
    simulated: bool = False,
) -> tuple[Cohort, list[Problem]]:
    """Read and check the participants table.

    Parameters
    ----------
    table
        TSV with the columns of ``config/README.md``.
    groups
        Group codes that the ``group`` column may hold.
    control_group
        The group that sets the intensity scale.
    data_root
        Folder that relative paths start from; the table's own folder by default.
    bids_dir
        A BIDS data set to take T1w and T2w from, instead of the columns.
    simulated
        The images do not exist yet, because rules of the workflow make them.

    Returns
    -------
    cohort, problems
        Rows with a problem are not among the cohort's participants.

    Raises
    ------
    UserError
        When the table as a whole cannot be used.
    """
    rows = _read_rows(table)
    cohort = Cohort(control_group=control_group)
    problems: list[Problem] = []
    root = data_root or table.resolve().parent
    rows_of = Counter(row["participant_id"] for row in rows)
    group_of_first = {
        row["participant_id"]: row["group"]
        for row in rows
        if row.get(RETEST_OF, MISSING) == MISSING
    }
    for number, row in enumerate(rows, start=2):
        name, group = row["participant_id"], row["group"]
        where = f"{name} (line {number} of {table})"
        messages = list(_row_problems(row, rows_of, list(groups), group_of_first))
        if not messages and (reason := _reason_to_exclude(row, bids_dir)):
            cohort.exclude(name, group, "table", reason)
            continue
        if not messages:
            person = _participant(row, root, bids_dir)
            if not simulated:
                messages = list(_file_problems(person))
        if messages:
            problems += [Problem(name, group, f"{where}: {text}") for text in messages]
        else:
            cohort.participants[name] = person
    problems += _shared_maps(cohort)
    for problem in problems:
        cohort.participants.pop(problem.participant_id, None)
    return cohort, problems


def _shared_maps(cohort: Cohort) -> list[Problem]:
    """Find finished maps that several analysed participants name."""
    owners: dict[Path, list[str]] = {}
    for name in cohort.analysed:
        if path := cohort[name].map:
            owners.setdefault(Path(path).resolve(), []).append(name)
    return [
        Problem(
            name,
            cohort[name].group,
            f"{name}: map {cohort[name].map} is also the map of "
            f"{', '.join(n for n in names if n != name)}: one person would count several "
            "times. Name each participant's own map.",
        )
        for names in owners.values()
        if len(names) > 1
        for name in names
    ]


def _read_rows(table: Path) -> list[Row]:
    columns, cells = read_user_table(table, "participants table")
    rows = [{key: value or MISSING for key, value in row.items()} for row in cells]
    if absent := [name for name in REQUIRED if name not in columns]:
        hint = " The columns must be separated by tabs." if len(columns) == 1 else ""
        raise UserError(
            f"participants table {table}: no column {', '.join(absent)}; found "
            f"{', '.join(columns) or 'nothing'}.{hint}"
        )
    if not rows:
        raise UserError(
            f"participants table {table}: no participant. Add one row per participant."
        )
    return rows


def _row_problems(
    row: Row,
    rows_of: Counter[str],
    groups: list[str],
    group_of_first: dict[str, str],
) -> Iterable[str]:
    name, group = row["participant_id"], row["group"]
    if not re.fullmatch(r"sub-[A-Za-z0-9]+", name):
        yield "participant_id must be `sub-` and letters or digits. Rename it."
    if name == TEMPLATES:
        yield "this participant_id is kept for calibration.templates. Rename it."
    if rows_of[name] > 1:
        yield "this participant_id occurs in more than one row. Give each person one row."
    if group not in groups:
        yield (
            f"group `{group}` is not one of {', '.join(groups)}. Correct it, or add the "
            "group to `groups` of the config."
        )
    if (age := row.get("age", MISSING)) != MISSING:
        if not _is_number(age):
            yield f"age `{age}` is not a number. Write years, or n/a."
        elif not 0 <= float(age) <= OLDEST:
            yield f"age `{age}` is not between 0 and {OLDEST} years. Write years, or n/a."
    if (sex := row.get("sex", MISSING)) not in {"M", "F", MISSING}:
        yield f"sex `{sex}` is not M, F or n/a."
    if (first := row.get(RETEST_OF, MISSING)) != MISSING:
        if first == name or first not in group_of_first:
            yield (
                f"retest_of `{first}` is not the participant_id of another row that holds "
                "the person's first scan. Correct it, or write n/a."
            )
        elif group_of_first[first] != group:
            yield (
                f"retest_of {first}, who is in group {group_of_first[first]}: one person is "
                "in one group. Correct the group."
            )
    if (ac := row.get("ac_mm", MISSING)) != MISSING and not (
        len(ac.split(",")) == 3 and all(map(_is_number, ac.split(",")))
    ):
        yield f"ac_mm `{ac}` is not `x,y,z` in scanner mm. Correct it, or write n/a."


def _reason_to_exclude(row: Row, bids_dir: Path | None) -> str | None:
    if (reason := row.get("exclude", MISSING)) != MISSING:
        return reason
    if row.get("map", MISSING) != MISSING or bids_dir:
        return None
    absent = [
        c.upper()[:2] + "w" for c in ("t1w", "t2w") if row.get(c, MISSING) == MISSING
    ]
    return f"no {' and no '.join(absent)}" if absent else None


def _participant(row: Row, root: Path, bids_dir: Path | None) -> Participant:
    paths = {
        column: str(root / row[column])
        for column in PATHS
        if row.get(column, MISSING) != MISSING
    }
    if bids_dir and "map" not in paths:
        for suffix in ("T1w", "T2w"):
            images = sorted(
                (bids_dir / row["participant_id"]).glob(f"**/anat/*_{suffix}.nii*")
            )
            paths[suffix.lower()] = (
                str(images[0]) if len(images) == 1 else f"{len(images)} {suffix} images"
            )
    ac_mm = row.get("ac_mm", MISSING)
    return Participant(
        row["participant_id"],
        row["group"],
        row,
        ac_mm=None if ac_mm == MISSING else ac_mm,
        **paths,
    )


def _file_problems(person: Participant) -> Iterable[str]:
    advice = "Correct the path, or write a reason into the exclude column."
    for column in PATHS:
        text = getattr(person, column)
        if text is None:
            continue
        path = Path(text)
        if not path.exists():
            yield f"{column}: no such file or folder: {text}. {advice}"
        elif path.is_dir() and column in {"lesion", "map"}:
            yield f"{column}: {text} is a folder, not a NIfTI file. {advice}"
        elif path.is_dir() and not any(p.is_file() for p in path.rglob("*")):
            yield f"{column}: the folder {text} holds no file. {advice}"
        elif path.is_file() and not path.name.endswith(NIFTI + ZIP + TAR):
            yield (
                f"{column}: {text} is neither a folder, a .zip or .tar.gz archive, nor a "
                f"NIfTI file. {advice}"
            )
    if person.t1w and person.t1w == person.t2w and person.t1w.endswith(NIFTI):
        yield f"t2w is the T1w again: {person.t2w}. Name the T2w, or write n/a."
    if (
        person.lesion
        and person.t1w
        and person.t1w.endswith(NIFTI)
        and Path(person.t1w).exists()
    ):
        yield from _lesion_problems(person)


def _lesion_problems(person: Participant) -> Iterable[str]:
    try:
        from rt1t2.images import same_grid
        from rt1t2.nifti import nib
    except ModuleNotFoundError:  # a bare runner: the import step makes the same check
        return
    try:
        t1w, lesion = (
            nib.as_closest_canonical(nib.load(p)) for p in (person.t1w, person.lesion)
        )
    except Exception as error:
        yield f"cannot be read as NIfTI: {error}. Convert or copy the file again."
        return
    if not same_grid(t1w.shape, t1w.affine, lesion.shape, lesion.affine, 0.1):
        yield (
            f"the lesion {person.lesion} (matrix {_matrix(lesion)}) is not on the grid of "
            f"the T1w {person.t1w} (matrix {_matrix(t1w)}). Draw or resample it on the T1w."
        )


def _matrix(image: Any) -> str:
    shape = "x".join(str(n) for n in image.shape)
    return f"{shape} at {'x'.join(f'{z:.2f}' for z in image.header.get_zooms()[:3])} mm"


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
