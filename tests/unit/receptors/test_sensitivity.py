"""Variants of the receptor correlations: which there are, and that each does what its name says."""

from dataclasses import replace

import numpy as np
import pytest

from rt1t2.errors import UserError
from rt1t2.receptors.cohort import ReceptorCohort
from rt1t2.receptors.sensitivity import Atlas, Settings, sensitivity_rows, variants_of

N_REGIONS = 40
NAMES = ["D1_a", "MU_b"]
RECEPTORS = {"D1_a": "D1", "MU_b": "MU"}
SETTINGS = Settings("exclude", "free", 99, 49, 40, "pooled", 1)


def cohort(covariate=False, groups=("A",) * 5 + ("HC",) * 8, seed=0):
    rng = np.random.default_rng(seed)
    maps, gm = rng.random((2, N_REGIONS)), rng.random(N_REGIONS)
    values = rng.normal(1.2, 0.1, (len(groups), N_REGIONS))
    values[np.array(groups) == "A"] += 0.3 * maps[0]
    ids = [f"sub-{k:02d}" for k in range(len(groups))]
    return ReceptorCohort(
        ids, np.array(groups), values, NAMES, maps, gm if covariate else None, "HC"
    )


def atlas():
    centroids = np.random.default_rng(9).uniform(-60, 60, (N_REGIONS, 3))
    parts = {"cortex": ["region"], "subcortex": ["region 1", "region 2"]}
    names = [f"region {k}" for k in range(N_REGIONS)]
    return Atlas(names, centroids, parts | {"neither": ["region 3"]})


def rows_of(main, other=None, other_covariate=None, parts_of=slice(None), **changes):
    whole = atlas()
    names = [str(name) for name in np.array(whole.names)[parts_of]]
    chosen = replace(whole, names=names, centroids_mm=whole.centroids_mm[parts_of])
    rows = sensitivity_rows(
        main,
        main if other is None else other,
        other_covariate,
        chosen,
        RECEPTORS,
        replace(SETTINGS, **changes),
    )
    return {(row.variant, row.map): row for row in rows}


@pytest.mark.parametrize(
    ("background", "scheme", "last"),
    [
        ("exclude", "free", ["juspace"]),
        ("include", "free", ["juspace", "free"]),
        ("exclude", "balanced", ["juspace", "free"]),
        ("include", "balanced", ["free"]),
    ],
)
def test_the_main_analysis_is_not_done_twice(background, scheme, last):
    settings = replace(SETTINGS, background=background, scheme=scheme)
    main, other = cohort(), cohort(seed=1)
    variants = variants_of(main, other, None, settings)
    assert list(variants) == ["main", "mean_removed", "gain_removed", *last]
    by_background = {background: main}
    by_background["include" if background == "exclude" else "exclude"] = other
    expected = {"juspace": ("include", "balanced"), "free": ("exclude", "free")}
    for name in last:
        its_background, its_scheme = expected[name]
        assert variants[name].cohort is by_background[its_background]
        assert variants[name].scheme == its_scheme


def test_grey_matter_is_taken_out_or_added():
    with_gm, plain = cohort(covariate=True), cohort()
    assert variants_of(with_gm, plain, None, SETTINGS)["without_gm"].covariate is None
    added = variants_of(plain, plain, with_gm.covariate, SETTINGS)["with_gm"]
    assert added.covariate is with_gm.covariate
    assert added.covariate_name == "GM"
    both = rows_of(with_gm), rows_of(plain, other_covariate=with_gm.covariate)
    for name in NAMES:
        assert both[0]["without_gm", name].p == both[1]["main", name].p
        assert both[1]["with_gm", name].p == both[0]["main", name].p


def test_what_a_calibration_adds_to_patients_is_removed():
    main = cohort()
    shifted, stretched = main.values.copy(), main.values.copy()
    patients = main.groups == "A"
    shifted[patients] += 0.2
    stretched[patients] *= 1.15
    expected = rows_of(main)
    for variant, values in (("mean_removed", shifted), ("gain_removed", stretched)):
        found = rows_of(replace(main, values=values))
        for name in NAMES:
            z = found[variant, name].mean_fisher_z
            assert z == pytest.approx(expected[variant, name].mean_fisher_z, abs=1e-6)
        changed = found["main", "MU_b"].mean_fisher_z
        assert changed != pytest.approx(
            expected["main", "MU_b"].mean_fisher_z, abs=1e-3
        )


def test_the_other_background_is_used_by_juspace_alone():
    main, other = cohort(), cohort(seed=5)
    found, same = rows_of(main, other), rows_of(main)
    means = {key: (row.mean_rho, same[key].mean_rho) for key, row in found.items()}
    differ = {key for key, pair in means.items() if len(set(np.nan_to_num(pair))) > 1}
    assert differ == {("juspace", name) for name in NAMES}


def test_a_variant_that_is_impossible_says_why_and_the_main_one_stops():
    main = cohort()
    negative = main.values.copy()
    negative[2] -= 3.0  # its mean cannot divide
    found = rows_of(replace(main, values=negative))
    note = found["gain_removed", "D1_a"].note
    assert "not above 0" in note
    assert np.isnan(found["gain_removed", "MU_b"].p)
    assert found["main", "D1_a"].note is None
    flat = main.maps.copy()
    flat[1] = 1.0
    with pytest.raises(UserError, match="MU_b is undefined"):
        rows_of(replace(main, maps=flat))


def test_rows_stand_by_group_then_variant_then_map():
    main = cohort(groups=("A",) * 4 + ("HC",) * 8 + ("B",) * 4)
    rows = sensitivity_rows(main, main, None, atlas(), RECEPTORS, SETTINGS)
    variants = ["main", "mean_removed", "gain_removed", "juspace"]
    variants += ["spatial_null", "leave_one_out", "cortex", "subcortex"]
    variants += ["leave_one_region_out"]
    assert [(r.group, r.variant, r.map) for r in rows] == [
        (g, v, m) for g in ("A", "B") for v in variants for m in NAMES
    ]
    # two groups and two maps are four tests, in each variant
    mine = [row for row in rows if row.variant == "main"]
    smallest = min(mine, key=lambda row: row.p)
    n_ties = sum(row.p == smallest.p for row in mine)
    assert smallest.p_fdr <= 4 * smallest.p / n_ties + 1e-12


def test_every_row_of_an_adjusted_analysis_is_adjusted():
    main = cohort()
    age = np.random.default_rng(3).normal(0, 8, (13, 1))
    adjusted = replace(main, adjust=age)
    plain, found = rows_of(main), rows_of(adjusted)
    shifted = replace(adjusted, values=main.values + 0.01 * age * main.maps[0])
    again = rows_of(shifted)
    for variant in ("main", "spatial_null"):
        z = found[variant, "D1_a"].mean_fisher_z
        assert z != pytest.approx(plain[variant, "D1_a"].mean_fisher_z, abs=1e-3)
        assert z == pytest.approx(again[variant, "D1_a"].mean_fisher_z, abs=1e-6)
    left = found["leave_one_out", "D1_a"]
    assert left.note is None
    assert left.p_high == again["leave_one_out", "D1_a"].p_high


def test_the_region_that_a_correlation_rests_on_is_named():
    main = cohort()
    patients = main.groups == "A"
    values, maps = main.values.copy(), main.maps.copy()
    maps[1, 7], values[patients, 7] = 2.0, values[patients, 7] + 5
    maps[1, 3], values[:, 4] = np.nan, np.nan  # no data: nothing to leave out
    spoiled = replace(main, values=values, maps=maps)
    found = rows_of(spoiled)
    row = found["leave_one_region_out", "MU_b"]
    assert row.most_influential == "region 7"
    assert row.n_omissions == N_REGIONS - 2
    assert found["leave_one_region_out", "D1_a"].n_omissions == N_REGIONS - 1
    without = maps.copy()
    without[1, 7] = np.nan
    alone = rows_of(replace(spoiled, maps=without))["main", "MU_b"]
    assert alone.mean_fisher_z in (row.fisher_z_low, row.fisher_z_high)
    assert row.fisher_z_low <= found["main", "MU_b"].mean_fisher_z <= row.fisher_z_high
    assert np.isnan(row.p_high)
    assert row.n_significance_changes is None


def test_ten_regions_leave_none_to_be_left_out():
    main = cohort()
    few = replace(main, maps=np.where(np.arange(N_REGIONS) < 10, main.maps, np.nan))
    found = rows_of(few)
    assert "10 are needed" in found["leave_one_region_out", "D1_a"].note
    assert found["main", "D1_a"].note is None


def test_cortex_and_subcortex_are_correlated_alone():
    main = cohort(covariate=True)
    found = rows_of(main)
    subcortex = [1, 2, *range(10, 30)]
    alone = rows_of(main.within(np.array(subcortex)), parts_of=subcortex)
    for name in NAMES:
        part, whole = found["subcortex", name], alone["main", name]
        assert (part.mean_fisher_z, part.p) == (whole.mean_fisher_z, whole.p)
        assert part.n_regions == 22
        assert "7 regions of the cortex" in found["cortex", name].note
