"""What a contrast of the configuration must say, before anything is read."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rt1t2.contrasts import ANY_GROUP, ANY_SLOPE, GROUPS, VISITS, kind_of

# The keys of a contrast in the ways they can stand together; `covariates` and `only` always can.
FORMS = (
    {"plus", "minus"},
    {"column", "plus", "minus"},
    {"column", "plus", "minus", "groups"},
    {"column", "plus", "minus", "within"},
    {"column", "plus", "minus", "within", "groups"},
    {"slope"},
    {"slope", "groups"},
    {"slope", "direction"},
    {"slope", "groups", "direction"},
    {"slope", "plus", "minus"},
    {"any_of"},
    {"any_of", "slope"},
)
WORDS = (
    "`plus` and `minus` for two groups; `slope`, and `groups` or `direction`, for a column "
    "of numbers; `slope`, `plus` and `minus` for a difference of slopes; `column`, `plus`, "
    "`minus` and `within` for visits; `any_of`, and `slope`, for F"
)


def contrast_contradictions(config: Mapping[str, Any]) -> Iterator[str]:
    """Yield a line for everything that is wrong with the contrasts of a configuration."""
    for contrast in config["contrasts"]:
        lines = list(_wrong_words(contrast)) or list(_wrong_groups(contrast, config))
        lines += _wrong_covariates(contrast, config)
        if kind_of(contrast) != GROUPS and config["statistics"]["variance"] == "welch":
            lines.append(
                f"  contrasts: `{contrast['name']}` has no Welch test, which compares two "
                "groups. Set statistics.variance to unequal or equal."
            )
        yield from lines


def _wrong_words(contrast: Mapping[str, Any]) -> Iterator[str]:
    said = set(contrast) - {"name", "covariates", "only"}
    if said in FORMS:
        return
    yield (
        f"  contrasts: `{contrast['name']}` says {', '.join(sorted(said)) or 'nothing'}, "
        f"which is no contrast. Use {WORDS}."
    )


def _wrong_groups(
    contrast: Mapping[str, Any], config: Mapping[str, Any]
) -> Iterator[str]:
    groups, kind = config["groups"], kind_of(contrast)
    named: Sequence[str] = [*contrast.get("any_of", []), *contrast.get("groups", [])]
    if "column" not in contrast and "plus" in contrast:
        named = [contrast["plus"], contrast["minus"], *named]
    for group in dict.fromkeys(named):
        if group not in groups:
            yield (
                f"  contrasts: `{contrast['name']}` names the group "
                f"`{group}`; the groups are {', '.join(groups)}."
            )
    if "plus" in contrast and contrast["plus"] == contrast["minus"]:
        what = "group" if "column" not in contrast else contrast["column"]
        yield (
            f"  contrasts: `{contrast['name']}` compares the {what} "
            f"`{contrast['plus']}` with itself."
        )
    if kind in (ANY_GROUP, ANY_SLOPE) and len(set(named)) < len(named):
        yield f"  contrasts: `{contrast['name']}` names a group twice in any_of."
    if kind == VISITS and contrast["within"] == contrast["column"]:
        yield (
            f"  contrasts: `{contrast['name']}`: `within` names the column of persons, "
            "`column` that of the visits; they cannot be the same."
        )


def _wrong_covariates(
    contrast: Mapping[str, Any], config: Mapping[str, Any]
) -> Iterator[str]:
    own = contrast.get("covariates", [])
    name, groups = contrast["name"], config["groups"]
    for covariate in dict.fromkeys(c for c in own if own.count(c) > 1):
        yield f"  contrasts: `{name}` lists the covariate `{covariate}` more than once."
    for covariate in sorted(set(own) & set(groups)):
        yield (
            f"  contrasts: `{name}`: the covariate `{covariate}` is also the code of a "
            "group. Rename the column of the participants table."
        )
    if own and config["statistics"]["variance"] == "welch":
        yield (
            f"  contrasts: `{name}`: Welch's test has no covariates. Set statistics.variance "
            "to unequal or equal."
        )
    tested = {str(contrast.get(key, "")) for key in ("slope", "column")} & set(own)
    for covariate in sorted(tested):
        yield f"  contrasts: `{name}` tests `{covariate}`, which cannot be a covariate too."
