"""Which code made a result: digests of scripts with the modules they import, and versions."""

import ast
import hashlib
import re
from functools import cache
from importlib import metadata
from pathlib import Path

from rt1t2 import __version__

SCRIPTS = Path(__file__).resolve().parent.parent

# What the module ``pages`` reads at run time is code to whoever looks at a page.
PAGE_TEMPLATES = SCRIPTS.parent / "resources/report"
PAGE_PARTS = ("base.html.j2", "macros.html.j2", "style.css")  # of every page


@cache
def code_digest(rule: str) -> str:
    """Digest the shared modules that a rule's script runs, directly or through one another.

    Snakemake re-runs a rule when its script changes, but not when a module that the script
    imports does. With this digest among its ``params`` a rule re-runs exactly when a shared
    module that it uses has changed.
    """
    digest = hashlib.sha256()
    modules = modules_used(rule)
    pages = any(module.stem == "pages" for module in modules)
    for path in [*sorted(modules), *(_page_templates(rule) if pages else [])]:
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


def _page_templates(rule: str) -> list[Path]:
    """Return the templates that a rule's script names, and what every page is built on."""
    named = re.findall(r'"([\w.]+\.j2)"', (SCRIPTS / f"{rule}.py").read_text())
    return [PAGE_TEMPLATES / name for name in sorted({*named, *PAGE_PARTS})]


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
