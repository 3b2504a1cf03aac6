"""Contrasts in words: what they are, whose rows they need, and what they share."""

import pytest

from rt1t2 import contrasts
from rt1t2.errors import UserError

ROWS = [
    {"participant_id": f"sub-{person}{visit[0]}", "group": group, "sex": sex}
    | {"person": person, "visit": visit}
    for person, group, sex in (("a", "HC", "F"), ("b", "PSP", "M"), ("c", "PSP", "F"))
    for visit in ("before", "after")
]
GROUPS = {"HC": "Controls", "PSP": "Patients"}
BEFORE = {"only": {"visit": "before"}}


def ids(contrast):
    found = contrasts.rows_of({"name": "x", **contrast}, ROWS, list(GROUPS))
    return [row["participant_id"].removeprefix("sub-") for row in found]


@pytest.mark.parametrize(
    ("contrast", "kind", "words", "expected"),
    [
        ({"plus": "PSP", "minus": "HC", **BEFORE}, "groups",
         "ratio higher in Patients than in Controls", ["bb", "cb", "ab"]),
        ({"column": "sex", "plus": "M", "minus": "F", **BEFORE}, "groups",
         "ratio higher in sex M than in sex F", ["bb", "ab", "cb"]),
        ({"column": "sex", "plus": "M", "minus": "F", "groups": ["PSP"], **BEFORE},
         "groups", "ratio higher in sex M than in sex F", ["bb", "cb"]),
        ({"column": "visit", "plus": "after", "minus": "before", "within": "person"},
         "visits", "ratio higher in visit after than in visit before",
         ["aa", "ba", "ca", "ab", "bb", "cb"]),
        ({"slope": "score", **BEFORE}, "slope", "ratio rises with score",
         ["ab", "bb", "cb"]),
        ({"slope": "score", "groups": ["PSP"], "direction": "falls", **BEFORE}, "slope",
         "ratio falls with score in Patients", ["bb", "cb"]),
        ({"slope": "score", "plus": "PSP", "minus": "HC", **BEFORE}, "slopes",
         "ratio rises more steeply with score in Patients than in Controls",
         ["bb", "cb", "ab"]),
        ({"any_of": ["HC", "PSP"], "only": {"visit": ["before"]}}, "any_group",
         "ratio: it differs between any of Controls, Patients", ["ab", "bb", "cb"]),
        ({"any_of": ["HC", "PSP"], "slope": "score", **BEFORE}, "any_slope",
         "ratio: its slope on score differs between any of Controls, Patients",
         ["ab", "bb", "cb"]),
    ],
)  # fmt: skip
def test_what_a_contrast_is_and_whose_rows_it_needs(contrast, kind, words, expected):
    assert contrasts.kind_of(contrast) == kind
    assert contrasts.meaning(contrast, GROUPS) == words
    assert ids(contrast) == expected


def test_one_person_never_counts_twice():
    with pytest.raises(UserError, match="sub-bb and sub-ba are of one person"):
        ids({"plus": "PSP", "minus": "HC"})
    twice = [*ROWS, ROWS[-1] | {"participant_id": "sub-again"}]
    visits = {"column": "visit", "plus": "after", "minus": "before", "within": "person"}
    with pytest.raises(UserError, match="sub-ca and sub-again are both `after` of one"):
        contrasts.rows_of({"name": "x", **visits}, twice, list(GROUPS))


def test_only_the_opposite_direction_shares_its_permutations():
    one = {"name": "a", "plus": "A", "minus": "B"}
    same = contrasts.both_directions
    assert same(one) == same({"name": "b", "plus": "B", "minus": "A"})
    rises = {"name": "r", "slope": "score", "groups": ["A"]}
    assert same(rises) == same(rises | {"name": "f", "direction": "falls"})
    others = [
        one,
        one | {"covariates": ["age"]},
        one | {"slope": "score"},
        one | {"column": "sex"},
        one | {"only": {"visit": "before"}},
        rises,
        rises | {"groups": ["B"]},
        {"any_of": ["A", "B"]},
        {"any_of": ["A", "B"], "slope": "score"},
    ]
    assert len({same(contrast) for contrast in others}) == len(others)


def test_columns_and_covariates():
    contrast = {
        "slope": "qc:volume",
        "covariates": ["age", "sex"],
        "only": {"visit": "1"},
    }
    assert contrasts.covariates_of(contrast, ["sex"]) == ["sex", "age"]
    assert contrasts.columns_of(contrast, ["site"]) == [
        *("qc:volume", "visit", "site", "age", "sex"),
    ]


def test_entries_of_t_are_found_in_those_of_f():
    assert contrasts.entry({"peak_t": 4}, "peak_t") == 4
    assert contrasts.entry({"peak_f": 9}, "peak_t") == 9
    assert contrasts.entry({}, "peak_t", 1) == 1
