"""One run at a time; a dead run holds nothing up, its last steps do until they end."""

import os
import subprocess
import sys
import time

import pytest

from rt1t2.errors import UserError
from rt1t2.workflow.run_lock import (
    JOBS,
    RUN,
    begin_run,
    date_not_before_the_run,
    job_at_work,
)

HOLD = """
import sys, time
from pathlib import Path
from rt1t2.workflow.run_lock import begin_run, job_at_work
folder = Path(sys.argv[2])
if sys.argv[1] == "run":
    lock = begin_run(folder, print)
    print("held", flush=True)
    time.sleep(60)
with job_at_work(folder):
    print("held", flush=True)
    time.sleep(float(sys.argv[3]))
"""


def other(*arguments):
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, *map(str, arguments)],
        stdout=subprocess.PIPE,
        text=True,
        env={"PYTHONPATH": ":".join(sys.path)},
    )
    assert process.stdout.readline() == "held\n"
    return process


@pytest.fixture
def folder(tmp_path):
    """Return Snakemake's folder, with the locks of a run that was killed."""
    (tmp_path / ".snakemake/locks").mkdir(parents=True)
    (tmp_path / ".snakemake/locks/0.input.lock").touch()
    return tmp_path / ".snakemake"


def test_a_second_run_is_refused_and_told_who_is_there(folder):
    first = other("run", folder)
    try:
        with pytest.raises(UserError, match=f"process {first.pid} on "):
            begin_run(folder, print)
    finally:
        first.kill()
        first.wait()


def test_after_a_kill_the_next_run_begins_without_help(folder):
    first = other("run", folder)
    first.kill()
    first.wait()
    said = []
    with begin_run(folder, said.append):
        assert list((folder / "locks").iterdir()) == []
    assert said == []


def test_the_last_steps_of_a_killed_run_are_waited_for(folder):
    job = other("job", folder, 1.5)
    begun, said = time.monotonic(), []
    with begin_run(folder, said.append):
        assert job.poll() is not None or time.monotonic() - begun > 1
    job.wait()
    assert said == ["An earlier run was killed; waiting for its last steps to end."]


def test_a_job_in_a_folder_of_its_own_needs_no_lock(tmp_path):
    with job_at_work(tmp_path / ".snakemake"):
        pass
    assert not (tmp_path / ".snakemake").exists()


def test_a_jobs_own_error_passes_through(folder):
    with pytest.raises(OSError, match="its own"), job_at_work(folder):
        raise OSError("its own")
    assert (folder / JOBS).exists()


def test_a_clock_that_is_set_back_makes_no_result_older_than_its_run(folder):
    begin_run(folder, print).close()
    early, late = folder / "early.tsv", folder / "late.tsv"
    for path, date in ((early, 1000), (late, time.time() + 50)):
        path.touch()
        os.utime(path, (date, date))
    kept = late.stat().st_mtime
    date_not_before_the_run(folder, [str(early), str(late)])
    assert early.stat().st_mtime == pytest.approx((folder / RUN).stat().st_mtime)
    assert late.stat().st_mtime == kept
    date_not_before_the_run(folder / "of a job alone", [str(early)])
