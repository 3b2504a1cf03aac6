"""The configuration: checked against its closed schema, with messages a user can act on."""

import difflib
import math
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import jsonschema
import yaml

from rt1t2.errors import UserError
from rt1t2.user_text import LONGEST, read_user_table, visible
from rt1t2.workflow.contrast_checks import contrast_contradictions

# Names that files of results use beside the codes of groups.
RESERVED_CODES = frozenset({"file", "maps"})
YES, NO = {"yes", "y", "true", "1"}, {"no", "n", "false", "0", "n/a", ""}
# What YAML takes for text: without a point a number has no exponent.
EXPONENT = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)[eE][+-]?\d+")
MAP_NAME = re.compile(r"[^\W_][\w .,+()-]{0,99}")  # a file is called so
# The patterns of the schema in words.
MEANINGS = {
    "^[A-Za-z0-9]+$": "use the letters A to Z and digits only, without spaces",
    "^[A-Za-z0-9-]+$": "use the letters A to Z, digits and hyphens only",
    "^sub-[A-Za-z0-9]+$": "write `sub-` and letters or digits",
}
TYPES = {
    "string": "text",
    "number": "a number",
    "integer": "a whole number",
    "boolean": "true or false",
    "array": "a list",
    "object": "a section of its own",
    "null": "null",
}


def check_config(config: dict[str, Any], schema: Path) -> None:
    """Check a configuration against the closed schema and against itself.

    Numbers such as ``1e-4``, which YAML takes for text without a point, become numbers in
    ``config``, and the groups' printed names lose what is not seen of them.

    Raises
    ------
    UserError
        With one line for each thing that is wrong: the key, what is wrong, what to do.
    """
    if lines := sorted([*_keys_that_are_no_text(config), *_no_numbers(config)]):
        raise UserError("\n".join(["the configuration cannot be used:", *lines]))
    rules = yaml.safe_load(schema.read_text())
    validator = jsonschema.Draft202012Validator(rules)
    for error in list(validator.iter_errors(config)):
        _read_exponent(config, error)
    lines = [
        line for error in validator.iter_errors(config) for line in _explain(error)
    ]
    if not lines:
        names = config["groups"].items()
        config["groups"] = {code: visible(name) or code for code, name in names}
        lines = list(_contradictions(config))
    if lines:
        raise UserError(
            "\n".join(["the configuration cannot be used:", *sorted(lines)])
        )


def own_groups(config: dict[str, Any], files: Iterable[str | Path]) -> dict[str, str]:
    """Return the groups of the last of the user's files that names any, else the defaults.

    Snakemake merges mappings: without this the default groups would stay beside the user's.
    """
    groups: dict[str, str] = config["groups"]
    for file in files:
        groups = _own_sections(Path(file)).get("groups", groups)
    return groups


class _OnceOnly(yaml.SafeLoader):
    """Reads YAML, and stops at a key that is there twice: only the last would count."""

    def construct_mapping(self, node: Any, deep: bool = False) -> Any:
        """Build a mapping of keys that differ."""
        keys = [key.value for key, _ in node.value if key.value != "<<"]
        for key in dict.fromkeys(key for key in keys if keys.count(key) > 1):
            raise UserError(
                f"line {node.start_mark.line + 1}: the key `{key}` is there more than once, "
                "and only the last would count. Keep one of them."
            )
        return super().construct_mapping(node, deep)


def _own_sections(file: Path) -> dict[str, Any]:
    """Read a user's configuration.

    Raises
    ------
    UserError
        It is no YAML, no mapping, or has a key twice.
    """
    try:
        own = yaml.load(file.read_bytes(), _OnceOnly) or {}  # a SafeLoader
    except UserError as error:
        raise UserError(f"the configuration {file}, {error}") from None
    except yaml.YAMLError as error:
        raise UserError(f"the configuration {file} is no YAML: {error}") from None
    if not isinstance(own, dict):
        raise UserError(f"the configuration {file} has no keys. See config/README.md.")
    return own


def find_file(name: str, folders: Iterable[Path], key: str) -> Path:
    """Return the first existing file ``name`` under ``folders``; absolute names as they are."""
    candidates = list(dict.fromkeys(folder / name for folder in folders))
    for path in candidates:
        if path.exists():
            if set("{}") & set(str(path)):
                raise UserError(
                    f"`{key}` of the config: the path {path} contains {{ or }}, which "
                    "Snakemake reads as a wildcard. Rename the folder or file."
                )
            return path
    tried = ", ".join(str(path) for path in candidates)
    raise UserError(f"`{key}` of the config: {name} was not found; looked for {tried}.")


def read_receptors(
    table: Path, choose: dict[str, str] | None = None
) -> dict[str, dict[str, str]]:
    """Read the table of receptor maps: the rows to correlate, by the name of their map.

    Where the table has a column ``default``, only its ``yes`` rows are used, but for the
    receptors in ``choose``, of which the map named there is used. ``other_maps`` of a row
    names the maps of its receptor that are not, with their sample sizes.
    """
    columns, rows = read_user_table(table, "receptor table")
    needed = ("receptor", "map", "n", "source", "licence", "url", "sha256")
    if absent := [name for name in needed if name not in columns]:
        raise UserError(
            f"receptor table {table}: no column {', '.join(absent)}; found "
            f"{', '.join(columns) or 'nothing'}. The columns must be separated by tabs."
        )
    names = [row["map"] for row in rows]
    if twice := [name for name in dict.fromkeys(names) if names.count(name) > 1]:
        raise UserError(
            f"receptor table {table}: the map {', '.join(twice)} occurs more than once. "
            "Give each map a name of its own."
        )
    _check_map_names(table, names)
    for row in rows:
        row |= {name: visible(row[name], LONGEST) for name in columns if name != "url"}
        row["receptor"] = visible(row["receptor"])
    choose = choose or {}
    for receptor, name in choose.items():
        offered = [row["map"] for row in rows if row["receptor"] == receptor]
        if name not in offered:
            raise UserError(
                f"`receptors.choose` of the config: {name} is no map of {receptor} in "
                f"{table}, which has {', '.join(offered) or 'no map of it'}."
            )
    used = {
        row["map"]: row
        for row in rows
        if choose.get(row["receptor"], row["map"]) == row["map"]
        and (row["receptor"] in choose or _is_default(table, row))
    }
    for row in used.values():
        others = [
            f"{other['map']} (n = {other['n']})"
            for other in rows
            if other["receptor"] == row["receptor"] and other["map"] not in used
        ]
        row["other_maps"] = "; ".join(others) or "n/a"
    return used


def _check_map_names(table: Path, names: Iterable[str]) -> None:
    """Refuse names of maps that cannot name files, or the same file on some disks."""
    first: dict[str, str] = {}
    for name in names:
        if not MAP_NAME.fullmatch(name):
            raise UserError(
                f"receptor table {table}: the map `{name}` cannot be the name of a file. Use "
                "letters, digits, spaces and _ . , + - ( ) only, beginning with a letter or "
                "digit."
            )
        if first.setdefault(name.lower(), name) != name:
            raise UserError(
                f"receptor table {table}: the maps {first[name.lower()]} and {name} differ in "
                "capital letters only. Rename one."
            )


def _is_default(table: Path, row: dict[str, str]) -> bool:
    word = row.get("default", "yes").lower()
    if word not in YES | NO:
        raise UserError(
            f"receptor table {table}: default is `{row['default']}` for the map {row['map']}. "
            "Write yes or no."
        )
    return word in YES


def _contradictions(config: dict[str, Any]) -> Iterable[str]:
    groups = config["groups"]
    if config["control_group"] not in groups:
        yield (
            f"  control_group: `{config['control_group']}` is not one of the groups "
            f"{', '.join(groups)}."
        )
    statistics = config["statistics"]
    if (
        statistics["primary_test"].startswith("permutation")
        and not (statistics["permutations"])
    ):
        yield (
            f"  statistics.primary_test: `{statistics['primary_test']}` needs "
            "statistics.permutations. Set them, or choose random_field_extent."
        )
    for code in sorted(RESERVED_CODES & set(groups)):
        yield f"  groups: `{code}` has a meaning of its own in the results. Use another code."
    for alike in _same({code: code.lower() for code in groups}).values():
        yield f"  groups: {' and '.join(alike)} differ in capital letters only."
    for codes in _same({c: n.lower() for c, n in groups.items()}).values():
        name = " ".join(groups[codes[0]].split())
        yield (
            f"  groups: {' and '.join(codes)} are both printed as `{name}`, and tables could "
            "not tell them apart. Give each group a name of its own."
        )
    names = [contrast["name"] for contrast in config["contrasts"]]
    yield from contrast_contradictions(config)
    for name in dict.fromkeys(name for name in names if names.count(name) > 1):
        yield f"  contrasts: the name `{name}` occurs more than once."
    # results lie in folders of these names, and some file systems ignore case
    for alike in _same({name: name.lower() for name in names}).values():
        yield f"  contrasts: {' and '.join(alike)} differ in capital letters only."
    covariates = config["statistics"]["covariates"]
    if covariates and config["statistics"]["variance"] == "welch":
        yield (
            "  statistics: Welch's test has no covariates. Set variance to unequal or equal, or "
            "empty covariates."
        )
    if (
        config["regions"]["harmonise"] != "none"
        and config["statistics"]["variance"] == "welch"
    ):
        yield (
            "  regions.harmonise: harmonised values are tested with the protocol as a covariate, "
            "and Welch's test has none. Set statistics.variance to unequal or equal, or "
            "regions.harmonise to none."
        )
    for name in dict.fromkeys(c for c in covariates if covariates.count(c) > 1):
        yield f"  statistics.covariates: `{name}` is listed more than once."
    for name in sorted(set(covariates) & set(groups)):
        yield (
            f"  statistics.covariates: `{name}` is also the code of a group. Rename the "
            "column of the participants table."
        )


def _same(names: dict[str, str]) -> dict[str, list[str]]:
    """Return what several keys share, and which keys."""
    by_name: dict[str, list[str]] = {}
    for key, name in names.items():
        by_name.setdefault(" ".join(name.split()), []).append(key)
    return {name: keys for name, keys in by_name.items() if len(keys) > 1}


def _keys_that_are_no_text(config: Any, where: str = "") -> Iterable[str]:
    """Name the keys that YAML read as something else: 01, yes, null, 2024-05-01."""
    if isinstance(config, dict):
        for key, value in config.items():
            if not isinstance(key, str):
                yield (
                    f"  {where or 'top level'}: YAML reads the key `{_as_written(key)}` as "
                    f"{_kind(key)}. Put it in quotes, everywhere it is named."
                )
            yield from _keys_that_are_no_text(value, f"{where}.{key}".strip("."))
    elif isinstance(config, list):
        for number, value in enumerate(config):
            yield from _keys_that_are_no_text(value, f"{where}.{number}")


def _no_numbers(config: Any, where: str = "") -> Iterable[str]:
    """Name values that YAML reads as numbers although nothing can be computed with them."""
    if isinstance(config, dict | list):
        keys = config if isinstance(config, dict) else range(len(config))
        for key in keys:
            yield from _no_numbers(config[key], f"{where}.{key}".strip("."))
    elif isinstance(config, float) and not math.isfinite(config):
        yield f"  {where}: {config} is no number to compute with."


def _kind(value: Any) -> str:
    kinds = {
        bool: "yes or no",
        type(None): "nothing",
        int: "a number",
        float: "a number",
    }
    return kinds.get(type(value), type(value).__name__)


def _as_written(value: Any) -> str:
    """Return a value as people write it in YAML."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def _read_exponent(config: dict[str, Any], error: jsonschema.ValidationError) -> None:
    """Replace a number that YAML took for text, such as ``1e-4``, in the configuration."""
    numeric = error.validator == "type" and error.validator_value in (
        "number",
        "integer",
    )
    if not (numeric and isinstance(error.instance, str)):
        return
    if not EXPONENT.fullmatch(error.instance.strip()):
        return
    *parents, last = error.absolute_path
    section: Any = config
    for key in parents:
        section = section[key]
    number = float(error.instance)
    section[last] = int(number) if number.is_integer() else number


def _explain(error: jsonschema.ValidationError) -> Iterable[str]:
    where = ".".join(str(part) for part in error.absolute_path) or "top level"
    about = error.schema.get("description", "")
    if error.validator == "additionalProperties":
        known = list(error.schema.get("properties", {}))
        patterns = list(error.schema.get("patternProperties", {}))
        unknown = [
            key
            for key in error.instance
            if key not in known and not any(re.search(p, key) for p in patterns)
        ]
        for key in sorted(unknown):
            near = difflib.get_close_matches(key, known, n=1)
            if patterns:
                allowed = MEANINGS.get(patterns[0], patterns[0])
                yield f"  {where}: `{key}` cannot be a key here; {allowed}."
            elif near:
                yield f"  {where}: unknown key `{key}`; did you mean `{near[0]}`?"
            else:
                yield f"  {where}: unknown key `{key}`; known: {', '.join(known)}."
        return
    message = error.message
    if error.validator == "pattern":
        allowed = MEANINGS.get(error.validator_value, error.validator_value)
        message = f"`{error.instance}` is not possible; {allowed}"
    elif error.validator == "type":
        wanted = _types(error.validator_value)
        message = (
            f"`{_as_written(error.instance)}` is {_kind_in_words(error.instance)}, "
        )
        message += f"and has to be {wanted}"
        if "text" in wanted and not isinstance(error.instance, str | dict | list):
            message += ". Put it in quotes"
    yield f"  {where}: {message}." + (f" ({about})" if about else "")


def _types(types: str | list[str]) -> str:
    """Name the types of a schema in words."""
    listed = [types] if isinstance(types, str) else types
    return " or ".join(TYPES[name] for name in listed)


def _kind_in_words(value: Any) -> str:
    kinds: dict[type, str] = {str: "text", dict: "a section", list: "a list"}
    return kinds.get(type(value)) or _kind(value)
