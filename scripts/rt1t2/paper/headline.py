"""The first lines of the report: what was found in each contrast, and what to beware of."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rt1t2.contrasts import GROUPS, covariates_of, kind_of, meaning
from rt1t2.paper.contrast_pairs import ContrastPair, compared
from rt1t2.paper.primary_test import PRIMARY_TESTS, PrimaryTest
from rt1t2.qc.metrics import formatted, number
from rt1t2.qc.pages import minus
from rt1t2.significance import ALPHA
from rt1t2.workflow.exclusions import excluded_people

Row = Mapping[str, str]

EFFECT_AT_PEAK = " at peak (95 % CI)"
# What is measured, where it is not what the column says; its size and its limits
EFFECT = re.compile(r"(?:(\S+) )?(-?[\d.]+) \((\S+) to (\S+)\)")
NO_EVIDENCE = "which is not evidence of no effect"
LESION_SHARE = "Of its voxels, in a lesion (%)"
# Reasons of so many people, of so many letters, stand in the summary itself
FEW_PEOPLE, SHORT_REASON = 4, 90


@dataclass(frozen=True)
class Finding:
    """One comparison or group: its name, what was found in words, and whether anything was."""

    name: str
    text: str
    found_any: bool


def contrast_findings(
    contrasts: Sequence[Mapping[str, Any]],
    pairs: Sequence[ContrastPair],
    groups: Mapping[str, str],
    summaries: Sequence[Mapping[str, Any]],
    table_2: Sequence[Row],
    primary: PrimaryTest,
) -> list[Finding]:
    """Say for every comparison how many clusters there are, and what the primary test says.

    Parameters
    ----------
    contrasts, summaries
        Of the config, and ``summary.json`` of each.
    pairs
        The comparisons: :func:`~rt1t2.paper.contrast_pairs.contrast_pairs`.
    groups
        Codes and printed names.
    table_2
        Its rows.
    primary
        The test that decides.
    """
    by_name = {contrast["name"]: contrast for contrast in contrasts}
    summary_of = dict(zip(by_name, summaries, strict=True))
    findings = []
    for pair in pairs:
        meant, rows = {}, {}
        for name, sign in pair.tested:
            meant[name] = _meaning(pair, sign, by_name[name], groups)
            rows[name] = [
                row
                for row in table_2
                if row.get("Contrast") == name and is_number(row.get("Cluster", ""))
            ]
        summary = summary_of[pair.source]
        nothing = (
            f"no cluster at p < {summary['height_p']:g} and at least "
            f"{summary['extent_voxels']} voxels"
        )
        sentences = [
            f"{_capital(meant[name])}: {_clusters(rows[name], primary, sign)}"
            for name, sign in pair.tested
            if rows[name]
        ]
        if not sentences:
            whole = " in either direction" if len(meant) > 1 else ""
            what = "" if len(meant) > 1 else f"{_capital(*meant.values())}: "
            sentences = [_capital(f"{what}{nothing}{whole}, {NO_EVIDENCE}.")]
        elif len(sentences) < len(meant):
            sentences.append(f"In the other direction: {nothing}.")
        found = any(rows.values())
        findings.append(Finding(pair.title(groups), " ".join(sentences), found))
    return findings


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _meaning(
    pair: ContrastPair,
    sign: int,
    contrast: Mapping[str, Any],
    groups: Mapping[str, str],
) -> str:
    """Say what a direction means; of two groups, what it is in the patients."""
    if sign > 0 or kind_of(contrast) != GROUPS or "column" in contrast:
        return meaning(contrast, groups)
    first, second = (groups.get(code, code) for code in (pair.higher, pair.lower))
    return f"ratio lower in {first} than in {second}"


def _clusters(rows: Sequence[Row], primary: PrimaryTest, sign: int) -> str:
    """Say how many clusters there are, how many are found, and where the largest is."""
    largest = max(rows, key=lambda row: number(row["Volume (mm³)"]))
    size = number(largest["Volume (mm³)"]) / 1000
    place = [minus(largest[f"Centre of gravity {axis} (mm)"]) for axis in "xyz"]
    several = len(rows) > 1
    text = (
        f"{len(rows)} cluster{'s' if several else ''}, {_decided(rows, primary)}. "
        f"{'The largest' if several else 'It'} has {size:.1f} ml, its centre at "
        f"({', '.join(place)}) mm"
    )
    p = largest.get(primary.printed, "n/a")
    if several and is_number(p.removeprefix("<")):
        text += f", p(FWE) {p if p.startswith('<') else f'= {p}'}"
    label = largest.get("Location", "n/a")
    text += (
        "." if label in {"n/a", ""} else f", by its share of atlas regions: {label}."
    )
    return (
        text
        + _effect(largest, sign)
        + _lesions(largest)
        + _other_tests(largest, primary)
    )


def _effect(cluster: Row, sign: int) -> str:
    """Say how large the effect at a cluster's peak is, as the comparison has its sign."""
    for column, cell in cluster.items():
        found = EFFECT.fullmatch(cell) if column.endswith(EFFECT_AT_PEAK) else None
        if found:
            named, *numbers = found.groups()
            size, *limits = (sign * number(text) for text in numbers)
            low, high = sorted(limits)
            measure = named or column.removesuffix(EFFECT_AT_PEAK)
            return (
                f" At its peak, which was chosen for its height, {measure} is "
                f"{formatted(size)} ({formatted(low)} to {formatted(high)})."
            )
    return ""


def _lesions(cluster: Row) -> str:
    """Say whether a cluster lies in lesions; nothing where nobody has one."""
    share = cluster.get(LESION_SHARE, "n/a")
    if share == "n/a":
        return ""
    if share == "0":
        return " No lesion reaches into it."
    return f" Somebody has a lesion in {share} % of its voxels."


def _other_tests(cluster: Row, primary: PrimaryTest) -> str:
    """Say what the tests that do not decide make of a cluster."""
    said = [
        f"{cluster[test.printed]} ({test.words})"
        for test in PRIMARY_TESTS.values()
        if test is not primary and test.printed_p(cluster) == test.printed_p(cluster)
    ]
    return f" By the other tests p(FWE): {', '.join(said)}." if said else ""


def _decided(rows: Sequence[Row], primary: PrimaryTest) -> str:
    """Say how many clusters the primary test finds, and the smallest p where it finds any."""
    tested = [p for row in rows if (p := primary.printed_p(row)) == p]
    if not tested:
        return f"which the primary test ({primary.words}) could not judge"
    found = sum(p < ALPHA for p in tested)
    # "<0.001" counts as 0.001, and is less
    least = min(
        (row[primary.printed] for row in rows if primary.printed_p(row) == min(tested)),
        key=lambda printed: not printed.startswith("<"),
    )
    least = least if least.startswith("<") else f"= {least}"
    if len(rows) == 1:
        verdict, smallest = "found" if found else "not found", ""
    else:
        verdict, smallest = f"{found} of them found", "smallest "
    return f"{verdict} by the primary test ({primary.words}; {smallest}p(FWE) {least})"


def receptor_findings(table_3: Sequence[Row]) -> list[Finding]:
    """Say for every patient group which maps it correlates with after correction, and before."""
    columns = [c for c in (table_3[0] if table_3 else {}) if ": p FDR" in c]
    findings = []
    for column in columns:
        group = column.split(": p FDR")[0]
        after = [row for row in table_3 if row[column].endswith("*")]
        before = [
            row
            for row in table_3
            if row not in after and number(row.get(f"{group}: p")) < ALPHA
        ]
        text = (
            f"mean Fisher z significant at p(FDR) < {ALPHA:g} with {_maps(after, group)}."
            if after
            else f"none of {len(table_3)} maps at p(FDR) < {ALPHA:g}, which is not evidence "
            "of no correlation."
        )
        if before:
            text += f" At p < {ALPHA:g} before correction only: {_maps(before, group, 'p')}."
        findings.append(Finding(group, text, bool(after)))
    return findings


def _maps(rows: Sequence[Row], group: str, p: str = "") -> str:
    """Name maps with their mean Fisher z, and a column ``p`` of the group, largest z first."""
    named = []
    for row in rows:
        z = number(row.get(f"{group}: mean Fisher z")) + 0.0
        text = minus(f"{z:.2f}")
        text += f"; p = {row[f'{group}: {p}']}" if p else ""
        named.append((abs(z), f"{row['Map']} ({text})"))
    return ", ".join(text for _, text in sorted(named, reverse=True))


def warnings(
    config: Mapping[str, Any],
    metrics: Sequence[Row],
    exclusions: Sequence[Row],
    tests: Sequence[Row],
    any_cluster: bool,
    n_comparisons: int = 0,
) -> list[str]:
    """Return what a reader must know before believing the summary."""
    texts = []
    if n_comparisons > 1:
        texts.append(
            f"{compared(len(config['contrasts']), n_comparisons)} were tested. p(FWE) allows "
            "for the whole brain, not for their number."
        )
    flagged = [row for row in metrics if number(row.get("n_flags")) > 0]
    if flagged:
        texts.append(
            f"{len(flagged)} of {len(metrics)} processed participants have something to look "
            "at: listed under Quality. A flag leaves nobody out, the column exclude does."
        )
    if exclusions:
        texts.append(_not_analysed(exclusions))
    if any_cluster:
        texts.append(
            "A cluster at an uncorrected threshold is not a finding by itself, however "
            "large: the primary test decides, and all others stand beside it."
        )
    differing = [test for test in tests if number(test.get("p")) < ALPHA]
    if differing:
        named = [f"{test['variable']} ({test['comparison']})" for test in differing]
        texts.append(f"The groups differ in {', '.join(named)}; see table 1.")
        common = config["statistics"]["covariates"]
        for name in dict.fromkeys(test["variable"] for test in differing):
            own = [name in covariates_of(c, common) for c in config["contrasts"]]
            if not all(own):
                texts[-1] += (
                    f" {'Not every' if any(own) else 'No'} contrast has {name} as a "
                    "covariate: what is found between these groups may be due to it."
                )
    if not metrics:
        return texts  # nobody was scanned: the choices below had no part in the maps
    if config["smoothing"]["edges"] == "zero_fill":
        texts.append(
            "Smoothing counts undefined voxels as zero, as SPM does: lesions in one group "
            "alone can produce clusters. Compare with edges: normalised."
        )
    if config["calibration"]["method"] == "none":
        texts.append(
            "Intensities were not calibrated: the overall level of the ratio means nothing."
        )
    if config["bias_correction"]["method"] == "none":
        texts.append("Bias fields were not corrected.")
    return texts


def _not_analysed(exclusions: Sequence[Row]) -> str:
    """Say who is not analysed, and why where that is short."""
    people = excluded_people(exclusions)
    reasons: dict[str, list[str]] = {name: [] for name in people}
    for row in exclusions:
        reasons[row["participant_id"]].append(row.get("reason", "n/a"))
    text = f"{len(people)} participant{' is' if len(people) == 1 else 's are'} not analysed"
    named = [f"{name} ({'; '.join(why)})" for name, why in reasons.items()]
    if len(named) > FEW_PEOPLE or any(len(one) > SHORT_REASON for one in named):
        return f"{text}: who and why is listed under Quality."
    return f"{text}: {', '.join(named)}."


def is_number(text: str) -> bool:
    """Tell whether a cell holds a number."""
    return number(text) == number(text)
