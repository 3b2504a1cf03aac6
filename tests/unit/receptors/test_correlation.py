"""Rank correlations and their permutation test: closed forms, planted truth, JuSpace's numbers."""

import json

import numpy as np
import pytest
from scipy.stats import spearmanr

from rt1t2.errors import UserError
from rt1t2.receptors.correlation import correlate_group, spearman
from rt1t2.receptors.relabelling import allocate

N_REGIONS = 40


def cohort(n_patients=6, n_controls=8, n_maps=3, seed=0):
    rng = np.random.default_rng(seed)
    values = rng.normal(1.2, 0.1, (n_patients + n_controls, N_REGIONS))
    return values, np.arange(len(values)) < n_patients, rng.random((n_maps, N_REGIONS))


def correlate(values, is_patient, maps, covariate=None, n=200, scheme="free"):
    allocations = allocate(is_patient, n, scheme, np.random.default_rng(1))
    people = [f"sub-{k:02d}" for k in range(len(values))]
    names = [f"map{k}" for k in range(len(maps))]
    return correlate_group(
        values, is_patient, maps, covariate, allocations, people, names
    )


def test_spearman_with_ties_is_scipys():
    rng = np.random.default_rng(2)
    profiles, maps = rng.integers(0, 6, (4, 30)), rng.integers(0, 6, (3, 30))
    rho = spearman(profiles.astype(float), maps.astype(float))
    for i, profile in enumerate(profiles):
        for j, one_map in enumerate(maps):
            assert rho[i, j] == pytest.approx(spearmanr(profile, one_map)[0], abs=1e-14)


def test_partial_spearman_is_the_formula_of_the_three_rhos():
    rng = np.random.default_rng(3)
    gm = rng.random(50)
    profile, one_map = gm + rng.random(50), gm + rng.random(50)
    xy, xz, yz = (
        spearmanr(a, b)[0]
        for a, b in ((profile, one_map), (profile, gm), (one_map, gm))
    )
    partial = (xy - xz * yz) / np.sqrt((1 - xz**2) * (1 - yz**2))
    found = spearman(profile[None], one_map[None], gm)
    assert found.item() == pytest.approx(partial, abs=1e-13)


def test_z_scores_are_relative_to_the_controls_of_each_region():
    values, is_patient, maps = cohort()
    controls = values[~is_patient]
    z = (values[is_patient] - controls.mean(0)) / controls.std(0, ddof=1)
    found = correlate(values, is_patient, maps)
    expected = [[spearmanr(row, one_map)[0] for one_map in maps] for row in z]
    assert found.rho == pytest.approx(np.array(expected), abs=1e-13)
    assert found.fisher_z == pytest.approx(np.arctanh(expected), abs=1e-13)
    assert (found.n_regions == N_REGIONS).all()


def test_units_of_the_ratio_do_not_matter():
    values, is_patient, maps = cohort()
    scale = np.linspace(0.5, 2, N_REGIONS)
    once = correlate(values, is_patient, maps)
    again = correlate(275 * values * scale, is_patient, np.exp(maps))
    assert again.rho == pytest.approx(once.rho, abs=1e-12)
    assert again.p.tolist() == once.p.tolist()


def test_a_planted_map_comes_first():
    values, is_patient, maps = cohort(n_maps=6)
    values[is_patient] += 0.3 * maps[2]
    found = correlate(values, is_patient, maps, n=999)
    assert found.fisher_z.mean(0).argmax() == 2
    assert found.p[2] == pytest.approx(1 / 1000)


def test_the_smallest_p_of_one_patient_is_the_share_of_their_own_label():
    values, is_patient, maps = cohort(n_patients=1, n_controls=9, n_maps=1)
    values[0] += maps[0]
    found = correlate(values, is_patient, maps, n=2000)
    # among 10 possible labellings only the true one is as extreme
    assert found.rho.shape == (1, 1)
    assert found.p[0] == pytest.approx(1 / 10, abs=4 * np.sqrt(0.09 / 2000))


def test_free_p_values_are_calibrated():
    rng = np.random.default_rng(5)
    is_patient = np.arange(29) < 11
    distance = np.abs(np.subtract.outer(np.arange(N_REGIONS), np.arange(N_REGIONS)))
    root = np.linalg.cholesky(np.exp(-distance / 5))
    maps = rng.normal(size=(6, N_REGIONS)) @ root.T
    p = []
    for _ in range(400):
        values = rng.normal(size=(29, N_REGIONS)) @ root.T + rng.normal(size=(29, 1))
        allocations = allocate(is_patient, 199, "free", rng)
        found = correlate_group(
            values, is_patient, maps, None, allocations, range(29), range(6)
        )
        p.append(found.p)
    # standard error of the share, if only one of the six maps counts: 0.011 and 0.025
    assert np.mean(np.array(p) <= 0.05) == pytest.approx(0.05, abs=0.025)
    assert np.mean(np.array(p) <= 0.5) == pytest.approx(0.5, abs=0.06)


def test_balanced_hides_a_difference_between_the_groups_from_the_null():
    values, is_patient, maps = cohort()
    values[is_patient] += 0.3 * maps[2]
    free = correlate(values, is_patient, maps, n=500)
    balanced = correlate(values, is_patient, maps, n=500, scheme="balanced")
    assert balanced.rho.tolist() == free.rho.tolist()
    assert balanced.null[:, 2].std() < 0.8 * free.null[:, 2].std()


def test_a_lesion_costs_only_its_own_patient_the_region():
    values, is_patient, maps = cohort()
    whole = correlate(values, is_patient, maps)
    values[2, 7] = np.nan
    found = correlate(values, is_patient, maps)
    others = np.arange(6) != 2
    assert found.rho[others] == pytest.approx(whole.rho[others], abs=1e-13)
    assert (found.n_regions[2] == N_REGIONS - 1).all()
    assert (found.n_regions[others] == N_REGIONS).all()
    left = np.arange(N_REGIONS) != 7
    without = correlate(values[:, left], is_patient, maps[:, left])
    assert found.rho[2] == pytest.approx(without.rho[2], abs=1e-13)


def test_a_region_without_data_in_a_control_is_scored_by_the_other_controls():
    values, is_patient, maps = cohort()
    values[8, 3] = np.nan
    found = correlate(values, is_patient, maps)
    controls = values[~is_patient]
    z = (values[0] - np.nanmean(controls, 0)) / np.nanstd(controls, 0, ddof=1)
    assert found.rho[0, 0] == pytest.approx(spearmanr(z, maps[0])[0], abs=1e-13)
    assert found.n_regions.min() == N_REGIONS


def test_a_region_missing_in_one_map_is_missing_for_that_map_only():
    values, is_patient, maps = cohort()
    gm = np.random.default_rng(9).random(N_REGIONS)
    whole = correlate(values, is_patient, maps, gm)
    maps[1, 4] = np.nan
    found = correlate(values, is_patient, maps, gm)
    assert found.rho[:, [0, 2]] == pytest.approx(whole.rho[:, [0, 2]], abs=1e-13)
    assert found.n_extreme[[0, 2]].tolist() == whole.n_extreme[[0, 2]].tolist()
    assert found.n_regions[0].tolist() == [N_REGIONS, N_REGIONS - 1, N_REGIONS]


@pytest.mark.parametrize("fill", [np.nan, 0.0])
def test_a_region_empty_or_constant_in_everybody_is_as_if_it_were_not_there(fill):
    values, is_patient, maps = cohort()
    values[:, 5] = fill
    left = np.arange(N_REGIONS) != 5
    found = correlate(values, is_patient, maps)
    without = correlate(values[:, left], is_patient, maps[:, left])
    assert found.rho.tolist() == without.rho.tolist()
    assert found.n_extreme.tolist() == without.n_extreme.tolist()


def test_too_little_to_correlate_is_said():
    values, is_patient, maps = cohort()
    with pytest.raises(UserError, match="1 of 1 atlas regions"):
        correlate(values[:, :1], is_patient, maps[:, :1])
    with pytest.raises(UserError, match=r"0 of 40 atlas regions.*3 controls"):
        correlate(values[:8], is_patient[:8], maps)
    flat = maps.copy()
    flat[1] = 3.0
    with pytest.raises(UserError, match="map1 is undefined"):
        correlate(values, is_patient, flat)
    with pytest.raises(UserError, match="map0 is undefined"):
        correlate(values, is_patient, maps, covariate=maps[0])
    values[3, 4:] = np.nan
    with pytest.raises(UserError, match=r"sub-03 and .* map0 .* only 4 of 40"):
        correlate(values, is_patient, maps)


@pytest.fixture
def juspace(shared):
    folder = shared / "reference/juspace"
    reference = json.loads((folder / "juspace_reference.json").read_text())
    values = np.array(reference["cases"]["clean"]["D1"] + reference["D2"])
    drawn = np.load(folder / "permutations_4242.npz")
    allocations = np.zeros((len(drawn["ord1"]), len(values)), dtype=bool)
    np.put_along_axis(allocations, drawn["ord1"][:, :4] - 1, True, axis=1)
    np.put_along_axis(allocations, drawn["ord2"][:, :7] - 1 + 11, True, axis=1)
    return reference, {
        "values": values,
        "is_patient": np.arange(29) < 11,
        "maps": np.array(reference["data_PET"]),
        "allocations": allocations,
        "participant_names": range(29),
        "map_names": reference["receptors"],
    }


@pytest.mark.shared
@pytest.mark.parametrize("case", ["no_covariate", "gm_partial"])
def test_juspaces_numbers(juspace, case):
    reference, data = juspace
    expected = reference["cases"]["clean"][case]
    covariate = np.array(reference["T1"]) if case == "gm_partial" else None
    found = correlate_group(**data, covariate=covariate)
    assert found.rho == pytest.approx(np.array(expected["corrOrig"]), rel=0, abs=1e-12)
    assert found.fisher_z.mean(0) == pytest.approx(expected["res"], rel=0, abs=1e-12)
    assert found.n_extreme.tolist() == expected["n_extreme"]
    assert found.p == pytest.approx(expected["p_exact"], rel=1e-4)  # 5 digits there
    assert found.null[:5] == pytest.approx(np.array(expected["null_first5"]), abs=1e-12)
    assert found.null.std(0, ddof=1) == pytest.approx(expected["null_sd"], abs=1e-12)


@pytest.mark.shared
@pytest.mark.parametrize("scheme", ["free", "balanced"])
def test_own_random_numbers_agree_with_the_reference(juspace, scheme):
    reference, data = juspace
    rng = np.random.default_rng(20250422)
    data["allocations"] = allocate(data["is_patient"], 10000, scheme, rng)
    found = correlate_group(**data, covariate=np.array(reference["T1"]))
    p = np.array(
        reference["cases"]["clean"]["gm_partial"]["p_exact"]
        if scheme == "balanced"
        else reference["python_only_extras"]["p_full_label_permutation"]
    )
    # both p values are estimates from 10,000 permutations
    standard_error = np.sqrt(2 * p * (1 - p) / 10000)
    assert (np.abs(found.p - p) <= 4 * standard_error + 1e-4).all()
