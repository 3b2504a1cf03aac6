"""Contrasts that say too much, too little or something that is not there are refused in a line."""

import pytest

from rt1t2.workflow.contrast_checks import contrast_contradictions

AB = {"plus": "A", "minus": "B"}
VISITS = {"column": "visit", "plus": "after", "minus": "before", "within": "person"}


def lines(contrast, variance="unequal"):
    config = {
        "groups": {"A": "a", "B": "b", "C": "c"},
        "contrasts": [{"name": "x", **contrast}],
        "statistics": {"variance": variance},
    }
    return list(contrast_contradictions(config))


@pytest.mark.parametrize(
    "contrast",
    [
        AB,
        {"slope": "score"},
        {"slope": "score", "groups": ["A"], "direction": "falls"},
        {"slope": "score", **AB},
        VISITS,
        VISITS | {"groups": ["A"], "covariates": ["dose"]},
        {"column": "sex", "plus": "M", "minus": "F"},
        {"any_of": ["A", "B", "C"], "only": {"visit": "before"}},
        {"any_of": ["A", "B"], "slope": "score"},
    ],
)
def test_every_form_of_the_contract_is_taken(contrast):
    assert lines(contrast) == []


@pytest.mark.parametrize(
    ("contrast", "message"),
    [
        ({}, "says nothing, which is no contrast"),
        ({"plus": "A"}, "says plus, which is no contrast"),
        ({"slope": "score", "within": "person"}, "says slope, within"),
        ({"plus": "A", "minus": "D"}, "names the group `D`; the groups are A, B, C"),
        ({"plus": "A", "minus": "A"}, "compares the group `A` with itself"),
        ({"slope": "score", "groups": ["D"]}, "names the group `D`"),
        ({"any_of": ["A", "A"]}, "names a group twice"),
        (VISITS | {"within": "visit"}, "they cannot be the same"),
        (VISITS | {"minus": "after"}, "compares the visit `after` with itself"),
        ({**AB, "covariates": ["age", "age"]}, "the covariate `age` more than once"),
        ({**AB, "covariates": ["C"]}, "`C` is also the code of a group"),
        ({"slope": "s", "covariates": ["s"]}, "tests `s`, which cannot be a covariate"),
    ],
)
def test_what_is_wrong_is_one_line(contrast, message):
    (line,) = lines(contrast)
    assert message in line


def test_welchs_test_is_of_two_groups_without_covariates():
    assert lines(AB, "welch") == []
    assert "has no Welch test" in lines({"any_of": ["A", "B"]}, "welch")[0]
    assert "has no covariates" in lines({**AB, "covariates": ["age"]}, "welch")[0]
