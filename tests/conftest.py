"""Fixtures: the scripts of the rules, a coarse simulated head, and one scan of it."""

import importlib.util
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from rt1t2.geometry.volume import Volume
from rt1t2.images import save
from rt1t2.simulate.phantom import Scan, simulate_scan
from rt1t2.template.brain_and_head import class_maps, head_images
from rt1t2.template.head_model import Head, build_head
from rt1t2.template.template_head import TemplateHead

ROOT = Path(__file__).resolve().parent.parent


def load_script(name: str) -> ModuleType:
    """Return ``scripts/<name>.py`` as a module."""
    path = ROOT / "scripts" / f"{name}.py"
    spec = importlib.util.spec_from_file_location(f"script_{name}", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def script() -> Callable[[str], ModuleType]:
    """Return a function that gives ``scripts/<name>.py`` as a module."""
    return load_script


@pytest.fixture(scope="session")
def script_main() -> Callable[[str], Callable[..., None]]:
    """Return a function that gives the ``main`` of ``scripts/<name>.py``."""
    return lambda name: load_script(name).main


@pytest.fixture(scope="session")
def head_files(head: Head, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Write the template's three head images as build_template does; give them by name."""
    folder = tmp_path_factory.mktemp("template")
    t1w, t2w = head_images(head)
    images_of_head = {"t1w": t1w, "t2w": t2w, "classes": class_maps(head)}
    for name, data in images_of_head.items():
        save(data, head.affine, folder / f"head_{name}.nii.gz")
    return {f"head_{n}": str(folder / f"head_{n}.nii.gz") for n in images_of_head}


@pytest.fixture(scope="session")
def head() -> Head:
    """Return the simulated head at 4 mm."""
    return build_head(4.0)


@pytest.fixture(scope="session")
def template_head(head: Head) -> TemplateHead:
    """Return the simulated head's images as the template's."""
    volumes = (*head_images(head), class_maps(head))
    return TemplateHead(*(Volume(data, head.affine) for data in volumes))


@pytest.fixture(scope="session")
def scan(head: Head) -> Scan:
    """Return one simulated person's scans: own pose, anatomy, gains, bias and noise."""
    return simulate_scan(head, seed=1, t1w_voxel_mm=3.0, t2w_voxel_mm=(2.0, 2.0, 4.0))


@pytest.fixture(scope="session")
def shared() -> Path:
    """Return the folder of reference data beside the repository, if it is there."""
    path = ROOT.parent / "shared"
    if not path.is_dir():
        pytest.skip("no ../shared beside the repository")
    return path
