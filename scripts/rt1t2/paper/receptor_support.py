"""Where each receptor correlation comes from: the report's table and sentences."""

from collections.abc import Mapping, Sequence

from rt1t2.qc.pages import minus
from rt1t2.receptors.collinearity import ALIKE, WITH
from rt1t2.receptors.parts import PARTS
from rt1t2.significance import rounded_p
from rt1t2.tables import number

Row = Mapping[str, str]


def support_table(
    sensitivity: Sequence[Row],
    map_correlations: Sequence[Row],
    groups: Mapping[str, str],
) -> list[dict[str, str]]:
    """Return one row per patient group and map, as the report prints it.

    Parameters
    ----------
    sensitivity
        Rows of ``sensitivity.tsv``.
    map_correlations
        Rows of ``map_correlations.tsv``.
    groups
        Codes and labels of all groups.
    """
    variants = ("leave_one_region_out", *PARTS)
    closest = {row["map"]: _closest(row) for row in map_correlations}
    by_variant = {(r["group"], r["map"], r["variant"]): r for r in sensitivity}
    rows = [
        {
            "Group": groups[main["group"]],
            "Map": main["map"],
            "Mean Fisher z": _z(main["mean_fisher_z"]),
            "One region left out": _range(left_out),
            "Region that matters most": left_out["most_influential"],
            "Cortex": _with_p(cortex),
            "Subcortex": _with_p(subcortex),
            "Closest map": closest[main["map"]],
        }
        for main, left_out, cortex, subcortex in (
            (row, *(by_variant[row["group"], row["map"], name] for name in variants))
            for row in sensitivity
            if row["variant"] == "main"
        )
    ]
    # a part that was told of nobody, which a sentence says, is no column
    empty = [
        part
        for part in ("Cortex", "Subcortex")
        if all(row[part] == "n/a" for row in rows)
    ]
    return [{k: v for k, v in row.items() if k not in empty} for row in rows]


def support_sentences(
    sensitivity: Sequence[Row],
    map_correlations: Sequence[Row],
    groups: Mapping[str, str],
) -> list[str]:
    """Say how much single regions and the parts matter, see :func:`support_table`."""
    main = {
        (r["group"], r["map"]): number(r["mean_fisher_z"])
        for r in sensitivity
        if r["variant"] == "main"
    }
    left_out = [r for r in sensitivity if r["variant"] == "leave_one_region_out"]
    known = [row for row in left_out if row["n_omissions"] != "n/a"]
    sentences = []
    if known:
        change = {
            (row["group"], row["map"]): max(
                abs(number(row[limit]) - main[row["group"], row["map"]])
                for limit in ("fisher_z_low", "fisher_z_high")
            )
            for row in known
        }
        most = max(known, key=lambda row: change[row["group"], row["map"]])
        turned = sum(row["n_sign_changes"] != "0" for row in known)
        sentences.append(
            f"Without any one region, {turned or 'none'} of {len(known)} correlations "
            f"{'change' if turned > 1 else 'changes'} sign; the largest change of a mean "
            f"Fisher z is {change[most['group'], most['map']]:.3f} "
            f"({groups[most['group']]}, {most['map']}, without "
            f"{most['most_influential']})."
        )
    sentences += _reasons("One region left out", left_out)
    sentences += _sentences_of_parts(sensitivity, groups)
    return sentences + _sentences_of_maps(map_correlations)


def _sentences_of_maps(map_correlations: Sequence[Row]) -> list[str]:
    names = [row["map"] for row in map_correlations]
    pairs = [
        (number(row[f"{WITH}{other}"]), row["map"], other)
        for k, row in enumerate(map_correlations)
        for other in names[k + 1 :]
        if row[f"{WITH}{other}"] != "n/a"
    ]
    pairs.sort(key=lambda pair: -abs(pair[0]))
    alike = [pair for pair in pairs if abs(pair[0]) > ALIKE]
    if alike:
        named = "; ".join(f"{a} and {b} ({_rho(rho)})" for rho, a, b in alike)
        return [
            f"Maps that correlate with one another above |\N{GREEK SMALL LETTER RHO}| = "
            f"{ALIKE} over the regions cannot be told apart, and a correlation with one is "
            f"no evidence against the other: {named}."
        ]
    return [
        f"No two maps correlate with one another above |\N{GREEK SMALL LETTER RHO}| = {ALIKE} "
        f"over the regions; the closest are {a} and {b} ({_rho(rho)})."
        for rho, a, b in pairs[:1]
    ]


def _sentences_of_parts(
    sensitivity: Sequence[Row], groups: Mapping[str, str]
) -> list[str]:
    of_part = {
        part: [row for row in sensitivity if row["variant"] == part] for part in PARTS
    }
    sentences = []
    pairs = [
        (cortex, subcortex)
        for cortex, subcortex in zip(*of_part.values(), strict=True)
        if "n/a" not in (cortex["mean_fisher_z"], subcortex["mean_fisher_z"])
    ]
    if pairs:
        opposite = [
            f"{groups[cortex['group']]}, {cortex['map']}"
            for cortex, subcortex in pairs
            if number(cortex["mean_fisher_z"]) * number(subcortex["mean_fisher_z"]) < 0
        ]
        named = f" ({'; '.join(opposite)})" if opposite else ""
        sentences.append(
            f"Cortex and subcortex apart: {len(opposite) or 'none'} of {len(pairs)} "
            f"correlations {'have' if len(opposite) > 1 else 'has'} opposite signs in the "
            f"two{named}."
        )
    for part, rows in of_part.items():
        sentences += _reasons(part.capitalize(), rows)
    return sentences


def _reasons(what: str, rows: Sequence[Row]) -> list[str]:
    """Say why a variant could not be computed, once per reason."""
    reasons = dict.fromkeys(row["note"] for row in rows if row["note"] != "n/a")
    return [f"{what}: {reason}" for reason in reasons]


def _with_p(row: Row) -> str:
    if row["mean_fisher_z"] == "n/a":
        return "n/a"
    p = rounded_p(number(row["p"]), 3)
    return f"{_z(row['mean_fisher_z'])} ({row['n_regions']}; p {p})"


def _closest(row: Row) -> str:
    if row["closest_map"] == "n/a":
        return "n/a"
    return f"{row['closest_map']} ({_rho(number(row['closest_rho']))})"


def _rho(rho: float) -> str:
    # below 1 in size and above the limit, as the number is
    text = f"{rho:.2f}" if abs(round(rho, 2)) != ALIKE else f"{rho:.4f}"
    return minus(text)


def _range(row: Row) -> str:
    if row["fisher_z_low"] == "n/a":
        return "n/a"
    return f"{_z(row['fisher_z_low'])} to {_z(row['fisher_z_high'])}"


def _z(text: str) -> str:
    if text == "n/a":
        return text
    return minus(f"{number(text):.3f}")
