"""A page in a browser without a screen: what it holds once its scripts have run."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ABSENT = pytest.mark.skipif(
    not shutil.which("chromium"), reason="Debian's chromium is absent"
)
OPTIONS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--no-first-run"),
    "--disable-dev-shm-usage",
    *("--use-angle=swiftshader", "--enable-unsafe-swiftshader"),
    *("--disable-background-networking", "--disable-component-update"),
    *("--disable-sync", "--virtual-time-budget=20000", "--enable-logging=stderr"),
)


def opened(page: Path, profile: Path, width: int = 1400) -> subprocess.CompletedProcess:
    """Open a page; its elements are in ``stdout``, the console's lines in ``stderr``."""
    return _run(page, profile, "--dump-dom", f"--window-size={width},900")


def printed(page: Path, pdf: Path, profile: Path) -> None:
    """Print a page to a PDF."""
    _run(page, profile, f"--print-to-pdf={pdf}", "--no-pdf-header-footer")


def _run(page: Path, profile: Path, *action: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [
            *("chromium", *OPTIONS, f"--user-data-dir={profile}"),
            *(*action, page.as_uri()),
        ],
        capture_output=True,
        text=True,
        timeout=300,
        check=True,
        env={**os.environ, "HOME": str(profile)},
    )
