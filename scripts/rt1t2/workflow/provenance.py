"""Which code made a result: digests of scripts with the modules they import, and versions."""

import ast
import hashlib
import re
from collections.abc import Iterator
from functools import cache
from importlib import metadata
from pathlib import Path

from rt1t2 import __version__

SCRIPTS = Path(__file__).resolve().parents[2]
PACKAGE = "rt1t2"

# What a page is filled into is code to whoever names it: a script, a module, another template.
PAGE_TEMPLATES = SCRIPTS.parent / "resources/report"
TEMPLATE_NAME = re.compile(r'"([\w.]+\.(?:j2|css|bib|js))"')


@cache
def code_digest(rule: str) -> str:
    """Digest the shared modules that a rule's script runs, directly or through one another.

    Snakemake re-runs a rule when its script changes, but not when a module that the script
    imports does. With this digest among its ``params`` a rule re-runs exactly when a shared
    module that it uses has changed. Paths relative to the repository count, not only names:
    two modules that change places are a change.
    """
    modules = modules_used(rule)
    digest = hashlib.sha256()
    for path in sorted([*modules, *_page_templates([_script(rule), *modules])]):
        name = path.relative_to(SCRIPTS.parent).as_posix()
        digest.update(name.encode() + b"\0" + _content(path) + b"\0")
    return digest.hexdigest()[:16]


@cache
def modules_used(rule: str) -> frozenset[Path]:
    """Return the files of all rt1t2 modules that ``scripts/<rule>.py`` imports, transitively."""
    modules: set[Path] = set()
    todo = [_script(rule)]
    while todo:
        new = _imported_files(todo.pop()) - modules
        modules |= new
        todo += new
    return frozenset(modules)


def _script(rule: str) -> Path:
    return SCRIPTS / f"{rule}.py"


@cache
def _content(path: Path) -> bytes:
    """Read a file once: most modules belong to dozens of rules."""
    return path.read_bytes()


@cache
def _imported_files(path: Path) -> frozenset[Path]:
    """Return the files that the imports of one file run, packages' ``__init__`` included.

    Raises
    ------
    ImportError
        An import from the package that no file stands for: it would be left out in silence.
    """
    files: set[Path] = set()
    for names in _imports(path):
        imported = {file for name in names if (file := _file_of(name))}
        if not imported:
            raise ImportError(f"{path}: no module stands for the import of {names[0]}")
        files |= imported
        for name in names:
            parents = name.split(".")[:-1]
            files |= {
                file
                for depth in range(1, len(parents) + 1)
                if (file := _file_of(".".join(parents[:depth])))
            }
    return frozenset(files)


def _imports(path: Path) -> Iterator[list[str]]:
    """Yield, for each import from the package, the dotted names that may be its module."""
    for node in _statements(ast.parse(_content(path))):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
            yield from ([n] for n in names if n.split(".")[0] == PACKAGE)
        elif isinstance(node, ast.ImportFrom):
            module = node.module or ""
            if node.level:
                package = path.relative_to(SCRIPTS).with_suffix("").parts[: -node.level]
                module = ".".join([*package, *filter(None, [module])])
            if module.split(".")[0] == PACKAGE:
                yield from ([module, f"{module}.{alias.name}"] for alias in node.names)


def _statements(tree: ast.Module) -> Iterator[ast.stmt]:
    """Yield every statement, nested ones too; no expression, in which nothing is imported."""
    todo: list[ast.AST] = [tree]
    while todo:
        node = todo.pop()
        for block in ("body", "orelse", "handlers", "finalbody", "cases"):
            todo += getattr(node, block, [])
        if isinstance(node, ast.stmt):
            yield node


@cache
def _file_of(name: str) -> Path | None:
    """Return the file of a dotted module name, ``None`` if it is no module."""
    path = SCRIPTS.joinpath(*name.split("."))
    for file in (path.with_suffix(".py"), path / "__init__.py"):
        if file.exists():
            return file
    return None


def _page_templates(files: list[Path]) -> set[Path]:
    """Return the page templates that files name, and those that these name."""
    templates: set[Path] = set()
    todo = list(files)
    while todo:
        new = _templates_named_in(todo.pop()) - templates
        templates |= new
        todo += new
    return templates


@cache
def _templates_named_in(path: Path) -> frozenset[Path]:
    named = TEMPLATE_NAME.findall(_content(path).decode())
    return frozenset(file for n in named if (file := PAGE_TEMPLATES / n).exists())


def generated_by(code: str, *packages: str) -> dict[str, object]:
    """Return the sidecar entries that say which software made a file.

    BIDS keeps ``SoftwareVersions`` for the software of the scanner.
    """
    versions = {"rt1t2": __version__} | {
        name: metadata.version(name) for name in packages
    }
    return {"PackageVersions": versions, "CodeDigest": code}
