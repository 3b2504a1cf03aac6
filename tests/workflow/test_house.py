"""What holds for every rule: one name runs through, and nothing is left undeclared."""

import ast
import re
import sys
from pathlib import Path

import pytest
import yaml

from rt1t2.workflow.provenance import _imported_files, modules_used

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
    assert re.search(r"runtime=minutes\(\d+\)", block)
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
    sidecars = {n for n in declared if n.removesuffix("_json") in {*declared} - {n}}
    # `own_files` tells Snakemake alone that a user's file has changed
    assert sorted(arguments) == sorted(set(declared) - sidecars - {"own_files"})
    assert len(set(declared)) == len(declared)


FAMILIES = {path.stem: path for path in sorted((ROOT / "envs").glob("*.yaml"))}
IMPORT_NAMES = {
    "connected-components-3d": "cc3d",
    "simpleitk": "SimpleITK",
    "picsl-greedy": "picsl_greedy",
    "markdown-it-py": "markdown_it",
    "python-docx": "docx",
    "matplotlib-base": "matplotlib",
    "pillow": "PIL",
    "pyyaml": "yaml",
}


def packages(family: str) -> dict[str, str]:
    """Return package and version of an environment, Python and pip apart."""
    entries = yaml.safe_load(FAMILIES[family].read_text())["dependencies"]
    pinned = [e for e in entries if isinstance(e, str) and "=" in e]
    pinned += [e for d in entries if isinstance(d, dict) for e in d["pip"]]
    found = dict(re.split(r"\s*==?\s*", entry, maxsplit=1) for entry in pinned)
    return {name: v for name, v in found.items() if not name.startswith("python ")}


def rules_of(family: str) -> list[str]:
    """Return the rules whose scripts run in an environment."""
    return [name for name, block in WORKING.items() if f"envs/{family}.yaml" in block]


def imported(family: str) -> dict[str, set[str]]:
    """Return the third-party packages that the scripts of a family import, and where."""
    found = {}
    for rule in rules_of(family):
        for path in [ROOT / "scripts" / f"{rule}.py", *modules_used(rule)]:
            for node in ast.walk(ast.parse(path.read_text())):
                names = []
                if isinstance(node, ast.Import):
                    names = [alias.name for alias in node.names]
                elif isinstance(node, ast.ImportFrom) and node.module:
                    names = [node.module]
                for name in {n.split(".")[0] for n in names}:
                    if name not in sys.stdlib_module_names and name != "rt1t2":
                        found.setdefault(name, set()).add(path.name)
    return found


@pytest.mark.parametrize("family", FAMILIES)
def test_an_environment_holds_what_its_scripts_import_and_nothing_else(family):
    """So a package that is taken out of a file is named here, and so is one too many."""
    available = {IMPORT_NAMES.get(name, name) for name in packages(family)}
    needed = imported(family)
    lacking = {name: needed[name] for name in set(needed) - available}
    assert not lacking, f"envs/{family}.yaml lacks {lacking}"
    assert available <= set(needed), f"envs/{family}.yaml has packages nobody imports"


def test_every_rule_has_an_environment():
    assert sorted(r for f in FAMILIES for r in rules_of(f)) == sorted(WORKING)


def test_environments_repeat_the_pins_of_the_lock():
    lock = (ROOT / "requirements.lock").read_text()
    pins = dict(re.findall(r"^([A-Za-z0-9-]+)==([\w.]+)", lock, flags=re.M))
    for family in FAMILIES:
        for package, version in packages(family).items():
            name = {"matplotlib-base": "matplotlib"}.get(package, package)
            assert pins[name] == version, f"{package} in envs/{family}.yaml"


LOCKS = ("requirements.lock", "requirements-test.lock", "requirements-s3.lock")


@pytest.mark.parametrize("name", LOCKS)
def test_the_locks_are_hashed_and_name_no_host(name):
    lock = (ROOT / name).read_text()
    assert "http" not in lock
    assert lock.count("--hash=sha256:") > lock.count("==")


def test_the_snakefile_is_short():
    assert len((ROOT / "Snakefile").read_text().splitlines()) <= 65


def test_every_rule_has_its_place_on_a_cluster():
    """In a bundle, on the login node, or alone for a reason."""
    local = (
        (ROOT / "Snakefile").read_text().split("localrules:")[1].split("rule all")[0]
    )
    placed = {rule for rule, block in WORKING.items() if "    group:\n" in block}
    placed |= set(re.findall(r"\w+", local))
    assert set(WORKING) - placed == {"calibration_reference"}


STAGES = (
    *("workflow", "geometry", "template", "registration", "scans", "conform", "tissue"),
    *("ratio", "group", "receptors", "qc", "paper", "share", "simulate"),
)
PACKAGE = ROOT / "scripts/rt1t2"
MODULES = sorted(PACKAGE.rglob("*.py"))


def stage_of(path: Path) -> str:
    """Return the folder of a module; empty beside ``errors``."""
    folders = path.relative_to(PACKAGE).parts[:-1]
    assert len(folders) <= 1, "one folder per stage, none inside"
    return folders[0] if folders else ""


def imported_stages(path: Path) -> set[str]:
    """Return the folders that a module imports from."""
    return {stage_of(file) for file in _imported_files(path)} - {""}


def test_the_folders_are_the_stages():
    assert {stage_of(path) for path in MODULES} - {""} == set(STAGES)


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_imports_run_one_way(path):
    """Beside ``errors`` nothing imports a folder; a stage imports only earlier ones."""
    own = stage_of(path)
    allowed = STAGES[: STAGES.index(own) + 1] if own else ()
    assert imported_stages(path) <= set(allowed)


def test_nothing_that_a_study_runs_imports_the_simulation():
    of_the_demo = set(
        re.findall(r"^rule (\w+)", (ROOT / "rules/simulate.smk").read_text(), re.M)
    )
    for rule in set(WORKING) - of_the_demo:
        assert "simulate" not in {stage_of(path) for path in modules_used(rule)}, rule


def test_every_unit_test_lies_where_its_module_lies():
    known = {path.relative_to(PACKAGE).with_suffix("").as_posix() for path in MODULES}
    unit = ROOT / "tests/unit"
    for path in unit.rglob("test_*.py"):
        place = path.relative_to(unit)
        name = place.with_name(place.stem.removeprefix("test_")).as_posix()
        assert name in known or name in BEHAVIOURS, f"{place} tests no module"


# Tests of what several modules do together
BEHAVIOURS = {"ratio/scaling"}


MAX_PARAMETERS, MAX_LINES = 12, 60
# Scripts whose `main` still holds what belongs into the folder of its stage, or whose rule has
# many files: parameters and lines may shrink, and nothing may be added here.
LARGE_MAINS = {
    "conform": (15, 60),  # two scans and a lesion in, and six files of them out
    "figure_4": (15, 60),  # one image for each box of the figure, in three formats
    "group_clusters": (16, 60),  # brings together what six rules found, in four files
    "group_ttest": (15, 60),  # six files
    "normalise": (17, 60),  # the brain and the template in, the way and its matrix out
    "qc_cohort": (13, 60),  # six kinds of files in, three out
    "qc_participant": (27, 60),  # one file for each image and record on the page
    "segment": (13, 60),  # five images in, five out
    "reference_tissues": (14, 60),  # before and after bias correction, and the tissues
}


@pytest.mark.parametrize("rule", sorted(WORKING))
def test_a_script_is_small(rule):
    tree = ast.parse((ROOT / "scripts" / f"{rule}.py").read_text())
    (main,) = [
        n for n in tree.body if isinstance(n, ast.FunctionDef) and n.name == "main"
    ]
    parameters, lines = LARGE_MAINS.get(rule, (MAX_PARAMETERS, MAX_LINES))
    assert len(main.args.args) <= parameters
    assert main.end_lineno - main.lineno + 1 <= lines


def test_every_module_has_its_test_file():
    """Modules of constants need none."""
    unit = ROOT / "tests/unit"
    working = [path for path in MODULES if "def " in path.read_text()]
    modules = {path.relative_to(PACKAGE) for path in working}
    lacking = {
        path.with_suffix("").as_posix()
        for path in modules
        if not (unit / path.with_name(f"test_{path.name}")).exists()
    }
    assert not lacking
