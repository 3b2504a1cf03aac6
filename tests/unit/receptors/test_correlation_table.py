"""Rows of the receptor tables: counted by hand, adjusted by hand, and the paper's Table 3."""

import json

import numpy as np
import pytest

from rt1t2.receptors.correlation import Correlations
from rt1t2.receptors.correlation_table import (
    adjusted_over,
    adjusted_p,
    individual_rows,
    p_text,
    printed_table,
    summary_rows,
)

RECEPTORS = {
    "D1_a": {"receptor": "D1", "n": "13", "note": "ambiguous"},
    "MU_b": {"receptor": "MU"},
}


def two_patients(n_extreme=(0, 3)):
    """Return two patients' correlations with two maps, and nine permutations."""
    return Correlations(
        rho=np.array([[0.6, 0.0], [0.8, -0.5]]),
        n_regions=np.array([[30, 31], [28, 31]]),
        null=np.zeros((9, 2)),
        n_extreme=np.array(n_extreme),
    )


def test_a_row_is_the_mean_of_its_patients():
    d1, mu = summary_rows({"PSP": two_patients()}, RECEPTORS, "pooled")
    # artanh x = ln((1 + x) / (1 - x)) / 2
    z = np.log([1.6 / 0.4, 1.8 / 0.2]) / 2
    assert d1.mean_fisher_z == pytest.approx(z.mean())
    assert d1.mean_rho == pytest.approx(0.7)
    assert (d1.n_participants, d1.n_regions, d1.n_permutations) == (2, 28, 9)
    assert (d1.p, mu.p) == (pytest.approx(1 / 10), pytest.approx(4 / 10))
    assert (d1.p_fdr, mu.p_fdr) == (pytest.approx(2 / 10), pytest.approx(4 / 10))
    assert (d1.map_n, d1.map_note, d1.other_maps) == ("13", "ambiguous", None)
    assert (mu.receptor, mu.map, mu.map_n) == ("MU", "MU_b", None)


def test_p_is_adjusted_over_all_groups_or_over_each():
    found = {"PSP": two_patients((0, 3)), "PSPS2": two_patients((1, 8))}
    # p: 0.1, 0.4 and 0.2, 0.9
    pooled = summary_rows(found, RECEPTORS, "pooled")
    assert [row.p_fdr for row in pooled] == pytest.approx([0.4, 1.6 / 3, 0.4, 0.9])
    assert [row.n_fdr_tests for row in pooled] == [4] * 4
    single = summary_rows(found, RECEPTORS, "group")
    assert [row.p_fdr for row in single] == pytest.approx([0.2, 0.4, 0.4, 0.9])
    assert [row.n_fdr_tests for row in single] == [2] * 4
    assert [(r.group, r.map) for r in pooled] == [
        (group, name) for group in found for name in RECEPTORS
    ]


def test_individual_rows_go_through_the_maps():
    rows = individual_rows("PSP", ["sub-1", "sub-2"], two_patients(), RECEPTORS)
    assert [(r.map, r.participant_id, r.rho, r.n_regions) for r in rows] == [
        ("D1_a", "sub-1", 0.6, 30),
        ("D1_a", "sub-2", 0.8, 28),
        ("MU_b", "sub-1", 0.0, 31),
        ("MU_b", "sub-2", -0.5, 31),
    ]
    assert rows[3].fisher_z == pytest.approx(np.log(0.5 / 1.5) / 2)


def test_an_undefined_p_is_no_test():
    p = np.array([0.01, np.nan, 0.03, 0.04])
    groups = np.array(["A", "A", "B", "B"])
    adjusted, n_tests = adjusted_over(p, groups, "pooled")
    assert adjusted == pytest.approx([0.03, np.nan, 0.04, 0.04], nan_ok=True)
    assert n_tests.tolist() == [3] * 4
    adjusted, n_tests = adjusted_over(p, groups, "group")
    assert adjusted == pytest.approx([0.01, np.nan, 0.04, 0.04], nan_ok=True)
    assert n_tests.tolist() == [1, 1, 2, 2]


def test_benjamini_hochberg_by_hand():
    p = np.array([0.01, 0.04, 0.03, 0.5])
    assert adjusted_p(p, np.zeros(4)) == pytest.approx(
        [0.04, 0.04 * 4 / 3, 0.04 * 4 / 3, 0.5]
    )
    assert adjusted_p(p, np.array([0, 0, 1, 1])) == pytest.approx(
        [0.02, 0.04, 0.06, 0.5]
    )


def test_p_values_in_print():
    assert [p_text(p) for p in (1.0, 0.04501, 1 / 10001, 2.3e-6)] == [
        "1.0000",
        "0.0450",
        "0.0001",
        "2.3e-06",
    ]


def test_the_printed_table_puts_groups_side_by_side_and_marks_what_is_significant():
    rows = [
        {
            "group": group,
            "receptor": "CB1",
            "map": "CB1_x",
            "n_participants": "6",
            "mean_fisher_z": "0.4265",
            "mean_rho": "0.402",
            "p": "0.0002",
            "p_fdr": p_fdr,
        }
        for group, p_fdr in (("B", "0.0499"), ("A", "0.05"))
    ]
    columns, printed = printed_table(
        rows, {"C": "Controls", "A": "a", "B": "b"}, "pooled"
    )
    assert columns[2].startswith("a (n = 6)")
    assert columns[9] == "b (n = 6): p FDR, 2 tests (* < 0.05)"
    assert list(printed[0].values()) == [
        *("CB1", "CB1_x"),
        *("0.4265", "0.4020", "0.0002", "0.0500"),
        *("0.4265", "0.4020", "0.0002", "0.0499*"),
    ]


@pytest.mark.shared
def test_table_3_of_the_paper_from_its_counts(shared):
    path = shared / "reference/juspace/table3_reconstruction.json"
    counts, printed = [], []
    for step in json.loads(path.read_text()):
        # the members of a plateau share one value, set by the largest count
        counts += [max(step["count_plus1"])] * len(step["members"])
        printed += [step["adj"]] * len(step["members"])
    assert len(counts) == 34
    p = np.array([float(f"{count / 10001:.5g}") for count in counts])
    adjusted = adjusted_p(p, np.zeros(34))
    assert [f"{a:.6f}" for a in adjusted] == [f"{a:.6f}" for a in printed]
