"""Run the workflow as a user would: Snakemake in a process of its own, in a folder of its own."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
VALIDATOR = Path(sys.executable).with_name("bids-validator-deno")
COLUMNS = (
    "participant_id",
    "group",
    "age",
    "sex",
    "t1w",
    "t2w",
    "lesion",
    "b1",
    "map",
    "exclude",
    "retest_of",
    "protocol",
)

DEMO = ("--configfile", "config/demo.yaml", "--directory")
# a short study ends at once; profiles/default says why a long one does not
AT_ONCE = ("--max-jobs-per-timespan", "100/1s")
SNAKEMAKE = (sys.executable, "-m", "snakemake", "--cores", "2", *AT_ONCE)
Run = Callable[..., subprocess.CompletedProcess]
PARTS = (
    "Snakefile",
    "rules",
    "scripts",
    "config",
    "envs",
    "resources",
    "tests/workflow",
)


@pytest.fixture(scope="session")
def run_in() -> Run:
    """Return a function that runs Snakemake on the repository, in a folder."""

    def run(
        folder: Path, *arguments: str, cwd: Path = ROOT
    ) -> subprocess.CompletedProcess:
        return subprocess.run(
            [*SNAKEMAKE, *arguments, "--directory", str(folder)],
            cwd=cwd,
            capture_output=True,
            text=True,
            check=False,
        )

    return run


@pytest.fixture
def snakemake(tmp_path: Path, run_in: Run) -> Run:
    """Return a function that runs Snakemake on the repository, in ``tmp_path``/run."""
    return partial(run_in, tmp_path / "run")


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Return a copy of the repository whose code a test may change; its path has a space."""
    copy = tmp_path / "my repository"
    for part in PARTS:
        source = ROOT / part
        if source.is_dir():
            shutil.copytree(source, copy / part)
        else:
            copy.mkdir(exist_ok=True)
            shutil.copy(source, copy / part)
    return copy


def run_demo(folder: Path, *arguments: str) -> str:
    """Run the demo and return what it printed."""
    run = subprocess.run(
        [*SNAKEMAKE, *DEMO, str(folder), *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, (run.stdout + run.stderr)[-5000:]
    return run.stdout + run.stderr


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a finished demo: RT1T2_DEMO, which `make test` sets, or a new run."""
    if finished := os.environ.get("RT1T2_DEMO"):
        return Path(finished)
    folder = tmp_path_factory.mktemp("demo")
    run_demo(folder)
    return folder


def linked_copy(demo: Path, copy: Path) -> Path:
    """Copy a finished demo; files are linked: unlink one before writing it."""
    for part in ("results", "simulation"):
        shutil.copytree(demo / part, copy / part, copy_function=os.link)
    for part in (".snakemake", "logs", "benchmarks"):  # written in place
        shutil.copytree(demo / part, copy / part, symlinks=True)
    return copy


@pytest.fixture
def demo_copy(demo: Path, tmp_path: Path) -> Path:
    """Return a copy of the finished demo; files are linked: unlink one before writing it."""
    return linked_copy(demo, tmp_path / "demo")


@pytest.fixture(scope="session")
def validate(tmp_path_factory):
    """Return the BIDS validator: a function that gives subjects and errors of a data set."""
    environment = os.environ | {
        "DENO_DIR": str(tmp_path_factory.mktemp("deno")),
        "DENO_NO_UPDATE_CHECK": "1",
    }

    def run(*arguments: str) -> subprocess.CompletedProcess:
        return subprocess.run(
            [VALIDATOR, *arguments],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )

    try:
        started = run("--version")
    except OSError as error:
        pytest.skip(f"the BIDS validator is not installed: {error}")
    if started.returncode != 0:
        pytest.skip(f"the BIDS validator cannot run here: {started.stderr.strip()}")

    def validate_folder(folder: Path) -> tuple[list[str], list[tuple[str, ...]]]:
        run_of_folder = run(str(folder), "--format", "json")
        said = json.loads(run_of_folder.stdout)
        errors = [
            (issue["code"], issue.get("subCode", ""), issue["location"])
            for issue in said["issues"]["issues"]
            if issue["severity"] == "error"
        ]
        assert bool(errors) == (run_of_folder.returncode != 0)
        return sorted(said["summary"]["subjects"]), errors

    return validate_folder


class Study:
    """A study folder: a participants table of small NIfTI files, and a config."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.rows: list[dict[str, str]] = []
        self.config: dict = {
            "participants": "participants.tsv",
            "groups": {"HC": "Controls", "PSP": "Post-stroke pain"},
            "contrasts": [{"name": "HC-PSP", "plus": "HC", "minus": "PSP"}],
        }

    def add(self, participant_id: str, group: str, **columns: str) -> None:
        """Add a row; T1w and T2w are small images unless said otherwise."""
        row = dict.fromkeys(COLUMNS, "n/a") | {
            "participant_id": participant_id,
            "group": group,
        }
        for column in ("t1w", "t2w"):
            if column not in columns:
                columns[column] = self.image(f"{participant_id}_{column}.nii.gz")
        self.rows.append(row | columns)

    def image(self, name: str, shape: tuple[int, int, int] = (4, 4, 4)) -> str:
        """Write a small image and return its name."""
        path = self.folder / name
        nib.save(nib.Nifti1Image(np.ones(shape, np.uint8), np.eye(4)), path)
        return name

    def write(self, name: str = "config.yaml") -> str:
        """Write table and config, and return the config's path."""
        lines = ["\t".join(COLUMNS), *("\t".join(row.values()) for row in self.rows)]
        (self.folder / "participants.tsv").write_text("\n".join(lines) + "\n")
        (self.folder / name).write_text(yaml.safe_dump(self.config))
        return str(self.folder / name)


def study_of_four(folder: Path) -> Study:
    """Return a study of two controls and two patients in a new folder."""
    folder.mkdir()
    study = Study(folder)
    for number, group in enumerate(("HC", "HC", "PSP", "PSP"), start=1):
        study.add(f"sub-{number:02d}", group)
    return study


@pytest.fixture
def study(tmp_path: Path) -> Study:
    """Return a study of two controls and two patients."""
    return study_of_four(tmp_path / "study")
