"""An environment that lacks one package is found out, and the package is named.

Environments are built for real, from the package index, by the stand-in for conda (stand_in.py
says what that does not prove): `make test-conda` runs these tests. That each file names exactly
what its scripts import is also checked without building anything, by test_house.py.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from ..workflow.test_house import FAMILIES, rules_of

HERE = Path(__file__).parent

pytestmark = pytest.mark.skipif(
    "RT1T2_CONDA" not in os.environ,
    reason="builds environments from the package index: make test-conda",
)


def built(env_file: Path, prefix: Path) -> Path:
    """Build an environment as Snakemake asks conda to; return its python."""
    command = ["env", "create", "--quiet", "--file", env_file, "--prefix", prefix]
    subprocess.run(
        [sys.executable, HERE / "stand_in.py", *command],
        env=os.environ | {"CONDA_STAND_IN": str(prefix.parent)},
        check=True,
    )
    return prefix / "bin/python"


def missing(python: Path, family: str) -> str:
    """Return what a family's scripts cannot import there."""
    return subprocess.run(
        [python, HERE / "imports.py", *rules_of(family)],
        capture_output=True,
        text=True,
        check=True,
    ).stdout


@pytest.mark.parametrize(("package", "lacking"), [(None, ""), ("pydicom", "pydicom")])
def test_a_package_taken_out_of_an_env_file_is_named(package, lacking, tmp_path):
    content = yaml.safe_load(FAMILIES["import"].read_text())
    content["dependencies"] = [
        entry
        for entry in content["dependencies"]
        if isinstance(entry, dict) or entry.split()[0] != package
    ]
    env_file = tmp_path / "import.yaml"
    env_file.write_text(yaml.safe_dump(content))
    assert missing(built(env_file, tmp_path / "env"), "import") == lacking


def test_a_pin_that_the_lock_contradicts_is_refused(tmp_path):
    env_file = tmp_path / "wrong.yaml"
    env_file.write_text("dependencies: [python >=3.11, 'numpy =1.26.4']\n")
    with pytest.raises(subprocess.CalledProcessError):
        built(env_file, tmp_path / "env")
