"""Comparison of groups: Kruskal and Wallis by hand, families of q, who is drawn where."""

import math
import xml.etree.ElementTree as ElementTree

import pytest

from rt1t2.qc import group_tests

GROUPS = {"HC": "#111111", "PSP": "#222222"}
PEOPLE = [
    {"participant_id": f"sub-{i}", "group": "HC" if i < 3 else "PSP"} for i in range(6)
]


def test_kruskal_p_against_a_hand_calculation():
    # ranks 1..6, H = 12/(6*7) * (6^2/3 + 15^2/3) - 3*7 = 3.857, chi2(1)
    assert group_tests.kruskal_p([[1, 2, 3], [4, 5, 6]]) == pytest.approx(
        0.0495, abs=1e-4
    )
    assert math.isnan(group_tests.kruskal_p([[1.0, 1.0], [1.0, 1.0]]))
    assert math.isnan(group_tests.kruskal_p([[1.0, 2.0], [math.nan]]))
    assert math.isnan(group_tests.kruskal_p([[1.0, 2.0], [9.0]]))  # one is no group


def test_q_is_of_the_family_that_is_shown():
    """Benjamini and Hochberg of two: the smaller p is doubled, the larger one stays."""
    apart, mixed = [1, 2, 3, 4, 5, 6], [1, 4, 2, 6, 3, 5]
    nobody = [math.nan] * 6
    tests = group_tests.compare(
        ["apart", "nobody", "mixed"], [""] * 3, [apart, nobody, mixed], PEOPLE, GROUPS
    )
    assert [test.title for test in tests] == ["apart", "mixed"]
    assert tests[0].q == pytest.approx(2 * tests[0].p)
    assert tests[1].q == pytest.approx(tests[1].p)
    assert all(test.tested for test in tests)
    (alone,) = group_tests.compare(["apart"], [""], [apart], PEOPLE, GROUPS)
    assert alone.q == alone.p
    assert alone.differs  # p = 0.0495, and 0.099 in the family of two
    assert not tests[0].differs


def test_each_group_has_its_column_and_its_colour():
    values = [1, 2, math.nan, 4, 5, 6]
    (test,) = group_tests.compare(["x"], ["mm"], [values], PEOPLE, GROUPS)
    tree = ElementTree.fromstring(test.chart)
    dots = {
        e.find("title").text: (float(e.get("cx")), e.get("fill"))
        for e in tree.iter()
        if e.tag == "circle"
    }
    assert set(dots) == {f"sub-{i}" for i in (0, 1, 3, 4, 5)}
    left = [x for x, colour in dots.values() if colour == GROUPS["HC"]]
    right = [x for x, colour in dots.values() if colour == GROUPS["PSP"]]
    assert (len(left), len(right)) == (2, 3)
    assert max(left) < min(right)


def test_metrics_that_could_fake_a_difference_are_compared():
    metrics = [
        person | {"brain_volume_ml": 1400.0 + 100 * i, "age": i}
        for i, person in enumerate(PEOPLE)
    ]
    tests = group_tests.metric_tests(metrics, GROUPS)
    assert [test.title for test in tests] == ["Brain mask (ml)"]
