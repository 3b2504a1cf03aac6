"""Rows of the sensitivity table, counted by hand."""

import numpy as np
import pytest

from rt1t2.receptors.correlation import Correlations
from rt1t2.receptors.sensitivity_table import VariantRows, with_adjusted_p
from rt1t2.receptors.variants import LeftOut

RECEPTORS = {"D1_a": "D1", "MU_b": "MU"}


def about(variant="main", group="PSP"):
    return VariantRows(group, variant, "GM", 2, RECEPTORS)


def two_patients(n_extreme=(0, 9)):
    z = np.array([[0.5, 0.1], [0.7, -0.3]])
    return Correlations(
        rho=np.tanh(z),
        n_regions=np.array([[30, 31], [28, 31]]),
        null=np.zeros((19, 2)),
        n_extreme=np.array(n_extreme),
    )


def test_a_variant_is_described_as_the_main_analysis_is():
    d1, mu = about("without_gm").correlated(two_patients())
    assert (d1.receptor, d1.map, d1.variant) == ("D1", "D1_a", "without_gm")
    assert (d1.n_regions, mu.n_regions) == (28, 31)
    assert (d1.mean_fisher_z, mu.mean_fisher_z) == pytest.approx((0.6, -0.1))
    assert (d1.p, mu.p) == pytest.approx((1 / 20, 10 / 20))
    assert np.isnan(d1.fisher_z_low)
    assert d1.note is None


def test_a_null_of_its_own_counts_both_tails_and_ties():
    null = np.array([0.59, -0.61, 0.6, 0.1])  # mean Fisher z of D1_a is 0.6
    row = about("spatial_null").against_null(0, two_patients(), null)
    assert (row.map, row.n_extreme, row.n_permutations) == ("D1_a", 2, 4)
    assert row.p == pytest.approx(3 / 5)
    row = about("spatial_null").against_null(1, two_patients(), null)
    assert (row.map, row.n_extreme, row.p) == ("MU_b", 4, 1)


def test_what_omissions_change_is_counted():
    # mean Fisher z of the whole group: 0.6 (p = 0.05) and -0.1 (p = 0.5)
    omissions = LeftOut(
        ["s1", "s2", "s3"],
        mean_z=np.array([[0.7, -0.2], [0.2, 0.1], [-0.1, -0.1]]),
        p=np.array([[0.01, 0.04], [0.049, 0.4], [0.3, 0.6]]),
    )
    d1, mu = about("leave_one_out").left_out(two_patients(), omissions)
    assert (d1.fisher_z_low, d1.fisher_z_high) == (-0.1, 0.7)
    assert (mu.p_low, mu.p_high) == (0.04, 0.6)
    assert (d1.n_omissions, d1.n_sign_changes, mu.n_sign_changes) == (3, 1, 1)
    # a p of exactly 0.05 is not significant, two of three omissions are
    assert (d1.n_significance_changes, mu.n_significance_changes) == (2, 1)
    assert (d1.most_influential, mu.most_influential) == ("s3", "s2")
    assert np.isnan(d1.p)
    nobody = LeftOut([], np.empty((0, 2)), np.empty((0, 2)))
    notes = [r.note for r in about("leave_one_out").left_out(two_patients(), nobody)]
    assert notes == ["nobody can be left out"] * 2


def test_what_cannot_be_computed_says_why_for_every_map():
    rows = about("with_gm").undefined("too few regions")
    assert [(r.map, r.note, r.n_regions) for r in rows] == [
        ("D1_a", "too few regions", None),
        ("MU_b", "too few regions", None),
    ]


def test_p_is_adjusted_within_each_variant():
    rows = [
        *about("main").correlated(two_patients((0, 1))),
        *about("main", "PSPS2").correlated(two_patients((2, 15))),
        *about("free").correlated(two_patients((0, 1))),
        *about("with_gm").undefined("too few regions"),
    ]
    # main: p = 0.05, 0.1, 0.15, 0.8; free: 0.05, 0.1
    pooled = [row.p_fdr for row in with_adjusted_p(rows, "pooled")]
    assert pooled[:6] == pytest.approx([0.2, 0.2, 0.2, 0.8, 0.1, 0.1])
    assert np.isnan(pooled[6:]).all()
    single = [row.p_fdr for row in with_adjusted_p(rows, "group")]
    assert single[:6] == pytest.approx([0.1, 0.1, 0.3, 0.8, 0.1, 0.1])
