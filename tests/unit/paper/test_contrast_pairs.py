import pytest

from rt1t2.paper.contrast_pairs import contrast_pairs

GROUPS = ["HC", "PSP", "PSPS2"]


def contrast(name, plus, minus, **more):
    return {"name": name, "plus": plus, "minus": minus, **more}


def paired(*contrasts):
    return contrast_pairs(contrasts, GROUPS, "HC")


@pytest.mark.parametrize("first", [0, 1])
def test_patients_minus_controls_whichever_direction_stands_first(first):
    both = [contrast("down", "HC", "PSP"), contrast("up", "PSP", "HC")]
    (pair,) = paired(both[first], both[1 - first])
    assert (pair.higher, pair.lower) == ("PSP", "HC")
    assert (pair.positive, pair.negative) == ("up", "down")
    assert pair.source == both[first]["name"]
    assert pair.sign == (-1 if pair.source == "down" else 1)


def test_of_two_patient_groups_the_later_one_is_the_reference():
    (pair,) = paired(contrast("PSPS2-PSP", "PSPS2", "PSP"))
    assert (pair.sign, pair.higher, pair.lower) == (-1, "PSP", "PSPS2")
    assert pair.tested == [("PSPS2-PSP", -1)]


def test_six_directions_of_three_groups_are_three_comparisons():
    six = [contrast(f"{a}-{b}", a, b) for a in GROUPS for b in GROUPS if a != b]
    pairs = paired(*six)
    assert [(p.higher, p.lower) for p in pairs] == [
        ("PSP", "HC"),
        ("PSPS2", "HC"),
        ("PSP", "PSPS2"),
    ]
    assert sorted(name for p in pairs for name, _ in p.tested) == sorted(
        c["name"] for c in six
    )


def test_other_covariates_make_another_comparison():
    pairs = paired(
        contrast("plain", "HC", "PSP"),
        contrast("adjusted", "PSP", "HC", covariates=["age"]),
        contrast("adjusted, mirrored", "HC", "PSP", covariates=["age"]),
    )
    assert [pair.tested for pair in pairs] == [
        [("plain", -1)],
        [("adjusted", 1), ("adjusted, mirrored", -1)],
    ]
    assert [pair.compared for pair in pairs] == [
        "PSP \N{MINUS SIGN} HC (plain)",
        "PSP \N{MINUS SIGN} HC (adjusted)",
    ]


def test_the_same_contrast_twice_is_no_mirror():
    pairs = paired(contrast("a", "PSP", "HC"), contrast("b", "PSP", "HC"))
    assert [pair.tested for pair in pairs] == [[("a", 1)], [("b", 1)]]


def test_a_slope_and_its_opposite_are_one_comparison_and_rising_is_positive():
    falls = {"name": "down", "slope": "score", "direction": "falls"}
    (pair,) = paired(falls, {"name": "up", "slope": "score"})
    assert pair.tested == [("up", 1), ("down", -1)]
    assert (pair.source, pair.sign) == ("down", -1)
    assert pair.title({}) == "slope of score"
    directions = [pair.direction(sign) for sign in (1, -1)]
    assert directions == ["rises with score", "falls with score"]


def test_slopes_of_two_groups():
    (pair,) = paired(contrast("d", "HC", "PSP", slope="score"))
    assert (pair.sign, pair.tested) == (-1, [("d", -1)])
    assert pair.title({}) == "slope of score: PSP \N{MINUS SIGN} HC"


def test_f_has_no_direction():
    one, two = ({"name": n, "any_of": GROUPS} for n in ("a", "b"))
    pairs = paired(one, two)
    assert [(pair.statistic, pair.tested) for pair in pairs] == [
        ("F", [("a", 1)]),
        ("F", [("b", 1)]),
    ]
    assert pairs[0].title({}) == "any difference of HC, PSP, PSPS2 (a)"


def test_levels_of_a_column_stand_as_the_config_has_them():
    visits = contrast("later", "after", "before", column="visit", within="person")
    (pair,) = paired(visits)
    assert (pair.higher, pair.lower, pair.sign) == ("after", "before", 1)


def test_the_title_says_what_is_subtracted_from_what():
    (pair,) = paired(contrast("HC-PSP", "HC", "PSP"))
    names = {"HC": "Controls", "PSP": "Post-stroke pain"}
    assert pair.title(names) == "Post-stroke pain \N{MINUS SIGN} Controls"
    assert [pair.direction(sign) for _, sign in pair.tested] == ["PSP < HC"]
