"""Variants of the correlations: global level, gain, and single participants."""

import numpy as np
import pytest

from rt1t2.errors import UserError
from rt1t2.receptors.correlation import correlate_group, z_scores
from rt1t2.receptors.relabelling import allocate
from rt1t2.receptors.variants import leave_one_out, without_gain, without_mean

N_REGIONS = 40


def cohort(n_patients=6, n_controls=10, seed=0):
    rng = np.random.default_rng(seed)
    spread = rng.uniform(0.02, 0.2, N_REGIONS)
    shape = (n_patients + n_controls, N_REGIONS)
    values = rng.uniform(1, 1.6, N_REGIONS) + spread * rng.normal(size=shape)
    return values, np.arange(shape[0]) < n_patients, spread


def correlate(values, is_patient, maps, n=199, covariate=None):
    allocations = allocate(is_patient, n, "free", np.random.default_rng(1))
    people = [f"sub-{k:02d}" for k in range(len(values))]
    names = [f"map{k}" for k in range(len(maps))]
    return correlate_group(
        values, is_patient, maps, covariate, allocations, people, names
    )


@pytest.mark.parametrize(
    ("remove", "shift", "gain"), [(without_mean, 0.15, 1.0), (without_gain, 0.0, 1.12)]
)
def test_a_global_shift_looks_like_a_receptor_map_until_it_is_removed(
    remove, shift, gain
):
    values, is_patient, spread = cohort()
    # a map that says nothing but how little the region varies among controls
    one_map = values.mean(axis=0) / spread
    level = values.copy()
    level[is_patient] = level[is_patient] * gain + shift
    apparent = correlate(level, is_patient, one_map[None])
    assert apparent.p[0] < 0.01
    removed = correlate(remove(level), is_patient, one_map[None])
    assert removed.p[0] > 0.05
    expected = correlate(remove(values), is_patient, one_map[None])
    assert removed.rho == pytest.approx(expected.rho, abs=1e-9)


def test_a_shift_of_z_itself_would_change_no_rank():
    values, is_patient, _ = cohort()
    z = z_scores(values, is_patient)
    assert (
        z - z.mean(axis=1, keepdims=True)
    ).argsort().tolist() == z.argsort().tolist()


def test_removing_the_mean_is_that_but_for_a_constant_of_each_region():
    values, is_patient, _ = cohort()
    plain = values - values.mean(axis=1, keepdims=True)
    found = z_scores(without_mean(values), is_patient)
    assert found == pytest.approx(z_scores(plain, is_patient), abs=1e-10)


def test_a_lesion_does_not_move_the_level_of_what_is_left():
    values, _, _ = cohort()
    additive = values.mean(axis=0) + np.linspace(-0.1, 0.1, len(values))[:, None]
    additive[2, additive[2].argsort()[:9]] = np.nan
    # everybody is the same but for their level, so that nothing is left
    left = without_mean(additive)
    assert np.nanstd(left[2]) == pytest.approx(np.nanstd(additive[2]))
    assert np.nanmax(np.abs(left[2] - left[5])) < 0.006
    assert np.nanmax(np.abs(additive[2] - additive[5])) > 0.03


def test_a_mean_below_zero_cannot_divide():
    values, _, _ = cohort()
    values[3] -= 5
    with pytest.raises(UserError, match="not above 0"):
        without_gain(values)


def left_out_of(values, is_patient, maps, n_allocations=400, n=10_000):
    allocations = allocate(is_patient, n_allocations, "free", np.random.default_rng(3))
    people = [f"sub-{k:02d}" for k in range(len(values))]
    names = [f"map{k}" for k in range(len(maps))]
    return leave_one_out(
        values, is_patient, maps, None, allocations, n, people, names
    ), allocations


def test_leaving_one_out_is_the_analysis_of_the_others():
    values, is_patient, _ = cohort()
    maps = np.random.default_rng(2).random((2, N_REGIONS))
    found, allocations = left_out_of(values, is_patient, maps)
    assert found.names == [f"sub-{k:02d}" for k in range(16)]
    for k in (2, 9):
        others = np.arange(16) != k
        mine = allocations[allocations[:, k] == is_patient[k]][:, others]
        # relabellings of those who are left, with as many patients as there are
        assert (mine.sum(axis=1) == is_patient[others].sum()).all()
        alone = correlate_group(
            values[others],
            is_patient[others],
            maps,
            None,
            mine,
            range(15),
            ("a", "b"),
        )
        assert found.mean_z[k] == pytest.approx(alone.fisher_z.mean(axis=0))
        assert found.p[k].tolist() == alone.p.tolist()
    fewer, _ = left_out_of(values, is_patient, maps, n=50)
    assert set((fewer.p * 51).round(9).ravel() % 1) == {0.0}


def test_the_one_whose_map_it_is_is_found():
    values, is_patient, _ = cohort()
    maps = np.random.default_rng(2).random((1, N_REGIONS))
    values[4] += 2 * maps[0]
    found, _ = left_out_of(values, is_patient, maps)
    assert found.mean_z[:, 0].argmin() == 4


def test_who_cannot_be_spared_is_passed_over():
    values, is_patient, _ = cohort(n_patients=1, n_controls=5)
    maps = np.random.default_rng(2).random((1, N_REGIONS))
    found, _ = left_out_of(values, is_patient, maps)
    assert found.names == [f"sub-{k:02d}" for k in range(1, 6)]
    found, _ = left_out_of(values[:4], is_patient[:4], maps)
    assert found.names == []
    assert found.p.shape == (0, 1)
