import pytest
from fabricated import CONFIG, GROUPS

from rt1t2.paper import headline
from rt1t2.paper.contrast_pairs import contrast_pairs
from rt1t2.paper.primary_test import PRIMARY_TESTS

EXTENT = PRIMARY_TESTS["permutation_extent"]

ROW = {
    "Contrast": "HC-PSP",
    "Cluster": "1",
    "Centre of gravity x (mm)": "-8",
    "Centre of gravity y (mm)": "-23",
    "Centre of gravity z (mm)": "12",
    "Volume (mm³)": "17533",
    "p FWE (cluster)": "0.25",
    "p FWE (extent, permutation)": "<0.001",
    "Location": "Thalamus",
}
SMALL = ROW | {"Cluster": "2", "Volume (mm³)": "800"}
SMALL |= {"p FWE (extent, permutation)": "0.31"}
NOTHING = {
    "Contrast": "PSP-HC",
    "Cluster": "no cluster survived",
    "Location": "p < 0.001",
}
SUMMARIES = [{"height_p": 0.001, "extent_voxels": 750}] * 2


def findings(table_2, primary=EXTENT):
    pairs = contrast_pairs(CONFIG["contrasts"], list(GROUPS), "HC")
    return headline.contrast_findings(
        CONFIG["contrasts"], pairs, GROUPS, SUMMARIES, table_2, primary
    )


def test_contrasts_in_words():
    (found,) = findings([ROW, SMALL, NOTHING])
    assert found.found_any
    assert found.name == "Post-stroke pain \N{MINUS SIGN} Controls"
    lower = (
        "Ratio lower in Post-stroke pain than in Controls: 2 clusters, 1 of them found"
    )
    assert found.text.startswith(lower)
    assert "by permutation; smallest p(FWE) <0.001)" in found.text
    centre = "17.5 ml, its centre at (\N{MINUS SIGN}8, \N{MINUS SIGN}23, 12) mm"
    place = "by its share of atlas regions: Thalamus."
    assert f"The largest has {centre}, p(FWE) <0.001, {place}" in found.text
    assert (
        "By the other tests p(FWE): 0.25 (cluster extent, by random field" in found.text
    )
    assert "Hedges g" not in found.text
    other = "In the other direction: no cluster at p < 0.001 and at least 750 voxels."
    assert found.text.endswith(other)


def test_the_effect_at_the_peak_and_every_other_test_are_said():
    effect = {"Hedges g at peak (95 % CI)": "4.03 (2.26 to 6.30)"}
    row = ROW | effect | {"p FWE (TFCE, permutation)": "0.02", "p FWE (peak)": "n/a"}
    (found,) = findings([row, NOTHING])
    assert (
        "for its height, Hedges g is \N{MINUS SIGN}4.03 (\N{MINUS SIGN}6.30 to"
        in found.text
    )
    assert "p(FWE): 0.02 (TFCE, by permutation), 0.25 (cluster extent" in found.text
    assert "height of the peak" not in found.text


def test_an_effect_that_is_not_the_columns_own_has_its_name():
    effect = {"Hedges g at peak (95 % CI)": "r 0.50 (0.20 to 0.72)"}
    (found,) = findings([ROW | effect, NOTHING])
    assert (
        ", r is \N{MINUS SIGN}0.50 (\N{MINUS SIGN}0.72 to \N{MINUS SIGN}0.20)."
        in found.text
    )


@pytest.mark.parametrize(
    ("share", "words"),
    [
        ("0", "Thalamus. No lesion reaches into it."),
        ("<0.1", "Thalamus. Somebody has a lesion in <0.1 % of its voxels."),
        ("12.3", "Thalamus. Somebody has a lesion in 12.3 % of its voxels."),
    ],
)
def test_lesions_in_a_cluster_are_said_where_anybody_has_one(share, words):
    (found,) = findings([ROW | {headline.LESION_SHARE: share}, NOTHING])
    assert words in found.text
    (found,) = findings([ROW | {headline.LESION_SHARE: "n/a"}, NOTHING])
    assert "lesion" not in found.text


def test_one_cluster_is_found_or_not():
    (found,) = findings([ROW, NOTHING])
    assert "Controls: 1 cluster, found by the primary test (" in found.text
    assert "; p(FWE) <0.001). It has 17.5 ml" in found.text
    (found,) = findings([SMALL, NOTHING])
    assert "1 cluster, not found by the primary test (" in found.text


def test_no_cluster_is_said_of_both_directions_or_of_the_one_that_was_tested():
    (found,) = findings([NOTHING])
    assert not found.found_any
    nothing = "cluster at p < 0.001 and at least 750 voxels"
    assert found.text == f"No {nothing} in either direction, {headline.NO_EVIDENCE}."
    one = CONFIG["contrasts"][:1]
    pairs = contrast_pairs(one, list(GROUPS), "HC")
    (found,) = headline.contrast_findings(one, pairs, GROUPS, SUMMARIES[:1], [], EXTENT)
    assert found.text == (
        f"Ratio lower in Post-stroke pain than in Controls: no {nothing}, "
        f"{headline.NO_EVIDENCE}."
    )


@pytest.mark.parametrize(
    ("primary", "words"),
    [
        ("permutation_extent", "1 cluster, found by"),
        ("random_field_extent", "1 cluster, not found by"),
        ("permutation_tfce", "could not judge"),
    ],
)
def test_the_primary_test_alone_decides(primary, words):
    (found,) = findings([ROW], PRIMARY_TESTS[primary])
    assert words in found.text
    assert PRIMARY_TESTS[primary].words in found.text


def test_a_p_below_what_is_printed_is_the_smaller_one():
    near = SMALL | {"p FWE (extent, permutation)": "0.001"}
    (found,) = findings([near, ROW])
    assert "2 of them" in found.text
    assert "smallest p(FWE) <0.001)" in found.text


def test_receptors_in_words():
    heads = [
        f"Pain (n = 6): {h}" for h in ("mean Fisher z", "p FDR, 34 tests (* < 0.05)")
    ]
    table = [
        {"Map": "CB1", heads[0]: "0.22", heads[1]: "0.003*"},
        {"Map": "D1", heads[0]: "0.03", heads[1]: "0.85"},
    ]
    (found,) = headline.receptor_findings(table)
    assert found.name == "Pain (n = 6)"
    assert "CB1 (0.22)" in found.text
    assert "D1" not in found.text


def test_a_map_below_the_level_before_correction_only_is_named_as_that():
    heads = [f"Pain: {h}" for h in ("mean Fisher z", "p", "p FDR, 2 tests (* < 0.05)")]
    rows = [("D1", "-0.21", "0.018", "0.071"), ("D2", "0.02", "0.81", "0.81")]
    table = [{"Map": m} | dict(zip(heads, cells, strict=True)) for m, *cells in rows]
    (found,) = headline.receptor_findings(table)
    assert not found.found_any
    assert (
        "At p < 0.05 before correction only: D1 (\N{MINUS SIGN}0.21; p = 0.018)."
        in found.text
    )
    assert "D2" not in found.text


def test_warnings_name_what_endangers_the_result():
    tests = [{"variable": "age", "comparison": "HC - PSP", "p": "0.01"}]
    config = CONFIG | {"smoothing": {"fwhm_mm": 10, "edges": "zero_fill"}}
    found = " ".join(
        headline.warnings(config, [{"n_flags": "2"}, {"n_flags": "0"}], [], tests, True)
    )
    assert "1 of 2 processed participants" in found
    assert "differ in age (HC - PSP); see table 1. No contrast has age" in found
    statistics = config["statistics"] | {"covariates": ["age"]}
    adjusted = config | {"statistics": statistics}
    assert "as a covariate" not in " ".join(
        headline.warnings(adjusted, [], [], tests, True)
    )
    assert "3 comparisons" in headline.warnings(config, [], [], [], True, 3)[0]
    (said,) = headline.warnings(config, [], [], [], False, 2)
    assert said.startswith("2 comparisons were tested.")
    assert "lesions in one group" in found
    one = config["contrasts"][0] | {"covariates": ["age"]}
    some = config | {"contrasts": [one, *config["contrasts"][1:]]}
    found = " ".join(headline.warnings(some, [], [], tests, True))
    assert "Not every contrast has age as a covariate" in found
    assert headline.warnings(CONFIG, [{"n_flags": "0"}], [], [], False) == []


def test_who_is_missing_is_said_with_the_reason_where_that_is_short():
    rows = [
        {"participant_id": name, "reason": why}
        for name, why in (("sub-2", "no T2w"), ("sub-1", "moved"), ("sub-1", "late"))
    ]
    (said,) = headline.warnings(CONFIG, [], rows, [], False)
    assert said == (
        "2 participants are not analysed: sub-1 (moved; late), sub-2 (no T2w)."
    )
    rows[0]["reason"] = "long " * 40
    (said,) = headline.warnings(CONFIG, [], rows, [], False)
    assert said.startswith("2 participants are not analysed: who and why")


def test_no_significant_map_is_not_called_no_correlation():
    table = [{"Map": "D1", "Pain: mean Fisher z": "0.1", "Pain: p FDR, 1 tests": "0.2"}]
    (found,) = headline.receptor_findings(table)
    assert found.text.startswith("none of 1 maps at p(FDR) < 0.05")
    assert not found.found_any


def test_nothing_is_said_of_steps_that_nobody_went_through():
    config = CONFIG | {"smoothing": {"fwhm_mm": 10, "edges": "zero_fill"}}
    config |= {"calibration": {"method": "none"}, "bias_correction": {"method": "none"}}
    assert headline.warnings(config, [], [], [], False) == []
    assert len(headline.warnings(config, [{"n_flags": "0"}], [], [], False)) == 3
