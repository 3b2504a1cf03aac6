"""Records of participants whose jobs failed: one small JSON each, below results/qc/failures.

Standard library only, for the Snakefile.
"""

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from rt1t2.columns import NIFTI
from rt1t2.records import read_json
from rt1t2.workflow.bids_dataset import applicable_sidecars
from rt1t2.workflow.cohort import Cohort, Participant, Problem
from rt1t2.workflow.file_state import newest_change
from rt1t2.workflow.transmit_files import transmit_files

FAILURES = Path("results/qc/failures")


def failure_record(participant_id: str, folder: Path = FAILURES) -> Path:
    """Return where a participant's failure is recorded."""
    return folder / f"{participant_id}.json"


@dataclass(frozen=True)
class Failure:
    """Why one participant's job failed.

    Attributes
    ----------
    rule
        The rule that stopped.
    message
        One message for the user.
    code
        Digest of the code that stopped: another version may not.
    machine
        Whether the machine was at fault, for which nobody is left out.
    """

    rule: str
    message: str
    code: str = ""
    machine: bool = False


def write_failure(record: Path, failure: Failure) -> None:
    """Write a record whole or not at all."""
    record.parent.mkdir(parents=True, exist_ok=True)
    kept: dict[str, str | bool] = {
        "rule": failure.rule,
        "message": failure.message,
        "code": failure.code,
    }
    if failure.machine:
        kept["machine"] = True
    half = record.with_name(f".{record.name}.{os.getpid()}")
    try:
        half.write_text(json.dumps(kept) + "\n")
        half.replace(record)
    finally:
        half.unlink(missing_ok=True)


def read_failure(record: Path) -> Failure | None:
    """Read a record; ``None`` if there is none, or none that is whole."""
    try:
        kept = read_json(record)
        return Failure(
            kept["rule"], kept["message"], kept.get("code", ""), "machine" in kept
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def recorded_failures(cohort: Cohort, folder: Path = FAILURES) -> list[Problem]:
    """Return the participants who are left out because a job of theirs failed."""
    problems = []
    for record in sorted(folder.glob("sub-*.json")):
        person, failure = cohort.participants.get(record.stem), read_failure(record)
        if person and failure and not failure.machine:
            problems.append(
                Problem(record.stem, person.group, failure.message, failure.rule)
            )
    return problems


def outdated_failures(
    cohort: Cohort,
    code_of: Callable[[str], str],
    own_files: tuple[Path, ...],
    folder: Path = FAILURES,
) -> list[Path]:
    """Return the records that say nothing about the next run: their job is tried again.

    Those of the machine's faults, of other code, of people who are not in the study, those that
    are not whole, and those from before a change in the user's files.

    Parameters
    ----------
    cohort
        Everybody in the table.
    code_of
        Gives the digest of a rule's code.
    own_files
        The participants table and the config: what everybody depends on.
    folder
        Where the records are.
    """
    changed_s = newest_change(own_files)
    outdated = []
    for record in sorted(folder.glob("*.json")):
        person, failure = cohort.participants.get(record.stem), read_failure(record)
        if person and failure and not failure.machine:
            paths = _files_of(person)
            recorded_s = record.stat().st_mtime
            same_code = failure.code == code_of(failure.rule)
            if same_code and max(changed_s, newest_change(paths)) <= recorded_s:
                continue
        outdated.append(record)
    return outdated


def _files_of(person: Participant) -> list[str]:
    """Return the user's files of which a participant is made, sidecars too."""
    images = [path for path in (person.t1w, person.t2w, person.lesion) if path]
    if person.b1:
        images += transmit_files(person.b1).images()
    niftis = [Path(path) for path in images if path.lower().endswith(NIFTI)]
    return images + [str(s) for path in niftis for s in applicable_sidecars(path)]
