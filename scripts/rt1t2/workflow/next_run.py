"""What happens in a run folder before the plan of the next run is made."""

import argparse
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import TextIO

from rt1t2.workflow.earlier_run import find_disorder, put_in_order
from rt1t2.workflow.run_lock import begin_run
from rt1t2.workflow.scratch import clear_scratch
from rt1t2.workflow.set_aside import sort_results

# With one of these Snakemake runs no job, or not in the ordinary way
NO_RUN = (
    *("dryrun", "touch", "unlock", "lint", "list_rules", "list_target_rules", "dag"),
    *("rulegraph", "filegraph", "d3dag", "summary", "detailed_summary", "archive"),
    *("cleanup_metadata", "cleanup_shadow", "list_changes", "list_input_changes"),
    *("list_params_changes", "list_untracked", "list_conda_envs", "print_compilation"),
    *("conda_cleanup_envs", "conda_create_envs_only", "container_cleanup_images"),
    *("delete_all_output", "delete_temp_output", "generate_unit_tests", "export_cwl"),
    *("containerize", "report", "edit_notebook", "draft_notebook"),
)


def is_a_run(command: argparse.Namespace) -> bool:
    """Tell whether Snakemake's command line asks for work, and not only for a look."""
    return not any(getattr(command, name, None) for name in NO_RUN)


def begin(
    folder: Path,
    participants: Collection[str],
    contrasts: Mapping[str, Collection[str]],
    transmit: Collection[str],
    say: Callable[[str], None],
) -> TextIO | None:
    """Prepare a run folder for the next run; return the lock that the run has to keep.

    Parameters
    ----------
    folder
        Snakemake's folder ``.snakemake``; the results lie beside it.
    participants, contrasts, transmit
        Who and what is part of the study, see :func:`.set_aside.sort_results`.
    say
        Is told what was found, in sentences.

    Raises
    ------
    UserError
        Another run is at work in the folder.
    """
    lock = begin_run(folder, say)
    clear_scratch()
    if moved := sort_results(participants, contrasts, transmit):
        say(moved)
    found = find_disorder(folder)
    put_in_order(folder, found)
    if words := found.in_words():
        say(words)
    return lock
