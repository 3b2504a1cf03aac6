"""Tests of age and sex against the paper's Table 1, R's fisher.test and scipy."""

import numpy as np
import pytest
from scipy import stats

from rt1t2.group.demographics import (
    compare_groups,
    descriptives,
    fisher_exact,
    group_pairs,
    student_t_from_summary,
)

# Mean and SD of age, n, males, females: Table 1 of 10.3390/jcm14092888
PAPER = {
    "PSP": (64.3, 12.5, 11, (4, 7)),
    "PSPS2": (57.9, 9.7, 15, (8, 7)),
    "HC": (60.5, 13.0, 18, (9, 9)),
}
GROUPS = {"HC": "Controls", "PSP": "Stroke", "PSPS2": "Spine"}


def people(**groups):
    return [
        {"participant_id": f"sub-{g}{i}", "group": g, "age": str(age), "sex": sex}
        for g, pairs in groups.items()
        for i, (age, sex) in enumerate(pairs)
    ]


@pytest.mark.parametrize(
    ("a", "b", "p"),
    [("PSP", "HC", 0.445), ("PSPS2", "HC", 0.527), ("PSP", "PSPS2", 0.154)],
)
def test_students_t_from_the_papers_summary(a, b, p):
    found = student_t_from_summary(*PAPER[a][:3], *PAPER[b][:3])
    assert found.p == pytest.approx(p, abs=5e-4)


def test_exact_test_of_the_papers_sexes():
    assert fisher_exact([row[3] for row in PAPER.values()]).p == pytest.approx(
        0.743, abs=5e-4
    )


@pytest.mark.parametrize(
    "counts", [[(4, 7), (8, 7)], [(1, 9), (11, 3)], [(0, 5), (2, 1)]]
)
def test_two_groups_are_fishers_test(counts):
    assert fisher_exact(counts).p == pytest.approx(stats.fisher_exact(counts)[1])


def test_four_groups_against_plain_enumeration():
    counts = [(1, 3), (4, 0), (2, 2), (0, 5)]
    males, sizes = [m for m, _ in counts], [sum(row) for row in counts]
    from itertools import product
    from math import comb, prod

    ways = {
        t: prod(comb(n, k) for n, k in zip(sizes, t, strict=True))
        for t in product(*[range(n + 1) for n in sizes])
        if sum(t) == sum(males)
    }
    observed = ways[tuple(males)]
    expected = sum(w for w in ways.values() if w <= observed) / sum(ways.values())
    assert fisher_exact(counts).p == pytest.approx(expected)


@pytest.mark.parametrize(
    ("counts", "note"),
    [
        ([(3, 0), (4, 0)], "same sex"),
        ([(3, 1), (0, 0)], "unknown"),
        ([(900, 900)] * 5, "too many"),
    ],
)
def test_sex_that_cannot_be_tested(counts, note):
    found = fisher_exact(counts)
    assert np.isnan(found.p)
    assert note in found.note


def test_normal_ages_are_compared_with_students_t():
    rng = np.random.default_rng(0)
    ages = {
        g: rng.normal(m, 8, 12).round(1)
        for g, m in (("HC", 60), ("PSP", 66), ("PSPS2", 58))
    }
    sexes = "MFMFFFMMFMFM"
    rows = people(**{g: list(zip(a, sexes, strict=True)) for g, a in ages.items()})
    found = compare_groups(rows, GROUPS, "HC")
    assert [(r["variable"], r["comparison"]) for r in found] == [
        *(("age", "PSP - HC"), ("age", "PSPS2 - HC"), ("age", "PSP - PSPS2")),
        ("sex", "HC - PSP - PSPS2"),
        *(("sex", "PSP - HC"), ("sex", "PSPS2 - HC"), ("sex", "PSP - PSPS2")),
    ]
    expected = stats.ttest_ind(ages["PSP"], ages["HC"])
    assert found[0]["test"] == "Student t"
    assert found[0]["statistic"] == pytest.approx(expected.statistic)
    assert (found[0]["df"], found[0]["p"]) == (22, pytest.approx(expected.pvalue))
    assert found[0]["note"] is None


def test_one_skewed_group_calls_for_mann_whitney():
    skewed = [20, 21, 20, 22, 21, 20, 23, 21, 90, 95]
    normal = [50.5, 55.1, 60.2, 58.3, 52.9, 61.4, 57.6, 49.7]
    rows = people(HC=[(a, "M") for a in skewed], PSP=[(a, "F") for a in normal])
    found = compare_groups(rows, {"HC": "a", "PSP": "b"}, "HC")
    expected = stats.mannwhitneyu(normal, skewed, method="asymptotic")
    assert found[0]["test"] == "Mann-Whitney U"
    assert found[0]["p"] == pytest.approx(expected.pvalue)
    assert "not normal: HC" in found[0]["note"]


def test_missing_and_lonely_participants_are_reported():
    rows = people(
        HC=[(60, "M"), ("n/a", "F"), (66, "n/a"), (61, "F")], PSP=[(70, "F")], PSPS2=[]
    )
    described = {row["group"]: row for row in descriptives(rows, GROUPS)}
    assert described["HC"]["n"] == 4
    assert described["HC"]["age_n"] == 3
    assert described["HC"]["age_mean"] == pytest.approx(187 / 3)
    assert (described["HC"]["n_male"], described["HC"]["n_female"]) == (1, 2)
    assert np.isnan(described["PSP"]["age_sd"])
    assert np.isnan(described["PSPS2"]["age_mean"])
    found = compare_groups(rows, GROUPS, "HC")
    assert np.isnan(found[0]["p"])
    assert "fewer than two" in found[0]["note"]
    assert "age unknown for 1 of HC" in found[0]["note"]
    assert "unknown" in found[3]["note"]


def test_pairs_put_controls_second():
    assert group_pairs(["A", "HC", "B"], "HC") == [("A", "HC"), ("B", "HC"), ("A", "B")]
