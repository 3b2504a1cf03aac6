"""Who takes part in a study, who is left out and why; standard library only, for the Snakefile."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from rt1t2.columns import MISSING, NIFTI, PATHS, RETEST_OF
from rt1t2.tables import write_tsv
from rt1t2.workflow.private_words import SOURCES, TABLE, shareable

TEMPLATES = "sub-templates"  # stands for the pair of templates in file names
EXCLUSION_COLUMNS = ("participant_id", "group", "stage", "reason")

Row = dict[str, str]


@dataclass(frozen=True)
class Participant:
    """One analysed row of the table; paths are resolved, missing values are ``None``."""

    participant_id: str
    group: str
    row: Row
    t1w: str | None = None
    t2w: str | None = None
    lesion: str | None = None
    map: str | None = None
    b1: str | None = None
    ac_mm: str | None = None

    @property
    def retest(self) -> bool:
        """Whether this is a repeated scan of someone in another row."""
        return self.row.get(RETEST_OF, MISSING) != MISSING


@dataclass(frozen=True)
class Problem:
    """Something wrong with one row: the message says what, where and what to do."""

    participant_id: str
    group: str
    message: str
    stage: str = "check"
    paths: Mapping[str, str] = field(default_factory=dict)  # and what to call each

    @property
    def shareable(self) -> str:
        """The message without the user's paths."""
        return shareable(self.message, self.paths, self.participant_id)


@dataclass
class Cohort:
    """Everybody in the table: who is analysed, and who is not with the reason."""

    participants: dict[str, Participant] = field(default_factory=dict)
    exclusions: list[Row] = field(default_factory=list)
    control_group: str = ""
    templates: Participant | None = None

    def __getitem__(self, participant_id: str) -> Participant:
        """Return one participant, or the pair of templates that sets the scale."""
        if self.templates and participant_id == self.templates.participant_id:
            return self.templates
        return self.participants[participant_id]

    @property
    def analysed(self) -> list[str]:
        """Everybody who enters group statistics, in the order of the table.

        A repeated scan does not: its person would count twice.
        """
        return [name for name, person in self.participants.items() if not person.retest]

    @property
    def people(self) -> list[str]:
        """The analysed, of a person with several rows (column ``person``) the first only."""
        first: dict[str, str] = {}
        for name in self.analysed:
            person = self[name].row.get("person", MISSING)
            first.setdefault(name if person == MISSING else f"person {person}", name)
        return list(first.values())

    @property
    def scanned(self) -> list[str]:
        """Those who enter with images, not with a finished map; repeated scans too."""
        return [name for name, person in self.participants.items() if not person.map]

    @property
    def analysed_scans(self) -> list[str]:
        """Those of the analysed who enter with images."""
        return [name for name in self.analysed if not self[name].map]

    @property
    def controls(self) -> list[str]:
        """Scanned controls; a cohort without (one patient looked at alone) has itself."""
        scans = self.analysed_scans
        controls = [name for name in scans if self[name].group == self.control_group]
        return controls or scans

    @property
    def reference(self) -> list[str]:
        """Those whose tissue outside the brain sets the intensity scale: controls or templates."""
        return [self.templates.participant_id] if self.templates else self.controls

    def row(self, participant_id: str) -> Row:
        """Return a participant's row of the table."""
        return self[participant_id].row

    def analysed_rows(self, *columns: str) -> list[Row]:
        """Return the analysed rows, with the columns of :func:`narrow_row`."""
        return [narrow_row(self.row(name), *columns) for name in self.analysed]

    def people_rows(self, *columns: str) -> list[Row]:
        """Return the rows of :attr:`people`, with the columns of :func:`narrow_row`."""
        return [narrow_row(self.row(name), *columns) for name in self.people]

    def all_rows(self, *columns: str) -> list[Row]:
        """Return the rows of the analysed and of repeated scans, as :func:`narrow_row`."""
        return [narrow_row(self.row(name), *columns) for name in self.participants]

    def scanned_rows(self, *columns: str) -> list[Row]:
        """Return the rows of those who enter with images, as :func:`narrow_row`."""
        return [narrow_row(self.row(name), *columns) for name in self.scanned]

    def members(self, group: str) -> list[str]:
        """Return the analysed participants of one group."""
        return [name for name in self.analysed if self[name].group == group]

    def sources(self) -> dict[str, int]:
        """Count what the analysed came with: finished maps, scans, and what these had."""
        scans = [self[name] for name in self.analysed_scans]
        images = [path for person in scans for path in (person.t1w, person.t2w) if path]
        return {
            "finished_maps": len(self.analysed) - len(scans),
            "scans": len(scans),
            "dicom": sum(not path.endswith(NIFTI) for path in images),
            "lesions": sum(bool(person.lesion) for person in scans),
            "b1_maps": sum(bool(person.b1) for person in scans),
            "given_origins": sum(bool(person.ac_mm) for person in scans),
        }

    def sizes(self, groups: Iterable[str]) -> dict[str, int]:
        """Return the number of the analysed of each group that has any."""
        sizes = {group: len(self.members(group)) for group in groups}
        return {group: n for group, n in sizes.items() if n}

    def leave_out(self, problems: Iterable[Problem]) -> None:
        """Turn problems into exclusions, so that the others can go on without them."""
        for problem in problems:
            self.participants.pop(problem.participant_id, None)
            self.exclude(
                *(problem.participant_id, problem.group, problem.stage),
                problem.shareable,
            )

    def exclude(self, name: str, group: str, stage: str, reason: str) -> None:
        """List someone as not analysed."""
        self.exclusions.append(
            {"participant_id": name, "group": group, "stage": stage, "reason": reason}
        )


def own_paths(person: Participant, table: Path) -> dict[str, str]:
    """Return the paths that a message about a person may name, and what to call each."""
    paths = {str(table): TABLE}
    for column in PATHS:
        cell = person.row.get(column, MISSING)
        for path in (cell, getattr(person, column)):
            if path not in (None, MISSING):
                paths[path] = SOURCES[column]
    if (label := person.row.get("person", MISSING)) != MISSING:
        paths |= dict.fromkeys((label, f"sub-{label}"), SOURCES["person"])
    return paths


def write_exclusions(exclusions: Iterable[Row], path: str | Path) -> None:
    """Write who is not analysed and why, sorted by participant, one row each.

    Parameters
    ----------
    exclusions
        Each with EXCLUSION_COLUMNS; ``stage`` is the rule that stopped, ``"check"``, or
        ``"table"``, where the participants table itself says so.
    path
        The TSV to write; folders are made as needed.
    """
    rows = sorted(exclusions, key=lambda row: (row["participant_id"], row["stage"]))
    cells = [
        {column: " ".join(row[column].split()) or None for column in EXCLUSION_COLUMNS}
        for row in rows
    ]
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    write_tsv(cells, EXCLUSION_COLUMNS, path)


def narrow_row(row: Row, *columns: str) -> Row:
    """Return ``participant_id``, ``group`` and the named columns that a row has.

    A rule is given what its script reads and nothing else: a remark or a path in another
    column reaches no result, and changing it makes nothing again.
    """
    kept = {"participant_id", "group", *columns}
    return {name: cell for name, cell in row.items() if name in kept}
