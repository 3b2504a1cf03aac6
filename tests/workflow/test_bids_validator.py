"""The official BIDS validator, which needs no network, on what the demo wrote."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

VALIDATOR = Path(sys.executable).with_name("bids-validator-deno")


@pytest.fixture(scope="module")
def validate(tmp_path_factory):
    """Return a function that gives the subjects and the errors of a data set."""
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


@pytest.mark.parametrize("data_set", ["bids", "derivatives/rt1t2"])
def test_the_demo_writes_valid_bids(demo, validate, data_set):
    subjects, errors = validate(demo / "results" / data_set)
    assert len(subjects) == 19
    assert errors == []


def test_a_wrong_name_is_found(demo_copy, validate):
    anat = demo_copy / "results/derivatives/rt1t2/sub-01/anat"
    shutil.copy(
        anat / "sub-01_desc-preproc_T1w.nii.gz", anat / "sub-01_prepared_T1w.nii.gz"
    )
    _, errors = validate(anat.parents[1])
    name = "/sub-01/anat/sub-01_prepared_T1w.nii.gz"
    assert name in {location for *_, location in errors}
