"""How to read the report: only what is true of the study at hand."""

import pytest
from fabricated import CONFIG, PEOPLE

from rt1t2.paper.reading_guide import EFFECT_SIZES, QUESTIONS, reading_guide

EVERY_KIND = {
    "groups": {"plus": "HC", "minus": "PSP"},
    "visits": {"column": "visit", "plus": "a", "minus": "b", "within": "person"},
    "slope": {"slope": "pain"},
    "slopes": {"slope": "pain", "plus": "HC", "minus": "PSP"},
    "any_group": {"any_of": ["HC", "PSP", "PSPS2"]},
    "any_slope": {"any_of": ["HC", "PSP", "PSPS2"], "slope": "pain"},
}
SAYS = {
    "groups": ("in one group than in another", "Hedges g"),
    "visits": ("in one scan of the same people", "d_z"),
    "slope": ("rises, or falls, with a measure", "r (partial)"),
    "slopes": ("rises more steeply", "r (partial)"),
    "any_group": ("differs between any of several", "η² (partial)"),
    "any_slope": ("slope of the ratio on a measure differs", "η² (partial)"),
}


def guide(contrasts=None, people=None, any_receptors=True, **sections):
    config = CONFIG | sections
    if contrasts is not None:
        config |= {"contrasts": contrasts}
    return dict(reading_guide(config, PEOPLE | (people or {}), any_receptors))


@pytest.mark.parametrize("kind", EVERY_KIND)
def test_a_kind_of_contrast_is_explained_where_there_is_one(kind):
    found = guide([{"name": "x", **EVERY_KIND[kind]}])
    question, measure = SAYS[kind]
    assert question in found["Contrast"]
    assert [q for q in QUESTIONS.values() if q in found["Contrast"]] == [
        QUESTIONS[kind]
    ]
    names = {name for name, _ in EFFECT_SIZES.values()}
    assert names & set(found) == {measure}


def test_without_contrasts_or_receptors_nothing_is_said_of_them():
    assert list(guide([], any_receptors=False)) == ["Ratio", "One person"]


def test_the_ratio_is_the_one_that_was_computed():
    def said(**sections):
        return guide(**sections)["Ratio"]

    assert "divided by that of the T2w, after both were brought to one scale" in said()
    assert "divided by the logarithm of that" in said(
        ratio={"formula": "t1w_over_ln_t2w"}
    )
    uncalibrated = said(calibration={"method": "none"})
    assert "one scale" not in uncalibrated
    assert "level means nothing" in uncalibrated
    handed_in = said(people={"scans": 0, "finished_maps": 13})
    assert handed_in.startswith("all maps were handed in finished")
    assert "brightness" not in handed_in
    both = said(people={"scans": 5, "finished_maps": 8})
    assert "brightness" in both
    assert "Some maps were handed in" in both


def test_the_thresholds_and_the_primary_test_are_those_in_use():
    statistics = CONFIG["statistics"] | {
        "height_p": 0.01,
        "extent_voxels": 123,
        "primary_test": "random_field_peak",
    }
    found = guide(statistics=statistics)
    assert "at least 123 voxels" in found["Cluster"]
    assert "p < 0.01" in found["Cluster"]
    assert "height of the peak, by random field theory" in found["p(FWE)"]
