"""What the methods text says of contrasts that are not two groups."""

from collections.abc import Mapping, Sequence
from typing import Any

from rt1t2.contrasts import ANY_GROUP, ANY_SLOPE, GROUPS, SLOPE, SLOPES, VISITS

TESTS = {
    GROUPS: "two-sample t",
    VISITS: "paired t",
    SLOPE: "t of a slope",
    SLOPES: "t of a difference of slopes",
    ANY_GROUP: "F of several groups",
    ANY_SLOPE: "F of several slopes",
}
EFFECTS = {
    "d_z": "the mean change in standard deviations of the change (d_z, noncentral t) of visits",
    "partial_r": "partial correlations of slopes (Fisher's z)",
    "partial_eta2": "partial \N{GREEK SMALL LETTER ETA}² of F (noncentral F)",
}


def how_tested(summaries: Sequence[Mapping[str, Any]], common: Sequence[str]) -> str:
    """Say how the ratio was tested; ``common`` are the covariates of all contrasts."""
    kinds = {summary.get("kind", GROUPS) for summary in summaries}
    if kinds <= {GROUPS}:
        return "the groups were compared with a two-sample t-test"
    parts = []
    for summary in summaries:
        own = [c for c in summary.get("covariates") or [] if c not in common]
        adjusted = f", given {', '.join(own)}" if own else ""
        words = (summary.get("directions") or ["n/a"])[0]
        test = TESTS[summary.get("kind", GROUPS)]
        parts.append(f"{test} ({summary.get('contrast', 'n/a')}: {words}{adjusted})")
    return f"the ratio was tested by {'; '.join(parts)},"


def other_effects(summaries: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the effect sizes of contrasts that have another one than Hedges g."""
    used = {summary.get("measure", "hedges_g") for summary in summaries}
    return [words for measure, words in EFFECTS.items() if measure in used]


def other_permutations(summaries: Sequence[Mapping[str, Any]]) -> list[str]:
    """Say what is permuted where it is not the labels of groups."""
    kinds = {summary.get("kind", GROUPS) for summary in summaries}
    said = []
    if kinds & {SLOPE, SLOPES, ANY_SLOPE}:
        said.append("of slopes the participants changed places within their group")
    if VISITS in kinds:
        said.append("of visits each person's difference changed its sign")
    return said
