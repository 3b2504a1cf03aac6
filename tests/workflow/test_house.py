"""What holds for every rule: one name runs through, and nothing is left undeclared."""

import ast
import re
from pathlib import Path

import pytest
import yaml

from rt1t2.provenance import modules_used

ROOT = Path(__file__).resolve().parents[2]
RULES = "".join(path.read_text() for path in sorted((ROOT / "rules").glob("*.smk")))
BLOCKS = {
    match[1]: match[2]
    for match in re.finditer(r"^rule (\w+):\n(.*?)(?=^\S|\Z)", RULES, flags=re.M | re.S)
}
WORKING = {name: block for name, block in BLOCKS.items() if "script:" in block}
SCRIPTS = {path.stem for path in (ROOT / "scripts").glob("*.py")}


def names(block: str, directive: str) -> list[str]:
    """Return the names that a rule gives under a directive."""
    match = re.search(
        rf"^    {directive}:\n((?:^        .*\n|^\n)+)", block, flags=re.M
    )
    return re.findall(r"^        (\w+)=", match[1], flags=re.M) if match else []


def test_every_script_has_its_rule():
    assert set(WORKING) == SCRIPTS


@pytest.mark.parametrize("rule", sorted(WORKING))
def test_a_rule_declares_what_it_needs(rule):
    block = WORKING[rule]
    for directive in ("log", "benchmark", "conda", "threads", "resources"):
        assert f"    {directive}:" in block, directive
    assert re.search(r"mem_mb=memory\(\d+\)", block)
    assert re.search(r"runtime=\d+", block)
    assert f'code=code_digest("{rule}")' in block
    assert f'"../scripts/{rule}.py"' in block
    assert f'"logs/{rule}' in block
    assert f'"benchmarks/{rule}' in block
    assert block.lstrip().startswith('"""'), "a rule begins with a sentence for users"


@pytest.mark.parametrize("rule", sorted(WORKING))
def test_the_signature_of_a_script_is_its_rule(rule):
    tree = ast.parse((ROOT / "scripts" / f"{rule}.py").read_text())
    (main,) = [
        n for n in tree.body if isinstance(n, ast.FunctionDef) and n.name == "main"
    ]
    arguments = [a.arg for a in main.args.args + main.args.kwonlyargs]
    block = WORKING[rule]
    declared = [n for d in ("input", "output", "params") for n in names(block, d)]
    assert sorted(arguments) == sorted(declared)


def environment(rule: str) -> dict[str, str]:
    """Return package and version of the environment of a rule."""
    file = re.search(r'"\.\./envs/(\w+\.yaml)"', WORKING[rule])[1]
    packages = yaml.safe_load((ROOT / "envs" / file).read_text())["dependencies"]
    return dict(
        re.split(r"\s*=\s*", p, maxsplit=1) for p in packages if "python " not in p
    )


IMPORT_NAMES = {
    "simpleitk": "SimpleITK",
    "matplotlib-base": "matplotlib",
    "pillow": "PIL",
}


@pytest.mark.parametrize("rule", sorted(WORKING))
def test_an_environment_holds_what_its_scripts_import(rule):
    available = {IMPORT_NAMES.get(name, name) for name in environment(rule)}
    imported = set()
    for path in [ROOT / "scripts" / f"{rule}.py", *modules_used(rule)]:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                imported |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                imported.add(node.module.split(".")[0])
    third_party = {name for name in imported if not _standard(name)}
    assert third_party <= available


def _standard(name: str) -> bool:
    import sys

    return name in sys.stdlib_module_names or name == "rt1t2"


def test_environments_repeat_the_pins_of_the_lock():
    lock = (ROOT / "requirements.lock").read_text()
    pins = dict(re.findall(r"^([A-Za-z0-9-]+)==([\w.]+)", lock, flags=re.M))
    for rule in WORKING:
        for package, version in environment(rule).items():
            name = {"matplotlib-base": "matplotlib"}.get(package, package)
            assert pins[name] == version, f"{package} of {rule}"


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-test.lock"])
def test_the_locks_are_hashed_and_name_no_host(name):
    lock = (ROOT / name).read_text()
    assert "http" not in lock
    assert lock.count("--hash=sha256:") > lock.count("==")


def test_the_snakefile_is_short():
    assert len((ROOT / "Snakefile").read_text().splitlines()) < 60
