"""A stand-in for ``conda``, for tests only: where no conda channel can be reached.

It answers the calls that Snakemake 9 makes, and turns an env file into a virtual environment with
the versions of requirements.lock, apart from every other one. What a run with it proves: every env
file names all that its scripts import, and the numbers do not depend on how a rule is deployed.
What it does NOT prove: that conda finds these versions on conda-forge and can solve for them, nor
that conda-forge's builds (other compilers, another BLAS) give the same last digits.
"""

import json
import os
import re
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import lock
import yaml

PYPI_NAMES = {"matplotlib-base": "matplotlib"}

ACTIVATE = """# sourced by Snakemake: source activate PREFIX
export CONDA_PREFIX="$1" CONDA_DEFAULT_ENV="$1" PATH="$1/bin:$PATH" PYTHONNOUSERSITE=1
unset PYTHONHOME PYTHONPATH
"""


def install(home: Path) -> Path:
    """Write ``bin/conda`` and ``bin/activate`` under a folder; return the ``bin`` for PATH."""
    binaries = home / "bin"
    binaries.mkdir(parents=True, exist_ok=True)
    (binaries / "activate").write_text(ACTIVATE)
    conda = binaries / "conda"
    conda.write_text(
        "#!/bin/sh\n"
        f'CONDA_STAND_IN="{home}" exec "{sys.executable}" "{Path(__file__).resolve()}" "$@"\n'
    )
    conda.chmod(0o755)
    return binaries


def requirements(env_file: Path) -> list[str]:
    """Return an env file's packages as pip names them; Python itself is the runner's."""
    found = []
    for entry in yaml.safe_load(env_file.read_text())["dependencies"]:
        if isinstance(entry, dict):
            found += entry["pip"]
            continue
        name, version = re.fullmatch(r"([a-z0-9-]+)\s*(.*)", entry).groups()
        if name in ("python", "pip"):
            continue
        pin = re.fullmatch(r"=\s*([\w.]+)", version)
        if not pin:
            sys.exit(f"{env_file}: `{entry}` is not an exact pin (name =version)")
        found.append(f"{PYPI_NAMES.get(name, name)}=={pin[1]}")
    return found


def main(arguments: list[str]) -> None:
    """Answer one call of Snakemake."""
    home = os.environ["CONDA_STAND_IN"]
    match arguments:
        case ["--version"]:
            print("conda 24.11.0")
        case ["info", *_]:
            print(
                json.dumps(
                    {
                        "conda_prefix": home,
                        "root_prefix": home,
                        "platform": "linux-64",
                    }
                )
            )
        case ["config", "--get", *_]:
            print(json.dumps({"get": {"channel_priority": "strict"}}))
        case ["env", "create", *options]:
            values = dict(pairwise(options))
            try:
                lock.create(
                    Path(values["--prefix"]), requirements(Path(values["--file"]))
                )
            except subprocess.CalledProcessError as error:
                sys.exit(f"conda stand-in: {values['--file']}: {error}")
        case ["clean", *_]:
            pass
        case _:
            sys.exit(f"conda stand-in: cannot do: conda {' '.join(arguments)}")


if __name__ == "__main__":
    main(sys.argv[1:])
