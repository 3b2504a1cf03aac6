"""One run at a time in a folder, and a dead run's locks opened without being asked.

Snakemake's own locks are files: they outlive a run that was killed. These are locks of the
operating system (``flock``), which end with the process that holds them, however it ended.
Standard library only, for the Snakefile.
"""

import contextlib
import fcntl
import os
import socket
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TextIO

from rt1t2.errors import UserError

SNAKEMAKE = Path(".snakemake")  # in the run folder
RUN, JOBS = "rt1t2_run.lock", "rt1t2_jobs.lock"
POLL_S = 0.5


def begin_run(folder: Path, say: Callable[[str], None]) -> TextIO | None:
    """Make this process the one run of a folder, and return the lock to keep until it ends.

    Locks that Snakemake left when an earlier run was killed are removed, once the steps which
    that run had started have come to their end. ``None`` where the disk knows no locks (some
    network drives): Snakemake's own then hold.

    Parameters
    ----------
    folder
        Snakemake's folder ``.snakemake``.
    say
        Is told what is waited for.

    Raises
    ------
    UserError
        Another run is at work in the folder.
    """
    folder.mkdir(exist_ok=True)
    run = (folder / RUN).open("a+")
    try:
        fcntl.flock(run, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        run.seek(0)
        who = run.read().strip() or "a process that has not said its name"
        run.close()
        raise UserError(
            f"Another run is at work in {folder.resolve().parent} ({who}). Wait until it has "
            "ended, or stop it; then give the same command again."
        ) from None
    except OSError:
        run.close()
        return None
    _wait_for_jobs(folder / JOBS, say)
    for left in (folder / "locks").glob("*.lock"):
        left.unlink(missing_ok=True)
    run.truncate(0)
    started = time.strftime("%Y-%m-%d %H:%M:%S")
    run.write(f"process {os.getpid()} on {socket.gethostname()}, since {started}\n")
    run.flush()
    return run


@contextlib.contextmanager
def job_at_work(folder: Path) -> Iterator[None]:
    """Show for the time of a job that files of this run folder are being written."""
    with contextlib.ExitStack() as held:
        # not there: a folder of the job's own; no locks: a network drive
        with contextlib.suppress(OSError):
            file = held.enter_context((folder / JOBS).open("a"))
            fcntl.flock(file, fcntl.LOCK_SH)
        yield


def date_not_before_the_run(folder: Path, paths: Iterable[str]) -> None:
    """Date a job's files no earlier than the beginning of its run.

    A clock that is set back while a run is at work would make them look older than what was made
    from their former versions.
    """
    with contextlib.suppress(OSError):
        begun_s = (folder / RUN).stat().st_mtime
        for path in paths:
            if Path(path).stat().st_mtime < begun_s:
                os.utime(path, (begun_s, begun_s))


def _wait_for_jobs(path: Path, say: Callable[[str], None]) -> None:
    """Wait for the steps of a run that was killed: they go on, and still write."""
    told = False
    with path.open("a") as jobs:
        while True:
            try:
                fcntl.flock(jobs, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return
            except BlockingIOError:
                if not told:
                    say("An earlier run was killed; waiting for its last steps to end.")
                    told = True
                time.sleep(POLL_S)
            except OSError:
                return
