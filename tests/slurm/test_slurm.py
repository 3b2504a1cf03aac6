"""On a real SLURM of one node: what is tried again, what is printed, what a crash costs.

Runs with `make test-slurm`; says why where SLURM cannot be brought up.
"""

import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

from .. import same_bytes
from . import cluster
from .run import ROOT, command, environment

TOY = ROOT / "tests/slurm/toy.smk"
STUDY = ("--configfile", "tests/slurm/study/config.yaml")

pytestmark = [
    pytest.mark.skipif(
        "RT1T2_SLURM" not in os.environ,
        reason="brings up a SLURM on this machine: make test-slurm",
    ),
    pytest.mark.timeout(7200),
]


@pytest.fixture(scope="module", autouse=True)
def slurm():
    """Bring SLURM up for the tests here, and down after them."""
    if reason := cluster.why_not():
        pytest.skip(f"no SLURM: {reason}")
    cluster.up()
    yield
    cluster.down()


@pytest.fixture(scope="module")
def toy(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str, list[dict]]:
    """Run the jobs that misbehave; return the folder, what was printed, and SLURM's record."""
    folder = tmp_path_factory.mktemp("toy")
    before = len(cluster.jobs())
    run = subprocess.run(
        command(folder, "-s", str(TOY)),
        cwd=ROOT,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode != 0, "one job of the toy always fails"
    return folder, run.stdout + run.stderr, cluster.jobs()[before:]


# of a control these are another job than the steps before
AFTER_THE_SCALE = {"calibrate", "ratio_map", "to_template", "smooth", "qc_participant"}


def attempts(text: str, rule: str, record: list[dict]) -> list[dict]:
    """Return SLURM's record of every attempt at a rule."""
    ids = re.findall(rf"SLURM jobid (\d+) \(log: \S*rule_{rule}/", text)
    found = {job["JobId"]: job for job in record}
    return [found[number] for number in ids]


def memory_mb(job: dict) -> int:
    return int(re.search(r"mem=(\d+)M", job["Tres"])[1])


def test_a_job_killed_for_memory_passes_with_more(toy):
    folder, text, record = toy
    first, *_, last = attempts(text, "hungry", record)
    assert first["JobState"] == "FAILED"
    assert last["JobState"] == "COMPLETED"
    assert memory_mb(last) > memory_mb(first)
    assert (folder / "hungry.txt").exists()


def test_a_job_over_its_time_passes_with_more(toy):
    folder, text, record = toy
    first, *_, last = attempts(text, "slow", record)
    assert first["JobState"] == "TIMEOUT"
    assert last["JobState"] == "COMPLETED"
    assert int(last["TimeLimit"]) > int(first["TimeLimit"])
    assert (folder / "slow.txt").exists()


def test_a_job_that_always_fails_leaves_the_others_and_its_log_is_named(toy):
    folder, text, record = toy
    assert [job["JobState"] for job in attempts(text, "broken", record)] == (
        ["FAILED"] * 3
    )
    assert not (folder / "broken.txt").exists()
    assert len(list(folder.glob("fine/*.txt"))) == 2
    assert "logs/broken.log" in text
    assert "it broke" in text
    for path in re.findall(r"log: logs/broken.log, (\S+/logs/slurm/\S+\.log)", text):
        assert Path(path).exists()


@pytest.fixture(scope="module")
def laptop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Run the small study on one core of this machine, or take RT1T2_SMALL_STUDY."""
    if finished := os.environ.get("RT1T2_SMALL_STUDY"):
        return Path(finished)
    folder = tmp_path_factory.mktemp("laptop")
    start = [sys.executable, "-m", "snakemake", "--cores", "1"]
    subprocess.run([*start, *STUDY, "--directory", folder], cwd=ROOT, check=True)
    return folder


def wait_for(condition, seconds: int = 3600) -> None:
    for _ in range(seconds):
        if condition():
            return
        time.sleep(1)
    raise TimeoutError


def recorded(log: Path) -> set[str]:
    """Return the participants whose normalisation Snakemake has recorded as finished."""
    text = log.read_text()
    jobs = re.findall(
        r"rule normalise:\n(?:.*\n){0,8}?\s+jobid: (\d+)\n(?:.*\n){0,4}?\s+wildcards: sub=(\S+)",
        text,
    )
    done = set(re.findall(r"Finished jobid: (\d+) \(Rule: normalise\)", text))
    return {sub for job, sub in jobs if job in done}


def test_a_restarted_controller_and_a_killed_snakemake_cost_no_result(laptop, tmp_path):
    """slurmctld restarts mid-run; Snakemake is killed and started again: the same bytes."""
    folder, log = tmp_path / "run", tmp_path / "printed.log"
    with log.open("w") as printed:
        first = subprocess.Popen(
            command(folder, *STUDY),
            cwd=ROOT,
            env=environment(),
            stdout=printed,
            stderr=printed,
        )
        wait_for(lambda: recorded(log) or first.poll() is not None)
        assert first.poll() is None, log.read_text()[-3000:]
        cluster.stop("slurmctld")
        time.sleep(10)
        cluster.start("slurmctld")
        cluster.wait_until_idle()
        wait_for(lambda: len(recorded(log)) >= 3 or first.poll() is not None)
        assert first.poll() is None, log.read_text()[-3000:]
        finished = recorded(log)
        first.kill()
        first.wait()
    # what a user has to do: end the jobs that nobody watches any more, and start again
    subprocess.run(["scancel", "--me"], check=True)
    wait_for(lambda: not subprocess.check_output(["squeue", "-h"]))
    made = {
        path: path.stat().st_mtime_ns
        for sub in finished
        for path in folder.glob(f"benchmarks/*/{sub}.tsv")
        if path.parent.name not in AFTER_THE_SCALE
    }
    again = command(folder, *STUDY)
    subprocess.run(again, cwd=ROOT, env=environment(), check=True)
    assert len(made) >= 4 * 3
    assert {path: path.stat().st_mtime_ns for path in made} == made
    assert same_bytes.differences(laptop, folder) == []
