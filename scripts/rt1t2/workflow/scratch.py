"""Where a job unpacks scans: inside the run folder, so that nothing stays behind elsewhere.

A job that is killed cannot clean up. What it had unpacked is removed when the next run begins,
and until then lies where only those can look who may see the study.
"""

import contextlib
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from rt1t2.workflow.run_lock import SNAKEMAKE

SCRATCH = SNAKEMAKE / "rt1t2_scratch"


@contextlib.contextmanager
def scratch_folder() -> Iterator[Path]:
    """Give a new folder, readable by its owner alone, and remove it at the end."""
    SCRATCH.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=SCRATCH) as folder:
        yield Path(folder)


def clear_scratch() -> None:
    """Remove what killed jobs have left."""
    shutil.rmtree(SCRATCH, ignore_errors=True)
