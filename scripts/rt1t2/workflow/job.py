"""What every rule's script does around its ``main``: logging, user errors, failure records."""

import contextlib
import logging
import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NoReturn

from rt1t2.errors import MachineError, UserError, machine_fault
from rt1t2.workflow.failure_records import (
    Failure,
    failure_record,
    read_failure,
    write_failure,
)
from rt1t2.workflow.last_screen import FINISHED
from rt1t2.workflow.private_words import paths_of_inputs, shareable
from rt1t2.workflow.run_lock import SNAKEMAKE, date_not_before_the_run, job_at_work

# One thread per job: Snakemake tells OpenMP and BLAS so (`threads: 1`), but not ITK.
os.environ["ITK_GLOBAL_DEFAULT_NUMBER_OF_THREADS"] = "1"

log = logging.getLogger("rt1t2")


def run(main: Callable[..., None], snakemake: Any) -> None:
    """Call a script's ``main`` with the rule's own names, logging to the rule's log file.

    ``input``, ``output`` and ``params`` become keyword arguments, so that the signature of
    ``main`` is the rule; :func:`arguments` says what does not.

    A :class:`~rt1t2.errors.UserError` ends the job with its one message, without a
    traceback; where the rule belongs to one participant (wildcard ``sub``) the message is
    also kept under ``results/qc/failures/`` so that the list of exclusions can name it, and
    so is any other error, by its kind. A full disk and the like are kept as the machine's
    fault, for which nobody is left out. The log of a job that comes to its end says so.
    """
    _log_to(snakemake.log[0])
    participant = dict(snakemake.wildcards.items()).get("sub")
    record = failure_record(participant) if participant else None
    with job_at_work(SNAKEMAKE):
        try:
            main(**arguments(snakemake.input, snakemake.output, snakemake.params))
        except UserError as error:
            _stop(error, snakemake, record)
        except Exception as error:
            if fault := machine_fault(error):
                _stop(fault, snakemake, record)
            log.exception("%s failed", snakemake.rule)
            # what it says may quote anything
            said = (
                f"{participant}: an error of the workflow ({type(error).__name__}), not of "
                f"the scans. Please report it with {snakemake.log[0]}."
            )
            _keep(record, snakemake, said)
            raise
        date_not_before_the_run(SNAKEMAKE, map(str, snakemake.output))
        log.info(FINISHED)
        if record and (failure := read_failure(record)):
            if failure.rule == snakemake.rule:
                record.unlink(missing_ok=True)


def _stop(error: UserError, snakemake: Any, record: Path | None) -> NoReturn:
    """End the job with one message, and keep it; a machine's fault is marked as one.

    The log and the terminal name the user's paths, and the record does not.
    """
    log.error("%s", error)
    if record:
        paths = paths_of_inputs(snakemake.input)
        said = shareable(str(error), paths, record.stem, look_inside=True)
        _keep(record, snakemake, said, isinstance(error, MachineError))
    sys.exit(f"\n{snakemake.rule}: {error}\n")


def _keep(
    record: Path | None, snakemake: Any, message: str, machine: bool = False
) -> None:
    """Write the record of a failed job of one participant."""
    code = str(dict(snakemake.params.items()).get("code", ""))
    if record:
        with contextlib.suppress(OSError):  # the disk that is full may be this one
            write_failure(record, Failure(snakemake.rule, message, code, machine))


def arguments(*named: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a script's ``main`` takes.

    All names but those of sidecars, and ``own_files``, which only makes Snakemake notice that a
    user's file has changed.
    """
    names = {name: value for part in named for name, value in part.items()}
    names.pop("own_files", None)
    return {
        name: value
        for name, value in names.items()
        if not (name.endswith("_json") and name.removesuffix("_json") in names)
    }


def _log_to(path: str) -> None:
    handler = logging.FileHandler(path, mode="w")
    handler.setFormatter(logging.Formatter("%(levelname)s %(message)s"))
    logging.captureWarnings(True)
    logging.getLogger().handlers = [handler]
    log.setLevel(logging.INFO)
