"""Where each receptor correlation comes from: the report's table and sentences."""

from collections.abc import Mapping, Sequence

from rt1t2.receptors.parts import PARTS
from rt1t2.significance import rounded_p
from rt1t2.tables import number

Row = Mapping[str, str]


def support_table(
    sensitivity: Sequence[Row], groups: Mapping[str, str]
) -> list[dict[str, str]]:
    """Return one row per patient group and map, as the report prints it.

    Parameters
    ----------
    sensitivity
        Rows of ``sensitivity.tsv``.
    groups
        Codes and labels of all groups.
    """
    variants = ("leave_one_region_out", *PARTS)
    by_variant = {(r["group"], r["map"], r["variant"]): r for r in sensitivity}
    return [
        {
            "Group": groups[main["group"]],
            "Map": main["map"],
            "Mean Fisher z": _z(main["mean_fisher_z"]),
            "One region left out": _range(left_out),
            "Region that matters most": left_out["most_influential"],
            "Cortex": _with_p(cortex),
            "Subcortex": _with_p(subcortex),
        }
        for main, left_out, cortex, subcortex in (
            (row, *(by_variant[row["group"], row["map"], name] for name in variants))
            for row in sensitivity
            if row["variant"] == "main"
        )
    ]


def support_sentences(
    sensitivity: Sequence[Row], groups: Mapping[str, str]
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
    return sentences + _sentences_of_parts(sensitivity, groups)


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


def _range(row: Row) -> str:
    if row["fisher_z_low"] == "n/a":
        return "n/a"
    return f"{_z(row['fisher_z_low'])} to {_z(row['fisher_z_high'])}"


def _z(text: str) -> str:
    if text == "n/a":
        return text
    return f"{number(text):.3f}".replace("-", "\N{MINUS SIGN}")
