"""Tests by region: scipy's t, intervals, FDR within an atlas, people without values."""

import numpy as np
import pytest
from scipy import stats

from rt1t2.errors import UserError
from rt1t2.group.region_tests import COLUMNS, about_columns, region_tests

GROUPS = ["A"] * 8 + ["B"] * 9
ROWS = [{"participant_id": f"s{i}", "group": g} for i, g in enumerate(GROUPS)]
AB = {"name": "A-B", "plus": "A", "minus": "B"}


def values(y, atlas="one", people=ROWS):
    return [
        {"participant_id": row["participant_id"], "atlas": atlas, "index": str(k)}
        | {"region": f"region {k}", "mean": "n/a" if np.isnan(v) else repr(float(v))}
        for row, means in zip(people, y, strict=True)
        for k, v in enumerate(means)
    ]


def test_two_groups_are_scipys():
    y = np.random.default_rng(0).standard_normal((17, 6)) + 1
    y[:8] += 0.8
    y[2, 5] = np.nan
    tables = [*values(y), *values(y[:, :2], "two")]
    tests = region_tests(tables, AB, ROWS, [], "equal")
    assert [test.atlas for test in tests] == ["one"] * 6 + ["two"] * 2
    for k, test in enumerate(tests[:6]):
        a, b = y[:8, k], y[8:, k]
        expected = stats.ttest_ind(a[np.isfinite(a)], b)
        interval = expected.confidence_interval()
        assert test.value == pytest.approx(expected.statistic, rel=1e-5)
        assert test.p == pytest.approx(expected.pvalue, rel=1e-4)
        assert (test.estimate_low, test.estimate_high) == pytest.approx(
            (interval.low, interval.high), rel=1e-4
        )
        assert test.effect_low < test.effect < test.effect_high
    assert (tests[5].n, tests[5].df, tests[0].df) == (16, 14, 15)
    for atlas in ("one", "two"):  # each atlas is a family of its own
        own = [test for test in tests if test.atlas == atlas]
        expected = stats.false_discovery_control([test.p for test in own])
        assert [test.q_fdr for test in own] == pytest.approx(expected)


def test_visits_need_both_values_and_f_has_no_estimate():
    rows = [
        {"participant_id": f"{v}{i}", "group": "A", "visit": v, "person": str(i)}
        for v in "12"
        for i in range(7)
    ]
    y = np.random.default_rng(1).standard_normal((14, 3))
    contrast = {"column": "visit", "plus": "1", "minus": "2", "within": "person"}
    tables = [v for v in values(y, people=rows) if v["participant_id"] != "23"]
    tests = region_tests(tables, {"name": "v", **contrast}, rows, [], "unequal")
    kept = [0, 1, 2, 4, 5, 6]
    expected = stats.ttest_rel(y[kept], y[[k + 7 for k in kept]])
    assert [t.value for t in tests] == pytest.approx(expected.statistic, rel=1e-5)
    assert {(t.n, t.measure) for t in tests} == {(6, "d_z")}
    y = np.random.default_rng(2).standard_normal((17, 2))
    tests = region_tests(
        values(y), {"name": "F", "any_of": ["A", "B"]}, ROWS, [], "equal"
    )
    expected = stats.f_oneway(y[:8], y[8:])
    assert [t.p for t in tests] == pytest.approx(expected.pvalue, rel=1e-5)
    assert np.isnan([t.estimate for t in tests]).all()


def test_too_few_people_with_values_say_so():
    y = np.zeros((17, 1))
    tables = [v for v in values(y) if v["participant_id"] in ("s0", "s9", "s10")]
    with pytest.raises(UserError, match="group A has 1 analysed"):
        region_tests(tables, AB, ROWS, [], "equal")


def test_finished_maps_have_no_regions_and_say_so():
    slope = {"name": "x", "slope": "age"}
    with pytest.raises(UserError, match="nobody has values of regions"):
        region_tests([], slope, ROWS, [], "unequal")


def test_every_column_is_described():
    assert list(about_columns()) == list(COLUMNS)
