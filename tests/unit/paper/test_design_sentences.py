"""Sentences on slopes, visits and F; two groups alone are said as before."""

from rt1t2.paper.design_sentences import how_tested, other_effects, other_permutations

TWO = {"contrast": "A-B", "kind": "groups", "directions": ["A > B", "B > A"]}
SLOPE = {"contrast": "pain", "kind": "slope", "directions": ["rises with score"]}
SLOPE |= {"measure": "partial_r", "covariates": ["age", "sex"]}
VISITS = {"contrast": "v", "kind": "visits", "directions": ["2 > 1"], "measure": "d_z"}


def test_two_groups_alone():
    assert (
        how_tested([TWO, {}], []) == "the groups were compared with a two-sample t-test"
    )
    assert other_effects([TWO]) == other_permutations([TWO]) == []


def test_other_contrasts_are_named_with_their_own_covariates():
    said = how_tested([TWO, SLOPE], ["sex"])
    assert "two-sample t (A-B: A > B)" in said
    assert "t of a slope (pain: rises with score, given age)" in said
    assert len(other_effects([SLOPE, VISITS, TWO])) == 2
    assert len(other_permutations([SLOPE, VISITS])) == 2
