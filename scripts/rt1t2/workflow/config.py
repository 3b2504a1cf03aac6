"""The configuration: checked against its closed schema, with messages a user can act on."""

import csv
import difflib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import jsonschema
import yaml

from rt1t2.errors import UserError


def check_config(config: dict[str, Any], schema: Path) -> None:
    """Check a configuration against the closed schema and against itself.

    Raises
    ------
    UserError
        With one line for each thing that is wrong: the key, what is wrong, what to do.
    """
    rules = yaml.safe_load(schema.read_text())
    lines = list(_keys_that_are_no_text(config, ""))
    if not lines:
        errors = jsonschema.Draft202012Validator(rules).iter_errors(config)
        lines = [line for error in errors for line in _explain(error)]
    if not lines:
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
        groups = (yaml.safe_load(Path(file).read_text()) or {}).get("groups", groups)
    return groups


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
    with table.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    needed = {"receptor", "map", "n", "source", "licence", "url", "sha256"}
    if not rows or (absent := needed - set(rows[0])):
        raise UserError(
            f"receptor table {table}: no column {', '.join(sorted(absent if rows else needed))}."
        )
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
        and (row["receptor"] in choose or row.get("default", "yes") == "yes")
    }
    for row in used.values():
        others = [
            f"{other['map']} (n = {other['n']})"
            for other in rows
            if other["receptor"] == row["receptor"] and other["map"] not in used
        ]
        row["other_maps"] = "; ".join(others) or "n/a"
    return used


def _keys_that_are_no_text(value: Any, where: str) -> Iterable[str]:
    """Find what YAML reads as a number, a date or yes and no where a name is meant."""
    if isinstance(value, list):
        for item in value:
            yield from _keys_that_are_no_text(item, where)
    if not isinstance(value, dict):
        return
    for key, item in value.items():
        place = f"{where}.{key}" if where else str(key)
        if not isinstance(key, str):
            meant = {True: "yes, on or true", False: "no, off or false", None: "null"}
            said = "" if type(key) is int else f" (from {meant.get(key, 'a number')})"
            yield (
                f"  {where or 'top level'}: YAML reads the key `{key}`{said} as no text. Put "
                'it in quotation marks, as in "0" or "NO".'
            )
        yield from _keys_that_are_no_text(item, place)


def _contradictions(config: dict[str, Any]) -> Iterable[str]:
    groups = config["groups"]
    if config["control_group"] not in groups:
        yield (
            f"  control_group: `{config['control_group']}` is not one of the groups "
            f"{', '.join(groups)}."
        )
    names = [contrast["name"] for contrast in config["contrasts"]]
    for contrast in config["contrasts"]:
        for side in ("plus", "minus"):
            if contrast[side] not in groups:
                yield (
                    f"  contrasts: `{contrast['name']}` names the group "
                    f"`{contrast[side]}`; the groups are {', '.join(groups)}."
                )
        if names.count(contrast["name"]) > 1:
            yield f"  contrasts: the name `{contrast['name']}` occurs more than once."


def _explain(error: jsonschema.ValidationError) -> Iterable[str]:
    where = ".".join(str(part) for part in error.absolute_path) or "top level"
    if error.validator == "additionalProperties":
        known = list(error.schema.get("properties", {}))
        for key in sorted(set(error.instance) - set(known)):
            near = difflib.get_close_matches(key, known, n=1)
            hint = (
                f"did you mean `{near[0]}`?" if near else f"known: {', '.join(known)}."
            )
            yield f"  {where}: unknown key `{key}`; {hint}"
    else:
        about = error.schema.get("description", "")
        if error.validator == "type" and "string" in error.validator_value:
            if isinstance(error.instance, bool | int | float):
                about += '; put it in quotation marks, as in "0" or "NO"'
        yield f"  {where}: {error.message}." + (f" ({about})" if about else "")
