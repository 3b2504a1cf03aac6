"""Environments from requirements.lock: the packages asked for, with what they need, by hash.

Only the standard library is used: the bare runner of the isolation proof runs this too.
"""

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LOCK = ROOT / "requirements.lock"
UV = ROOT / ".venv-test/bin/uv"


def locked() -> dict[str, str]:
    """Return the lock's entry of every package: its version and hashes, as pip reads them."""
    entries = re.finditer(
        r"^([a-z0-9-]+)==.*\n(?:    --hash=.*\n)+", LOCK.read_text(), flags=re.M
    )
    return {entry[1]: entry[0] for entry in entries}


def create(prefix: Path, requirements: list[str]) -> None:
    """Make a virtual environment of ``name==version`` requirements and what they need.

    Versions come from the lock, and every wheel must have one of its hashes. A requirement that
    the lock contradicts, or does not know, ends with uv's message.
    """
    subprocess.run(
        [UV, "venv", "-q", "--clear", "-p", sys.executable, prefix], check=True
    )
    try:
        entries = locked()
        with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
            file.write("".join(entries[name] for name in _closure(requirements)))
            file.flush()
            # compiled: Python may not be allowed to, and every job would do it anew
            command = ["pip", "sync", "-q", "--compile-bytecode", "--require-hashes"]
            command.append(file.name)
            subprocess.run([UV, *command, "-p", prefix / "bin/python"], check=True)
    except BaseException:
        shutil.rmtree(prefix, ignore_errors=True)
        raise


def _closure(requirements: list[str]) -> list[str]:
    """Return the names of the requirements and of everything they need, at the lock's versions."""
    with tempfile.TemporaryDirectory() as name:
        pins = Path(name) / "pins.txt"
        pins.write_text(re.sub(r" \\\n(    --hash=.*\n)+", "\n", LOCK.read_text()))
        wanted = Path(name) / "wanted.in"
        wanted.write_text("\n".join(requirements))
        command = ["pip", "compile", "-q", "--no-header", "--no-annotate", wanted]
        command += ["-c", pins, "-p", sys.executable]
        found = subprocess.run(
            [UV, *command], stdout=subprocess.PIPE, text=True, check=True
        )
    return re.findall(r"^([a-z0-9-]+)==", found.stdout, flags=re.M)
