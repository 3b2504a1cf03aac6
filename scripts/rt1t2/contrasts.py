"""Contrasts in the words of the configuration: what they test, and whose rows they need.

Standard library only: the Snakefile reads them without any science package installed.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rt1t2.columns import MISSING
from rt1t2.errors import UserError

Contrast = Mapping[str, Any]
Row = Mapping[str, str]

# What a contrast can be.
GROUPS = "groups"  # two independent samples
VISITS = "visits"  # two rows of the same persons
SLOPE = "slope"  # of a column of numbers, the same in all groups
SLOPES = "slopes"  # the difference of two groups' slopes
ANY_GROUP = "any_group"  # F: do the groups' means differ at all
ANY_SLOPE = "any_slope"  # F: do the groups' slopes differ at all

# The effect size of each, which names its maps and its columns.
MEASURES = {
    GROUPS: "hedges_g",
    VISITS: "d_z",
    SLOPE: "partial_r",
    SLOPES: "partial_r",
    ANY_GROUP: "partial_eta2",
    ANY_SLOPE: "partial_eta2",
}
# Values of quality control as columns: qc:<column of qc/metrics.tsv>
QC = "qc:"
FALLS = "falls"


def kind_of(contrast: Contrast) -> str:
    """Return what a contrast is: GROUPS, VISITS, SLOPE, SLOPES, ANY_GROUP or ANY_SLOPE."""
    if "any_of" in contrast:
        return ANY_SLOPE if "slope" in contrast else ANY_GROUP
    if "slope" in contrast:
        return SLOPES if "plus" in contrast else SLOPE
    return VISITS if "within" in contrast else GROUPS


def statistic_of(contrast: Contrast) -> str:
    """Return ``t`` or ``F``."""
    return "F" if "any_of" in contrast else "t"


def measure_of(contrast: Contrast) -> str:
    """Return the effect size of a contrast, such as ``hedges_g``."""
    return MEASURES[kind_of(contrast)]


def directions(contrast: Contrast) -> list[str]:
    """Say in words where the statistic is large, then where its negative is (not of F)."""
    kind = kind_of(contrast)
    if kind in (ANY_GROUP, ANY_SLOPE):
        slope = f"slope of {contrast['slope']}: " if kind == ANY_SLOPE else ""
        return [f"{slope}any difference of {', '.join(contrast['any_of'])}"]
    if kind == SLOPE:
        words = [f"rises with {contrast['slope']}", f"falls with {contrast['slope']}"]
        return words[::-1] if contrast.get("direction") == FALLS else words
    plus, minus = contrast["plus"], contrast["minus"]
    prefix = f"slope of {contrast['slope']}: " if kind == SLOPES else ""
    return [f"{prefix}{plus} > {minus}", f"{prefix}{minus} > {plus}"]


def columns_of(contrast: Contrast, covariates: Iterable[str] = ()) -> list[str]:
    """Return the columns of the participants table that a contrast needs, each once."""
    named = [contrast.get(key) for key in ("slope", "column", "within")]
    named += [*contrast.get("only", {}), *covariates, *contrast.get("covariates", [])]
    return list(dict.fromkeys(name for name in named if name))


def covariates_of(contrast: Contrast, common: Sequence[str]) -> list[str]:
    """Return the covariates of a contrast: the common ones, then its own."""
    own = [name for name in contrast.get("covariates", []) if name not in common]
    return [*common, *own]


def both_directions(contrast: Contrast) -> tuple[Any, ...]:
    """Return what a contrast shares with the one of the opposite direction only."""
    sides = frozenset(contrast[side] for side in ("plus", "minus") if side in contrast)
    others = (
        *(kind_of(contrast), sides, contrast.get("slope"), contrast.get("column")),
        contrast.get("within"),
    )
    lists = (tuple(contrast.get(key, ())) for key in ("groups", "any_of", "covariates"))
    only = sorted((k, str(v)) for k, v in contrast.get("only", {}).items())
    return (*others, *lists, *only)


def level_column(contrast: Contrast) -> str:
    """Return the column whose values ``plus`` and ``minus`` are."""
    return str(contrast.get("column", "group"))


def levels_of(contrast: Contrast, groups: Sequence[str]) -> list[str]:
    """Return the values of :func:`level_column` that take part, in the order of the maps.

    ``groups`` are all groups, in the order of the config.
    """
    if "any_of" in contrast:
        return list(contrast["any_of"])
    if "plus" in contrast:
        return [contrast["plus"], contrast["minus"]]
    return list(contrast.get("groups", groups))


def rows_of(
    contrast: Contrast, rows: Sequence[Row], groups: Sequence[str]
) -> list[Row]:
    """Return the rows of a contrast, in the order of its maps: one level after the other.

    Of VISITS the rows of ``plus``, then those of ``minus``, persons in the same order;
    persons without both are left out.

    Parameters
    ----------
    contrast
        A row of the config's ``contrasts``.
    rows
        Rows of the participants table, of all who are analysed.
    groups
        All groups of the config.

    Raises
    ------
    UserError
        A column is not there, or a person would count twice.
    """
    name = contrast["name"]
    chosen = [row for row in rows if _takes_part(name, contrast, row)]
    column = level_column(contrast)
    for needed in (column, contrast.get("within")):
        _require_column(name, needed, rows)
    levels = levels_of(contrast, groups)
    of_levels = [[row for row in chosen if row[column] == level] for level in levels]
    if kind_of(contrast) == VISITS:
        return _pairs(name, contrast["within"], of_levels, levels)
    picked = [row for members in of_levels for row in members]
    _require_each_once(name, picked)
    return picked


def _takes_part(name: str, contrast: Contrast, row: Row) -> bool:
    if "column" in contrast and row["group"] not in contrast.get(
        "groups", [row["group"]]
    ):
        return False
    for column, values in contrast.get("only", {}).items():
        _require_column(name, column, [row])
        if row[column] not in ([values] if isinstance(values, str) else values):
            return False
    return True


def _require_column(name: str, column: str | None, rows: Sequence[Row]) -> None:
    if column and rows and column not in rows[0]:
        raise UserError(
            f"contrast {name}: {column} is not a column of the participants table, whose "
            f"columns are {', '.join(rows[0])}. Correct the contrast, or add the column."
        )


def _require_each_once(name: str, rows: Sequence[Row]) -> None:
    """Refuse several rows of one person where the people count as independent."""
    seen: dict[str, str] = {}
    for row in rows:
        person = row.get("person", MISSING)
        if person == MISSING:
            continue
        if first := seen.get(person):
            raise UserError(
                f"contrast {name}: {first} and {row['participant_id']} are of one person "
                "(column `person`), who would count twice. Choose one row of each person, "
                "such as `only: {visit: before}`, or compare the visits with `within: person`."
            )
        seen[person] = row["participant_id"]


def _pairs(
    name: str, within: str, of_levels: Sequence[Sequence[Row]], levels: Sequence[str]
) -> list[Row]:
    by_person: list[dict[str, Row]] = []
    for level, members in zip(levels, of_levels, strict=True):
        found: dict[str, Row] = {}
        for row in members:
            person = row[within]
            if person == MISSING:
                continue
            if person in found:
                raise UserError(
                    f"contrast {name}: {found[person]['participant_id']} and "
                    f"{row['participant_id']} are both `{level}` of one {within}. Keep one, "
                    "or choose with `only`."
                )
            found[person] = row
        by_person.append(found)
    plus, minus = by_person
    both = [person for person in plus if person in minus]
    return [members[person] for members in (plus, minus) for person in both]


def entry(entries: Mapping[str, Any], name: str, default: Any = None) -> Any:
    """Return an entry that t contrasts have: ``peak_t``, of an F contrast ``peak_f``."""
    return entries.get(name, entries.get(f"{name.removesuffix('t')}f", default))


def meaning(contrast: Contrast, groups: Mapping[str, str]) -> str:
    """Say what it means that the statistic is large; ``groups`` are codes and printed names."""
    kind = kind_of(contrast)
    named = [groups.get(code, code) for code in levels_of(contrast, [])]
    slope = contrast.get("slope")
    if kind == SLOPE:
        inside = f" in {' and '.join(named)}" if named else ""
        return f"ratio {contrast.get('direction', 'rises')} with {slope}{inside}"
    if kind == SLOPES:
        return f"ratio rises more steeply with {slope} in {named[0]} than in {named[1]}"
    if kind in (ANY_GROUP, ANY_SLOPE):
        what = f"its slope on {slope} differs" if slope else "it differs"
        return f"ratio: {what} between any of {', '.join(named)}"
    where = f"{contrast['column']} " if "column" in contrast else ""
    return f"ratio higher in {where}{named[0]} than in {where}{named[1]}"
