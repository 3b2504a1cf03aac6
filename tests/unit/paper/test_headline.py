import pytest
from fabricated import CONFIG, GROUPS

from rt1t2.paper import headline
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


def test_contrasts_in_words():
    found = headline.contrast_findings(
        CONFIG["contrasts"], GROUPS, SUMMARIES, [ROW, SMALL, NOTHING], EXTENT
    )
    assert found[0].found_any
    assert (
        "higher in Controls than in Post-stroke pain: 2 clusters, 1 of" in found[0].text
    )
    assert "by permutation; smallest p <0.001" in found[0].text
    assert "17.5 ml about (\N{MINUS SIGN}8, \N{MINUS SIGN}23, 12) mm" in found[0].text
    assert "mm, p(FWE) <0.001: Thalamus." in found[0].text
    assert not found[1].found_any
    assert "no cluster at p < 0.001 and at least 750 voxels" in found[1].text


@pytest.mark.parametrize(
    ("primary", "words"),
    [
        ("permutation_extent", "1 of them at p(FWE) < 0.05"),
        ("random_field_extent", "0 of them at p(FWE) < 0.05"),
        ("permutation_tfce", "could not judge"),
    ],
)
def test_the_primary_test_alone_decides(primary, words):
    (found, _) = headline.contrast_findings(
        CONFIG["contrasts"], GROUPS, SUMMARIES, [ROW], PRIMARY_TESTS[primary]
    )
    assert words in found.text
    assert PRIMARY_TESTS[primary].words in found.text


def test_a_p_below_what_is_printed_is_the_smaller_one():
    near = SMALL | {"p FWE (extent, permutation)": "0.001"}
    (found, _) = headline.contrast_findings(
        CONFIG["contrasts"], GROUPS, SUMMARIES, [near, ROW], EXTENT
    )
    assert "2 of them" in found.text
    assert "smallest p <0.001)" in found.text


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
    assert "1 of 2 participants" in found
    assert "differ in age (HC - PSP)" in found
    assert "lesions in one group" in found
    assert headline.warnings(CONFIG, [{"n_flags": "0"}], [], [], False) == []


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
