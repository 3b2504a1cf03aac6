"""Environments from requirements.lock: the packages asked for, with what they need, by hash.

Only the standard library is used: the bare runner of the isolation proof runs this too.
"""

import json
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LOCK = ROOT / "requirements.lock"
PIP = ("-m", "pip", "--disable-pip-version-check", "-qq")


def locked() -> dict[str, str]:
    """Return the lock's entry of every package: its version and hashes, as pip reads them."""
    entries = re.finditer(
        r"^([a-z0-9-]+)==.*\n(?:    --hash=.*\n)+", LOCK.read_text(), flags=re.M
    )
    return {entry[1]: entry[0] for entry in entries}


def normalised(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def create(prefix: Path, requirements: list[str]) -> None:
    """Make a virtual environment of ``name==version`` requirements and what they need.

    Versions come from the lock, and every wheel must have one of its hashes. A requirement that
    the lock contradicts, or does not know, ends with pip's message.
    """
    shutil.rmtree(prefix, ignore_errors=True)
    subprocess.run([sys.executable, "-m", "venv", prefix], check=True)
    python = prefix / "bin/python"
    try:
        names = _closure(python, requirements)
        with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
            entries = locked()
            file.write("".join(entries[name] for name in names))
            file.flush()
            command = ["install", "--no-deps", "--require-hashes", "-r", file.name]
            subprocess.run([python, *PIP, *command], check=True)
    except BaseException:
        shutil.rmtree(prefix, ignore_errors=True)
        raise


def _closure(python: Path, requirements: list[str]) -> list[str]:
    """Return the names of the requirements and of everything they need, at the lock's versions."""
    with tempfile.TemporaryDirectory() as name:
        pins = Path(name) / "pins.txt"
        text = re.sub(r" \\\n(    --hash=.*\n)+", "\n", LOCK.read_text())
        pins.write_text(text)
        report = Path(name) / "report.json"
        command = ["install", "--dry-run", "--report", report, "-c", pins]
        subprocess.run([python, *PIP, *command, *requirements], check=True)
        found = json.loads(report.read_text())["install"]
    return sorted(normalised(package["metadata"]["name"]) for package in found)
