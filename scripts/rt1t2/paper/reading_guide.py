"""How to read the report, for clinicians: the words of this study, and no others."""

from collections.abc import Mapping, Sequence
from typing import Any

from rt1t2.contrasts import (
    ANY_GROUP,
    ANY_SLOPE,
    GROUPS,
    SLOPE,
    SLOPES,
    VISITS,
    kind_of,
    measure_of,
)
from rt1t2.paper.primary_test import PRIMARY_TESTS
from rt1t2.ratio.ratio import T1W_OVER_LN_T2W
from rt1t2.significance import ALPHA

Guide = list[tuple[str, str]]

AT_A_PEAK = "At a peak it is too large, because the peak was chosen for its height."
QUESTIONS = {
    GROUPS: "where the ratio is higher in one group than in another",
    VISITS: "where the ratio is higher in one scan of the same people than in another",
    SLOPE: "where the ratio rises, or falls, with a measure of the participants",
    SLOPES: "where the ratio rises more steeply with a measure in one group than in another",
    ANY_GROUP: "where the ratio differs between any of several groups",
    ANY_SLOPE: "where the slope of the ratio on a measure differs between any of several groups",
}
EFFECT_SIZES = {
    "hedges_g": (
        "Hedges g",
        "the difference between two groups in standard deviations of people",
    ),
    "d_z": ("d_z", "the mean change in standard deviations of people's changes"),
    "partial_r": (
        "r (partial)",
        "the correlation of ratio and measure, between \N{MINUS SIGN}1 and 1, with the other "
        "columns of the design taken out",
    ),
    "partial_eta2": (
        "\N{GREEK SMALL LETTER ETA}\N{SUPERSCRIPT TWO} (partial)",
        "the share of the variance, between 0 and 1, that the tested columns explain of what "
        "the others leave",
    ),
}


def reading_guide(
    config: Mapping[str, Any], people: Mapping[str, Any], any_receptors: bool
) -> Guide:
    """Return what to know, each as a term and what is said of it.

    Parameters
    ----------
    config
        The configuration without local paths.
    people
        What the analysed came with: ``scans`` and ``finished_maps``.
    any_receptors
        Whether anything was correlated with a receptor map.
    """
    guide = [("Ratio", _ratio(config, people))]
    if config["contrasts"]:
        guide += _of_contrasts(config)
    if any_receptors:
        guide.append(
            (
                "Receptor maps",
                "do the regions where patients lie above the controls hold many of these "
                "receptors (positive), or few (negative)? p(FDR) allows for the number of "
                "tests. A correlation is no cause, and maps resemble one another.",
            )
        )
    guide.append(
        (
            "One person",
            "all results are about averages over people. They say nothing about a single "
            "patient.",
        )
    )
    return guide


def _ratio(config: Mapping[str, Any], people: Mapping[str, Any]) -> str:
    text = ""
    if people["scans"]:
        logarithm = config["ratio"]["formula"] == T1W_OVER_LN_T2W
        scaled = config["calibration"]["method"] != "none"
        text = (
            "the brightness of the T1w image divided by "
            f"{'the logarithm of ' if logarithm else ''}that of the T2w, "
            + (
                "after both were brought to one scale. "
                if scaled
                else "in the units of the scanner: its overall level means nothing. "
            )
        )
    if people["finished_maps"]:
        who = "Some maps" if people["scans"] else "all maps"
        text += f"{who} were handed in finished; how they were made is not known here. "
    return (
        f"{text}It follows myelin, and also iron, water and the density of neurites: it is no "
        "measure of any of them alone."
    )


def _of_contrasts(config: Mapping[str, Any]) -> Guide:
    contrasts: Sequence[Mapping[str, Any]] = config["contrasts"]
    statistics = config["statistics"]
    primary = PRIMARY_TESTS[statistics["primary_test"]]
    kinds, measures = set(map(kind_of, contrasts)), set(map(measure_of, contrasts))
    asked = [question for kind, question in QUESTIONS.items() if kind in kinds]
    sizes = [size for measure, size in EFFECT_SIZES.items() if measure in measures]
    return [
        ("Contrast", f"a question to the maps: {'; or '.join(asked)}."),
        (
            "Cluster",
            f"a connected region of at least {statistics['extent_voxels']} voxels that all "
            f"exceed the height threshold (p < {statistics['height_p']:g}), which alone means "
            "little.",
        ),
        (
            "p(FWE)",
            "the probability that a study without any effect gives, anywhere in the brain, "
            f"something as extreme as this. Of several tests the primary one ({primary.words}) "
            f"decides: below {ALPHA:g} by it, a cluster counts as found. It has to be chosen "
            "before the results are seen; all other p values stand beside it.",
        ),
        (
            "No cluster",
            "this does not mean no effect. The table of evidence says in how much of the brain the "
            "data speak for an effect, for none, or for neither.",
        ),
        *((name, f"{meaning}. {AT_A_PEAK}") for name, meaning in sizes),
    ]
