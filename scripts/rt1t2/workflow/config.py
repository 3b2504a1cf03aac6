"""The configuration: checked against its closed schema, with messages a user can act on."""

import difflib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import jsonschema
import yaml

from rt1t2.errors import UserError
from rt1t2.user_text import read_user_table


def check_config(config: dict[str, Any], schema: Path) -> None:
    """Check a configuration against the closed schema and against itself.

    Raises
    ------
    UserError
        With one line for each thing that is wrong: the key, what is wrong, what to do.
    """
    rules = yaml.safe_load(schema.read_text())
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
        yield f"  {where}: {error.message}." + (f" ({about})" if about else "")
