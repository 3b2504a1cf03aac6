"""Where the correlations come from, in the report's table and sentences."""

import pytest

from rt1t2.paper.receptor_support import support_sentences, support_table
from rt1t2.receptors.parts import PARTS
from rt1t2.receptors.sensitivity_table import SENSITIVITY


def maps_of(rho):
    """Return the correlations of two maps."""
    about = {"receptor": "x", "closest_rho": rho, "closest_n_regions": "99"}
    d1 = {"map": "D1", "closest_map": "MU", "rho:D1": "1.0", "rho:MU": rho}
    mu = {"map": "MU", "closest_map": "D1", "rho:D1": rho, "rho:MU": "1.0"}
    return [about | d1, about | mu]


MAPS = maps_of("-0.61")
CLOSEST = (
    "No two maps correlate with one another above |\N{GREEK SMALL LETTER RHO}| = 0.8 over the "
    "regions; the closest are D1 and MU (\N{MINUS SIGN}0.61)."
)
GROUPS = {"HC": "Controls", "PSP": "Post-stroke pain"}


def row(name, variant, **cells):
    about = {"group": "PSP", "receptor": name, "map": name, "variant": variant}
    return dict.fromkeys(SENSITIVITY, "n/a") | about | cells


def left_out(name, low, high, n_sign_changes="0"):
    return row(
        *(name, "leave_one_region_out"),
        fisher_z_low=low,
        fisher_z_high=high,
        n_omissions="40",
        n_sign_changes=n_sign_changes,
        most_influential=f"{name}'s region",
    )


@pytest.fixture
def sensitivity():
    """Return two maps; the second one's sign hangs on one region."""
    return [
        row("D1", "main", mean_fisher_z="0.3"),
        row("MU", "main", mean_fisher_z="-0.02"),
        left_out("D1", "0.25", "0.31"),
        left_out("MU", "-0.03", "0.1", n_sign_changes="1"),
        row("D1", "cortex", mean_fisher_z="0.2", n_regions="98", p="0.0321"),
        row("MU", "cortex", mean_fisher_z="-0.1", n_regions="98", p="0.2"),
        row("D1", "subcortex", mean_fisher_z="-0.4", n_regions="16", p="0.0001"),
        row("MU", "subcortex", mean_fisher_z="-0.1", n_regions="16", p="0.2"),
    ]


def test_the_region_that_matters_most_stands_beside_the_range(sensitivity):
    d1, mu = support_table(sensitivity, MAPS, GROUPS)
    assert d1["Group"] == "Post-stroke pain"
    assert d1["One region left out"] == "0.250 to 0.310"
    assert d1["Region that matters most"] == "D1's region"
    assert (d1["Cortex"], mu["Subcortex"]) == (
        "0.200 (98; p 0.032)",
        "\N{MINUS SIGN}0.100 (16; p 0.200)",
    )
    assert mu["Mean Fisher z"] == "\N{MINUS SIGN}0.020"


def test_the_sentence_names_the_largest_change(sensitivity):
    sentence, *_ = support_sentences(sensitivity, MAPS, GROUPS)
    assert sentence == (
        "Without any one region, 1 of 2 correlations changes sign; the largest change of a "
        "mean Fisher z is 0.120 (Post-stroke pain, MU, without MU's region)."
    )
    sensitivity[3] = left_out("MU", "-0.03", "-0.01")
    sentence, *_ = support_sentences(sensitivity, MAPS, GROUPS)
    assert sentence.startswith("Without any one region, none of 2 correlations changes")


def test_signs_that_differ_between_cortex_and_subcortex_are_named(sensitivity):
    _, sentence, _ = support_sentences(sensitivity, MAPS, GROUPS)
    assert sentence == (
        "Cortex and subcortex apart: 1 of 2 correlations has opposite signs in the two "
        "(Post-stroke pain, D1)."
    )


def test_what_cannot_be_computed_says_why_once(sensitivity):
    few = [row(n, "leave_one_region_out", note="too few.") for n in ("D1", "MU")]
    parts = [row(n, part, note="Why.") for part in PARTS for n in ("D1", "MU")]
    rows = [*sensitivity[:2], *few, *parts]
    assert support_sentences(rows, MAPS, GROUPS) == [
        "One region left out: too few.",
        "Cortex: Why.",
        "Subcortex: Why.",
        CLOSEST,
    ]
    first = support_table(rows, MAPS, GROUPS)[0]
    assert first["One region left out"] == "n/a"
    assert not {"Cortex", "Subcortex"} & set(first)  # the sentences say why
    assert support_table([], [], GROUPS) == support_sentences([], [], GROUPS) == []


def test_maps_that_cannot_be_told_apart_are_named_with_the_limit(sensitivity):
    assert support_table(sensitivity, MAPS, GROUPS)[0]["Closest map"] == (
        "MU (\N{MINUS SIGN}0.61)"
    )
    assert support_sentences(sensitivity, MAPS, GROUPS)[-1] == CLOSEST
    for rho, printed in (("-0.91", "\N{MINUS SIGN}0.91"), ("0.8003", "0.8003")):
        sentence = support_sentences(sensitivity, maps_of(rho), GROUPS)[-1]
        assert (
            "above |\N{GREEK SMALL LETTER RHO}| = 0.8 over the regions cannot be told apart"
            in sentence
        )
        assert sentence.endswith(f": D1 and MU ({printed}).")
    assert support_sentences(sensitivity, maps_of("0.7999"), GROUPS)[-1].startswith(
        "No two maps"
    )
    assert not support_sentences([], maps_of("n/a"), GROUPS)
