"""Which code made a result: digests of scripts with the modules they import, and versions."""

import ast
import hashlib
from functools import cache
from importlib import metadata
from pathlib import Path

from rt1t2 import __version__

SCRIPTS = Path(__file__).resolve().parent.parent

# What else a module reads at run time: the page templates are code to whoever looks at a page.
FILES_READ_BY = {"pages": SCRIPTS.parent / "resources/report"}


@cache
def code_digest(rule: str) -> str:
    """Digest the shared modules that a rule's script runs, directly or through one another.

    Snakemake re-runs a rule when its script changes, but not when a module that the script
    imports does. With this digest among its ``params`` a rule re-runs exactly when a shared
    module that it uses has changed.
    """
    digest = hashlib.sha256()
    for module in sorted(modules_used(rule)):
        folder = FILES_READ_BY.get(module.stem)
        for path in [module, *(sorted(folder.iterdir()) if folder else [])]:
            digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


@cache
def modules_used(rule: str) -> frozenset[Path]:
    """Return the files of all rt1t2 modules that ``scripts/<rule>.py`` imports, transitively."""
    found: set[Path] = set()
    todo = [SCRIPTS / f"{rule}.py"]
    while todo:
        for module in _rt1t2_imports(todo.pop()):
            path = SCRIPTS / "rt1t2" / f"{module}.py"
            if path not in found:
                found.add(path)
                todo.append(path)
    return frozenset(found)


@cache
def _rt1t2_imports(path: Path) -> frozenset[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {a.name for a in node.names if a.name.startswith("rt1t2")}
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith(
            "rt1t2"
        ):
            names.add(node.module)
            names |= {f"{node.module}.{a.name}" for a in node.names}
    modules = {name.split(".")[1] for name in names if "." in name}
    return frozenset(m for m in modules if (SCRIPTS / "rt1t2" / f"{m}.py").exists()) | {
        "__init__"
    }


def generated_by(code: str, *packages: str) -> dict[str, object]:
    """Return the sidecar entries that say which software made a file."""
    versions = {"rt1t2": __version__} | {
        name: metadata.version(name) for name in packages
    }
    return {"SoftwareVersions": versions, "CodeDigest": code}
