"""Fixtures: the scripts of the rules, a coarse simulated head, and one scan of it."""

import importlib.util
from collections.abc import Callable
from pathlib import Path

import pytest

from rt1t2.head_model import Head, build_head
from rt1t2.phantom import Scan, simulate_scan

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def script_main() -> Callable[[str], Callable[..., None]]:
    """Return a function that gives the ``main`` of ``scripts/<name>.py``."""

    def load(name: str) -> Callable[..., None]:
        path = ROOT / "scripts" / f"{name}.py"
        spec = importlib.util.spec_from_file_location(f"script_{name}", path)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module.main

    return load


@pytest.fixture(scope="session")
def head() -> Head:
    """Return the simulated head at 4 mm."""
    return build_head(4.0)


@pytest.fixture(scope="session")
def scan(head: Head) -> Scan:
    """Return one simulated person's scans: own pose, anatomy, gains, bias and noise."""
    return simulate_scan(head, seed=1, t1w_voxel_mm=3.0, t2w_voxel_mm=(2.0, 2.0, 4.0))


@pytest.fixture
def shared() -> Path:
    """Return the folder of reference data beside the repository, if it is there."""
    path = ROOT.parent / "shared"
    if not path.is_dir():
        pytest.skip("no ../shared beside the repository")
    return path
