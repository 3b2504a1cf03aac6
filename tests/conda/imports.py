"""Which packages an environment lacks: PREFIX/bin/python imports.py SCRIPT ... prints them.

Runs in the environment itself and needs only the standard library. It takes every ``import``
of the scripts and of the modules of rt1t2 that they use, those inside functions too.
"""

import ast
import importlib
import sys
from pathlib import Path

SCRIPTS = Path(__file__).resolve().parents[2] / "scripts"
sys.path.insert(0, str(SCRIPTS))


def imported(path: Path) -> set[str]:
    """Return the modules that a file imports, by full name."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
    return names


def missing(scripts: list[str]) -> set[str]:
    """Return the packages that cannot be imported here."""
    from rt1t2.workflow.provenance import modules_used

    lacking = set()
    for script in scripts:
        for path in [SCRIPTS / f"{script}.py", *modules_used(script)]:
            for name in imported(path):
                try:
                    importlib.import_module(name)
                except ModuleNotFoundError as error:
                    lacking.add(error.name.split(".")[0])
    return lacking


if __name__ == "__main__":
    sys.stdout.write(" ".join(sorted(missing(sys.argv[1:]))))
