"""p values of random fields against SPM12's tables and against limits known in closed form."""

import json
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from rt1t2.group.random_fields import (
    FField,
    TField,
    ec_densities,
    equal_p_f,
    equal_p_t,
    f_densities,
)

SPM = json.loads(
    (Path(__file__).parents[2] / "expected" / "spm_ttest.json").read_text()
)
RUNS = [(run, name) for run in SPM["runs"] for name in ("G1-G2", "G2-G1")]


def field_of(run):
    return TField(
        run["df"],
        np.array(run["resels"]),
        np.array(run["fwhm_voxels"]),
        run["n_voxels"],
    )


@pytest.mark.parametrize(("run", "contrast"), RUNS)
def test_every_row_of_spm(run, contrast):
    run = SPM["runs"][run]
    field = field_of(run)
    for values in run["contrasts"][contrast]["rows"]:
        row = dict(zip(SPM["columns"], values, strict=True))
        assert field.zscore(row["t"]) == pytest.approx(row["zscore"], abs=1e-7)
        assert field.peak_p_unc(row["t"]) == pytest.approx(row["p_unc"], rel=1e-6)
        assert field.peak_p_fwe(row["t"]) == pytest.approx(row["p_fwe"], rel=1e-6)
        if row["n_voxels"]:
            size, u = row["n_voxels"], run["height_t"]
            p_unc, p_fwe = field.cluster_p_unc(size, u), field.cluster_p_fwe(size, u)
            assert p_unc == pytest.approx(row["cluster_p_unc"], rel=1e-6)
            assert p_fwe == pytest.approx(row["cluster_p_fwe"], rel=1e-6)


@pytest.mark.parametrize(("run", "contrast"), RUNS)
def test_thresholds_and_expectations_of_spm(run, contrast):
    run = SPM["runs"][run]
    field, expected = field_of(run), run["contrasts"][contrast]
    u = field.height(0.001)
    assert u == pytest.approx(run["height_t"], abs=1e-7)
    assert field.fwe_height() == pytest.approx(expected["fwe_peak_t"], abs=1e-6)
    assert field.expected_cluster_voxels(u) == pytest.approx(
        run["expected_cluster_voxels"], rel=1e-6
    )
    for k in (0, 94):
        assert field.expected_clusters(k, u) == pytest.approx(
            expected[f"expected_clusters_k{k}"], rel=1e-6
        )
    assert [field.cluster_p_unc(94, u), field.cluster_p_fwe(94, u)] == pytest.approx(
        expected["extent_p_k94"], rel=1e-6
    )
    n = expected["n_clusters_k0"]
    assert field.set_p(n, 0, u) == pytest.approx(expected["set_p_k0"], rel=1e-6)


def test_p_stays_exact_where_spm_has_no_digits_left():
    field = field_of(SPM["runs"]["equal"])
    assert field.peak_p_unc(20.0) == pytest.approx(stats.t.sf(20.0, 27), rel=1e-9)
    assert np.isfinite(field.zscore(20.0))


def test_densities_of_many_degrees_of_freedom_are_gaussian():
    t = np.array([1.5, 3.0, 4.5])
    f, bell = 4 * np.log(2), np.exp(-(t**2) / 2)
    expected = [
        stats.norm.sf(t),
        f**0.5 / (2 * np.pi) * bell,
        f / (2 * np.pi) ** 1.5 * t * bell,
        f**1.5 / (2 * np.pi) ** 2 * (t**2 - 1) * bell,
    ]
    assert np.allclose(ec_densities(t, 1e7), expected, rtol=1e-4)


def test_without_smoothness_bonferroni_is_left():
    unknown = np.full(3, np.nan)
    field = TField(2, np.array([1, *unknown]), unknown, 1000)
    assert field.peak_p_fwe(500.0) == pytest.approx(1000 * stats.t.sf(500, 2))
    assert field.fwe_height() == pytest.approx(stats.t.isf(0.05 / 1000, 2))
    assert np.isnan(field.cluster_p_fwe(10, 5.0))
    assert np.isnan(field.set_p(1, 10, 5.0))


def test_equal_p_t():
    t, df = np.array([4.0, -4.0, 4.0, np.nan]), np.array([10.0, 10.0, 27.0, 27.0])
    found = equal_p_t(t, df, 27)
    assert stats.t.sf(found[0], 27) == pytest.approx(stats.t.sf(4.0, 10))
    assert found[1] == -found[0]
    assert found[2] == 4.0
    assert np.isnan(found[3])


@pytest.mark.parametrize("df", [2, 3, 4, 6, 12])
def test_few_degrees_of_freedom_have_a_corrected_threshold(df):
    resels = np.array([3.0, 13.5, 48.5, 37.2])
    field = TField(df, resels, np.array([5.0, 5, 5]), 235_321)
    height = field.fwe_height(0.05)
    assert field.peak_p_fwe(height) == pytest.approx(0.05, rel=1e-6)
    assert field.peak_p_fwe(0.9 * height) > 0.05


def test_densities_of_f_with_one_row_are_twice_those_of_t():
    """F = t² is above u² where t is above u or below -u; Worsley 1994, 10.2307/1427576."""
    t = np.array([2.5, 3.0, 4.0, 6.0])
    assert f_densities(t**2, 1, 20.0) == pytest.approx(
        2 * ec_densities(t, 20.0), rel=1e-9
    )
    field = FField(20.0, np.array([1.0, 20, 100, 200]), np.full(3, 5.0), 20_000, 1)
    assert field.peak_p_fwe(field.fwe_height()) == pytest.approx(0.05, rel=1e-6)
    assert field.zscore(0.0) == pytest.approx(stats.norm.isf(1 - np.exp(-1.0)))


def test_f_with_other_degrees_of_freedom_keeps_its_p():
    found = equal_p_f(np.array([4.0, 7.0, np.nan]), 2, np.array([9.0, 20.0, 5.0]), 20.0)
    assert stats.f.sf(found[0], 2, 20) == pytest.approx(stats.f.sf(4.0, 2, 9))
    assert found[1] == 7.0
    assert np.isnan(found[2])
