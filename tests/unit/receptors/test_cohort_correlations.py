"""A cohort's correlations: each group as if it were alone, and a planted map first."""

import numpy as np
import pytest

from rt1t2.receptors.cohort import ReceptorCohort
from rt1t2.receptors.cohort_correlations import Settings, correlate_cohort

SETTINGS = Settings(permutations=199, scheme="free", fdr_family="group", seed=1)
RECEPTORS = {name: {"receptor": name[:2]} for name in ("D1_a", "D2_b", "MU_c")}


def cohort(groups=("B",) * 5 + ("HC",) * 8 + ("A",) * 4):
    rng = np.random.default_rng(3)
    maps = rng.random((3, 40))
    values = rng.normal(1.2, 0.1, (len(groups), 40))
    planted = {"A": 0.4 * maps[0], "B": 0.4 * maps[1], "HC": 0}
    values += [planted[group] * np.ones(40) for group in groups]
    ids = [f"sub-{k:02d}" for k in range(len(groups))]
    names = list(RECEPTORS)
    return ReceptorCohort(ids, np.array(groups), values, names, maps, None, "HC")


def without(whole, group):
    keep = whole.groups != group
    ids = [name for name, kept in zip(whole.ids, keep, strict=True) if kept]
    return ReceptorCohort(
        ids, whole.groups[keep], whole.values[keep], whole.names, whole.maps, None, "HC"
    )


def test_each_group_finds_the_map_that_was_planted_in_it():
    found = correlate_cohort(cohort(), RECEPTORS, SETTINGS)
    by_group = {g: [r for r in found.summary if r.group == g] for g in ("A", "B")}
    first = {
        g: max(rows, key=lambda r: r.mean_fisher_z).map for g, rows in by_group.items()
    }
    assert first == {"A": "D1_a", "B": "D2_b"}
    assert {row.n_participants for row in by_group["A"]} == {4}
    assert [row.group for row in found.summary] == ["B"] * 3 + ["A"] * 3
    assert found.null["A"].shape == (199, 3)


def test_the_tables_agree_with_one_another():
    found = correlate_cohort(cohort(), RECEPTORS, SETTINGS)
    assert len(found.individual) == (5 + 4) * 3
    for k, row in enumerate(found.summary):
        z = [
            r.fisher_z
            for r in found.individual
            if (r.group, r.map) == (row.group, row.map)
        ]
        assert row.mean_fisher_z == pytest.approx(np.mean(z))
        null = np.abs(found.null[row.group][:, k % 3])
        assert row.n_extreme == (null >= abs(row.mean_fisher_z)).sum()


def test_a_group_does_not_depend_on_the_others():
    whole = cohort()
    both = correlate_cohort(whole, RECEPTORS, SETTINGS)
    alone = correlate_cohort(without(whole, "A"), RECEPTORS, SETTINGS)
    assert alone.summary == both.summary[:3]
    assert np.array_equal(alone.null["B"], both.null["B"])
