"""What every rule's script does around its ``main``: logging, user errors, failure records."""

import contextlib
import json
import logging
import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NoReturn

from rt1t2.errors import MachineError, UserError, machine_fault
from rt1t2.records import read_json
from rt1t2.workflow.failures import FINISHED
from rt1t2.workflow.private_words import paths_of_inputs, shareable

# One thread per job: Snakemake tells OpenMP and BLAS so (`threads: 1`), but not ITK.
os.environ["ITK_GLOBAL_DEFAULT_NUMBER_OF_THREADS"] = "1"

FAILURES = Path("results/qc/failures")

log = logging.getLogger("rt1t2")


def run(main: Callable[..., None], snakemake: Any) -> None:
    """Call a script's ``main`` with the rule's own names, logging to the rule's log file.

    ``input``, ``output`` and ``params`` become keyword arguments, so that the signature of
    ``main`` is the rule. Only ``t1w_json`` beside ``t1w`` does not: it declares the sidecar,
    which whoever has the image finds with :func:`rt1t2.images.sidecar`.

    A :class:`~rt1t2.errors.UserError` ends the job with its one message, without a
    traceback; where the rule belongs to one participant (wildcard ``sub``) the message is
    also kept under ``results/qc/failures/`` so that the list of exclusions can name it, and
    so is any other error, by its kind. A full disk and the like are kept as the machine's
    fault, for which nobody is left out. The log of a job that comes to its end says so.
    """
    _log_to(snakemake.log[0])
    participant = dict(snakemake.wildcards.items()).get("sub")
    record = FAILURES / f"{participant}.json"
    try:
        main(**arguments(snakemake.input, snakemake.output, snakemake.params))
    except UserError as error:
        _stop(error, snakemake, record if participant else None)
    except Exception as error:
        if fault := machine_fault(error):
            _stop(fault, snakemake, record if participant else None)
        log.exception("%s failed", snakemake.rule)
        if participant:  # what it says may quote anything
            _keep(
                record,
                snakemake.rule,
                f"{participant}: an error of the workflow ({type(error).__name__}), not of "
                f"the scans. Please report it with {snakemake.log[0]}.",
            )
        raise
    log.info(FINISHED)
    if participant and record.exists():
        with contextlib.suppress(ValueError):  # cut short by a full disk
            if read_json(record).get("rule", snakemake.rule) != snakemake.rule:
                return
        record.unlink()


def _stop(error: UserError, snakemake: Any, record: Path | None) -> NoReturn:
    """End the job with one message, and keep it; a machine's fault is marked as one.

    The log and the terminal name the user's paths, and the record does not.
    """
    log.error("%s", error)
    rule = snakemake.rule
    if record:
        paths = paths_of_inputs(snakemake.input)
        said = shareable(str(error), paths, record.stem, look_inside=True)
        machine = {"machine": "yes"} if isinstance(error, MachineError) else {}
        _keep(record, rule, said, **machine)
    sys.exit(f"\n{rule}: {error}\n")


def _keep(record: Path, rule: str, message: str, **more: str) -> None:
    """Write the record of a failed job."""
    with contextlib.suppress(OSError):  # the disk that is full may be this one
        record.parent.mkdir(parents=True, exist_ok=True)
        record.write_text(json.dumps({"rule": rule, "message": message} | more) + "\n")


def arguments(*named: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a script's ``main`` takes: all names but those of sidecars."""
    names = {name: value for part in named for name, value in part.items()}
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
