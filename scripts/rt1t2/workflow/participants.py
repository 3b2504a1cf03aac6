"""The participants table: read, checked row by row, and turned into a cohort.

No science package: the Snakefile reads the table in any environment that Snakemake runs in.
"""

import os
import stat
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import jsonschema
import yaml

from rt1t2.columns import (
    DICOM,
    MISSING,
    NIFTI,
    PATHS,
    RETEST_OF,
    TAR,
    ZIP,
    means_missing,
)
from rt1t2.errors import MachineError, UserError, machine_fault
from rt1t2.tables import parse_column, parse_number
from rt1t2.workflow.bids_dataset import (
    CHOICE,
    find_images,
    odd_entity,
    parse_name,
    require_data_set,
    sessions_of,
)
from rt1t2.workflow.cohort import (
    TEMPLATES,
    Cohort,
    Participant,
    Problem,
    Row,
    own_paths,
)
from rt1t2.workflow.participants_table import read_rows
from rt1t2.workflow.private_words import shareable
from rt1t2.workflow.transmit_files import transmit_files

SCHEMA = Path(__file__).parents[3] / "config/schemas/participants.schema.yaml"
IMAGES = {"t1w": "T1w", "t2w": "T2w"}
NOTHING, NOWHERE, FOLDER, FILE = "nothing", "a link to nothing", "folder", "file"


def read_cohort(
    table: Path,
    groups: Iterable[str],
    control_group: str,
    data_root: Path | None = None,
    bids_dir: Path | None = None,
    simulated: bool = False,
    covariates: Iterable[str] = (),
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
        A BIDS data set to take T1w and T2w from, where the columns do not name them.
    simulated
        The images do not exist yet, because rules of the workflow make them.
    covariates
        Columns that the config names; each is numbers for everybody or words for everybody.

    Returns
    -------
    cohort, problems
        Rows with a problem are not among the cohort's participants.

    Raises
    ------
    UserError
        When the table as a whole cannot be used.
    MachineError
        When a path cannot be looked at, which is nobody's fault.
    """
    schema = yaml.safe_load(SCHEMA.read_text())
    covariates = list(covariates)
    lines = read_rows(table, schema["required"], schema["properties"], covariates)
    if bids_dir:
        require_data_set(bids_dir)
    rows = [line.row for line in lines]
    cohort = Cohort(control_group=control_group)
    problems: list[Problem] = []
    root = data_root or table.resolve().parent
    places = {str(root): "the data folder"}
    if bids_dir:
        places |= {str(bids_dir): "the BIDS data set"}
    checks = _RowChecks(rows, list(groups), schema)
    for line in lines:
        row = line.row
        name, group = row["participant_id"], row["group"]
        where = f"{name} (line {line.number} of {table})"
        messages = [line.problem] if line.problem else list(checks.problems(row))
        person, reason = Participant(name, group, row), row.get("exclude", MISSING)
        if not messages and reason == MISSING:
            try:
                person, reason = _participant(row, root, bids_dir)
                if reason == MISSING and not simulated:
                    messages = list(_file_problems(person))
            except MachineError:
                raise
            except UserError as error:
                messages = [str(error)]
        paths = own_paths(person, table) | places
        if messages:
            problems += [
                Problem(name, group, f"{where}: {text}", paths=paths)
                for text in messages
            ]
        elif reason != MISSING:
            cohort.exclude(name, group, "table", shareable(reason, paths, name))
        else:
            cohort.participants[name] = person
    _check_covariates(cohort, covariates, table)
    problems += _shared_maps(cohort, table)
    for problem in problems:
        cohort.participants.pop(problem.participant_id, None)
    return cohort, problems


def _shared_maps(cohort: Cohort, table: Path) -> list[Problem]:
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
            paths=own_paths(cohort[name], table),
        )
        for names in owners.values()
        if len(names) > 1
        for name in names
    ]


class _RowChecks:
    """What one row has to fulfil, by the schema of columns and beside the other rows."""

    def __init__(self, rows: list[Row], groups: list[str], schema: dict[str, Any]):
        self.groups, self.columns = groups, schema["properties"]
        self.validator = jsonschema.Draft202012Validator(schema)
        self.rows_of = Counter(row["participant_id"] for row in rows)
        self.alike = Counter(name.lower() for name in self.rows_of)
        self.first = {
            row["participant_id"]: row
            for row in rows
            if row.get(RETEST_OF, MISSING) == MISSING
        }

    def problems(self, row: Row) -> Iterator[str]:
        name, group = row["participant_id"], row["group"]
        yield from self._cells(row)
        if name == TEMPLATES:
            yield "this participant_id is kept for calibration.templates. Rename it."
        if self.rows_of[name] > 1:
            yield "this participant_id occurs in more than one row. Give each person one row."
        elif self.alike[name.lower()] > 1:
            yield (
                "another participant_id differs from this one in capital letters only, and "
                "on some disks their files are the same. Rename one."
            )
        if group not in self.groups:
            yield (
                f"group `{group}` is not one of {', '.join(self.groups)}. Correct it, or "
                "add the group to `groups` of the config."
            )
        if (first := row.get(RETEST_OF, MISSING)) != MISSING:
            yield from self._retest(first, name, group, row.get("sex", MISSING))

    def _cells(self, row: Row) -> Iterator[str]:
        """Check each cell against the schema; the group has a better message of its own."""
        typed: dict[str, Any] = {}
        for column, cell in row.items():
            if column not in self.columns or column == "group":
                continue
            if column != "participant_id" and means_missing(cell):
                if column != "exclude":
                    yield f"{column} `{cell}`: n/a is the only code for a missing value."
                    continue
            elif cell == MISSING and column != "participant_id":
                continue
            typed[column] = _bare(cell) if "not" in self.columns[column] else cell
            if self.columns[column].get("type") == "number":
                number = parse_number(cell)
                typed[column] = cell if number is None else number
        for error in self.validator.iter_errors(typed | {"group": row["group"]}):
            column = str(error.absolute_path[0])
            about = self.columns[column]["description"]
            yield f"{column} `{row[column]}` is not {about}."

    def _retest(self, first: str, name: str, group: str, sex: str) -> Iterator[str]:
        if first == name or first not in self.first:
            yield (
                f"retest_of `{first}` is not the participant_id of another row that holds "
                "the person's first scan. Correct it, or write n/a."
            )
        elif (theirs := self.first[first]["group"]) != group:
            yield (
                f"retest_of {first}, who is in group {theirs}: one person is in one group. "
                "Correct the group."
            )
        elif {sex, of_first := self.first[first].get("sex", MISSING)} == {"F", "M"}:
            yield (
                f"retest_of {first}, whose sex is {of_first}, and {sex} here: this is another "
                "person, or one of them is wrong."
            )


def _bare(reason: str) -> str:
    """Return a reason in lower case, without what stands around its words."""
    return reason.lower().strip(" .,;:!?-\u2013\u2014()[]'\"/#") or "-"


def _participant(
    row: Row, root: Path, bids_dir: Path | None
) -> tuple[Participant, str]:
    """Return a row's participant, and why the row is left out (``n/a`` if it is not).

    Raises
    ------
    UserError
        The BIDS data set has nobody of that name, or several images that may be meant.
    """
    paths = {
        column: str(root / row[column])
        for column in PATHS
        if row.get(column, MISSING) != MISSING
    }
    if bids_dir and "map" not in paths:
        paths |= _bids_paths(row, root, bids_dir)
    reason = MISSING
    if "map" not in paths and (
        absent := [image for column, image in IMAGES.items() if column not in paths]
    ):
        place = " in the BIDS data set" if bids_dir else ""
        reason = f"no {' and no '.join(absent)}{place}"
    ac_mm = row.get("ac_mm", MISSING)
    person = Participant(
        row["participant_id"],
        row["group"],
        row,
        ac_mm=None if ac_mm == MISSING else ac_mm,
        **paths,
    )
    return person, reason


def _bids_paths(row: Row, root: Path, bids_dir: Path) -> dict[str, str]:
    """Return the images that a BIDS data set has for a row; a path in the table wins."""
    label = _bids_label(row, bids_dir)
    session = row.get("session", MISSING)
    found: dict[str, list[Path]] = {}
    paths = {}
    for column, image in IMAGES.items():
        cell = row.get(column, MISSING)
        if cell != MISSING and _kind(root / cell) in {FILE, FOLDER}:
            continue
        if cell != MISSING and _kind(bids_dir / cell) in {FILE, FOLDER}:
            _require_own_path(cell, label, column)
            paths[column] = str(bids_dir / cell)
            continue
        choose = "" if cell == MISSING else cell
        if choose and not CHOICE.fullmatch(choose):
            continue
        if _kind(bids_dir / label) != FOLDER:
            raise UserError(
                f"no folder {label} in the BIDS data set {bids_dir}. Correct the "
                "participant_id, or name the folder in a column `person`."
            )
        wanted = "" if session == MISSING else session
        found[column] = find_images(bids_dir, label, image, wanted, choose)
        if found[column]:
            paths[column] = str(_only(found[column], column, bids_dir, bool(choose)))
        elif choose:
            raise UserError(
                f"{column}: no {image} of {label} has the entities `{choose}`. Correct them."
            )
    if session != MISSING and found and not any(found.values()):
        raise UserError(
            f"no image of {label} is of session `{session}` in the BIDS data set. Correct "
            "the column `session`."
        )
    _require_one_session(found)
    return paths


def _require_own_path(cell: str, label: str, column: str) -> None:
    """Refuse the path of another person's image."""
    named = {
        parse_name(f"{part}_").entities.get("sub") for part in Path(cell).parts
    } - {None, label.removeprefix("sub-")}
    if named:
        raise UserError(
            f"{column}: `{cell}` is of sub-{named.pop()}, and the row is of {label}. Correct it, "
            "or name that person in the column `person`."
        )


def _bids_label(row: Row, bids_dir: Path) -> str:
    """Name the folder of a row's person: by ``person``, its own id, or that of a retest."""
    if (person := row.get("person", MISSING)) != MISSING:
        return f"sub-{person.removeprefix('sub-')}"
    own, first = row["participant_id"], row.get(RETEST_OF, MISSING)
    if first != MISSING and _kind(bids_dir / own) != FOLDER:
        return first
    return own


def _only(images: list[Path], column: str, bids_dir: Path, chosen: bool) -> Path:
    image = IMAGES[column]
    names = ", ".join(path.relative_to(bids_dir).as_posix() for path in images)
    if len(images) > 1:
        raise UserError(
            f"{column}: {len(images)} {image} images in the BIDS data set: {names}. Choose by "
            f"a column `session`, or write into column {column} the path, or entities that "
            "only one of them has, such as `ses-1` or `acq-a_run-2`."
        )
    odd = odd_entity(images[0])
    if odd and not chosen:
        why = "after a contrast agent" if odd.startswith("ce-") else "not as scanned"
        raise UserError(
            f"{column}: the only {image} is {why} ({odd}): {names}. "
            f"Write `{odd}` into column {column} to use it all the same, or a reason "
            "into the exclude column."
        )
    return images[0]


def _require_one_session(found: Mapping[str, list[Path]]) -> None:
    sessions = {column: sessions_of(images) for column, images in found.items()}
    if len(sessions) == 2 and all(sessions.values()):
        t1w, t2w = (next(iter(sessions[column])) for column in IMAGES)
        if t1w != t2w:
            raise UserError(
                f"T1w and T2w are of different sessions (`{t1w or 'none'}` and "
                f"`{t2w or 'none'}`). Write a reason into the exclude column, or name both "
                "images in the columns t1w and t2w."
            )


def _check_covariates(cohort: Cohort, covariates: list[str], table: Path) -> None:
    """Stop at a column of numbers in which a cell is none, before any work."""
    for column in covariates:
        cells = {
            name: cohort.row(name).get(column, MISSING) for name in cohort.analysed
        }
        known = {name: cell for name, cell in cells.items() if cell != MISSING}
        if column != "protocol":
            parse_column(known, f"participants table {table}: covariate {column}")


def _file_problems(person: Participant) -> Iterable[str]:
    advice = "Correct the path, or write a reason into the exclude column."
    for column in PATHS:
        text = getattr(person, column)
        if text is None:
            continue
        kind, low = _kind(Path(text)), text.lower()
        image = column in IMAGES
        if "{" in text or "}" in text:
            yield (
                f"{column}: the path {text} contains {{ or }}, which Snakemake reads as a "
                "wildcard. Rename the folder or file, or name a link to it."
            )
        elif kind == NOWHERE:
            yield (
                f"{column}: {text} is a link to nothing. Fetch the content (`datalad get`, "
                f"`git annex get`). {advice}"
            )
        elif kind == NOTHING:
            yield f"{column}: no such file or folder: {text}. {advice}"
        elif kind == FOLDER and not image:
            yield f"{column}: {text} is a folder, not a NIfTI file. {advice}"
        elif kind == FOLDER and not _holds_a_file(text):
            yield f"{column}: the folder {text} holds no file. {advice}"
        elif kind == FILE and image and not low.endswith(NIFTI + ZIP + TAR + DICOM):
            yield (
                f"{column}: {text} is neither a folder, a .zip or .tar.gz archive, nor a "
                f"NIfTI file. {advice}"
            )
        elif kind == FILE and not image and not low.endswith(NIFTI):
            yield f"{column}: {text} is no NIfTI file. {advice}"
        elif kind == FILE and column == "b1":
            try:
                transmit_files(text)
            except UserError as error:
                yield str(error)
    if person.t1w and person.t1w == person.t2w and person.t1w.lower().endswith(NIFTI):
        yield f"t2w is the T1w again: {person.t2w}. Name the T2w, or write n/a."
    if (
        person.lesion
        and person.t1w
        and person.t1w.lower().endswith(NIFTI)
        and _kind(Path(person.t1w)) == _kind(Path(person.lesion)) == FILE
    ):
        yield from _lesion_problems(person)


def _kind(path: Path) -> str:
    """Tell what a path leads to.

    Raises
    ------
    MachineError
        No permission, or a disk that cannot be read.
    """
    try:
        mode = path.stat().st_mode
    except (OSError, ValueError) as error:  # too long a name; a zero byte in it
        if fault := machine_fault(error):
            raise fault from None
        return NOWHERE if os.path.lexists(path) else NOTHING
    return FOLDER if stat.S_ISDIR(mode) else FILE


def _holds_a_file(folder: str) -> bool:
    seen: set[str] = set()
    for top, folders, files in os.walk(folder, followlinks=True):
        if files:
            return True
        if (real := os.path.realpath(top)) in seen:
            folders.clear()
        seen.add(real)
    return False


def _lesion_problems(person: Participant) -> Iterable[str]:
    try:
        from rt1t2.images import grid_difference, same_grid
        from rt1t2.nifti import nib
    except ModuleNotFoundError:  # a bare runner: the import step makes the same check
        return
    try:
        t1w, lesion = (
            nib.as_closest_canonical(nib.load(p)) for p in (person.t1w, person.lesion)
        )
    except Exception as error:
        if fault := machine_fault(error):
            raise fault from None
        yield (
            f"{person.lesion} or the T1w cannot be read as NIfTI ({type(error).__name__}). "
            "Convert or copy the file again."
        )
        return
    grids = lesion.shape, lesion.affine, t1w.shape, t1w.affine
    if not same_grid(*grids, 0.1):
        yield (
            f"the lesion {person.lesion} is not on the grid of the T1w {person.t1w}: "
            f"{grid_difference(*grids)}. Draw or resample it on the T1w."
        )
