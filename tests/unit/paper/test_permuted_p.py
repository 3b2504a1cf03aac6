"""Whether more permutations could decide otherwise."""

import pytest

from rt1t2.paper.permuted_p import interval, uncertain
from rt1t2.paper.primary_test import PRIMARY_TESTS

EXTENT = PRIMARY_TESTS["permutation_extent"]


def test_the_interval_is_that_of_clopper_and_pearson():
    # no permutation of n was as large: the upper limit is 1 - .025^(1/n)
    low, high = interval(1 / 101, 100)
    assert low == 0
    assert high == pytest.approx(1 - 0.025 ** (1 / 100))


@pytest.mark.parametrize(
    ("p", "n", "exhaustive", "said"),
    [
        ("0.030", 100, False, True),
        ("0.080", 100, False, True),
        ("0.030", 5000, False, False),
        ("0.030", 100, True, False),
        ("0.400", 100, False, False),
        ("n/a", 100, False, False),
    ],
)
def test_only_a_p_whose_interval_includes_the_level_is_named(p, n, exhaustive, said):
    summary = {"contrast": "A-B"}
    summary["permutation"] = {"permutations": n, "exhaustive": exhaustive}
    row = {"Contrast": "A-B", EXTENT.printed: p}
    texts = uncertain([summary], [row], EXTENT)
    assert bool(texts) == said
    assert all(f"A-B: p(FWE) = {p} comes from {n} permutations" in t for t in texts)
    assert uncertain([summary], [row], PRIMARY_TESTS["random_field_extent"]) == []
    assert uncertain([{"contrast": "A-B"}], [row], EXTENT) == []
