"""The rule group_ttest on small maps with known answers."""

import json

import numpy as np
import pytest
from scipy import stats
from small_study import AFFINE, write_study

from rt1t2 import images
from rt1t2.errors import UserError
from rt1t2.tables import read_tsv, write_tsv

OUTPUTS = (
    *("t.nii.gz", "df.nii.gz", "effective_n.nii.gz", "rpv.nii.gz"),
    *("model.json", "design.tsv"),
)
CONTRAST = {"name": "A-B", "plus": "A", "minus": "B"}


@pytest.fixture
def run_ttest(script_main):
    def run(study, **changes):
        arguments = {
            "maps": study.stacked(changes.pop("mask", "")),
            "rows": study.rows,
            "variance": "equal",
            "missing": "exclude_voxel",
            "covariates": [],
        } | changes
        outputs = study.outputs(*OUTPUTS)
        script_main("group_ttest")(**arguments, **outputs, code="", contrast=CONTRAST)
        model = json.loads((study.folder / "model.json").read_text())
        return images.load(outputs["t"])[0], images.load(outputs["df"])[0], model

    return run


def test_students_t(run_ttest, tmp_path):
    study = write_study(tmp_path)
    t, df, model = run_ttest(study)
    mask = images.load(study.mask)[0] > 0
    values = study.values().astype(float)
    expected = stats.ttest_ind(values[:6], values[6:]).statistic
    assert np.array_equal(np.isfinite(t), mask)
    assert np.allclose(t[mask], expected[mask], atol=2e-5)
    assert t[8, 9, 7] > 3
    assert np.all(df[mask] == 11)
    assert (model["df"], model["n_plus"], model["n_minus"]) == (11, 6, 7)
    assert model["n_voxels"] == mask.sum()
    # noise of 1.5 voxels SD has a FWHM of 3.53 voxels
    assert np.allclose(model["fwhm_voxels"], 3.53, rtol=0.15)
    assert np.allclose(model["fwhm_mm"], 2 * np.array(model["fwhm_voxels"]))
    assert json.loads((tmp_path / "t.json").read_text())["DegreesOfFreedom"] == 11
    assert len(read_tsv(tmp_path / "design.tsv")) == 13


@pytest.mark.parametrize("variance", ["equal", "welch"])
def test_pairwise_has_its_own_n_where_a_map_is_undefined(run_ttest, tmp_path, variance):
    study = write_study(tmp_path)
    data, _ = images.load(study.minus[0])
    data[5:8, 5:8, 5:8] = np.nan
    images.save(data, AFFINE, study.minus[0])
    t, df, model = run_ttest(study, missing="pairwise", variance=variance)
    values = study.values().astype(float)
    expected = stats.ttest_ind(
        values[:6, 6, 6, 6], values[7:, 6, 6, 6], equal_var=variance == "equal"
    )
    assert t[6, 6, 6] == pytest.approx(expected.statistic, abs=2e-5)
    assert df[6, 6, 6] == pytest.approx(expected.df, rel=1e-5)
    assert np.isfinite(model["fwhm_mm"]).all()
    excluded, _, _ = run_ttest(study, variance=variance)
    assert np.isnan(excluded[6, 6, 6])
    assert np.isfinite(excluded[9, 9, 9])


def test_two_against_two_has_t_but_no_smoothness(run_ttest, tmp_path):
    study = write_study(tmp_path, 2, 2)
    t, _, model = run_ttest(study)
    values = study.values().astype(float)[:, 8, 9, 7]
    assert t[8, 9, 7] == pytest.approx(
        stats.ttest_ind(values[:2], values[2:]).statistic, rel=1e-4
    )
    assert model["fwhm_mm"] == [None, None, None]


def test_a_constant_voxel_is_left_out_and_counted(run_ttest, tmp_path):
    study = write_study(tmp_path)
    for path in study.maps:
        data, _ = images.load(path)
        data[8, 8, 8] = 1.25
        images.save(data, AFFINE, path)
    t, _, model = run_ttest(study, variance="unequal")
    assert np.isnan(t[8, 8, 8])
    assert model["excluded_voxels"] == {"Undefined": 0, "NoVariation": 1}


def test_covariate_column(run_ttest, tmp_path):
    study = write_study(tmp_path)
    ages = np.random.default_rng(1).integers(40, 70, 13).astype(str)
    rows = [row | {"age": age} for row, age in zip(study.rows, ages, strict=True)]
    _, _, model = run_ttest(study, rows=rows, covariates=["age"])
    assert model["df"] == 10
    column = [float(row["age"]) for row in read_tsv(tmp_path / "design.tsv")]
    assert sum(column) == pytest.approx(0, abs=1e-9)


def test_what_cannot_be_tested_says_so(run_ttest, tmp_path):
    study = write_study(tmp_path)
    with pytest.raises(UserError, match="group A has 1 analysed"):
        run_ttest(study, rows=study.rows[5:])
    empty = images.load(study.mask)[0] * 0
    images.save(empty, AFFINE, tmp_path / "empty.nii.gz")
    with pytest.raises(UserError, match=r"no voxel of the group mask can be tested"):
        run_ttest(study, mask=str(tmp_path / "empty.nii.gz"))


def test_the_protocol_comes_from_the_scans_and_confounding_stops(run_ttest, tmp_path):
    study = write_study(tmp_path)
    people = [row["participant_id"] for row in study.rows]

    def scanned_with(labels):
        path = tmp_path / "protocols.tsv"
        told = zip(people, labels, strict=True)
        lines = [{"participant_id": who, "protocol": label} for who, label in told]
        write_tsv(lines, ["participant_id", "protocol"], path)
        return {"more_columns": [str(path)], "covariates": ["protocol"]}

    _, _, model = run_ttest(study, **scanned_with([*["P1", "P2"] * 6, "P1"]))
    assert model["df"] == 10
    assert "protocol=P2" in read_tsv(tmp_path / "design.tsv")[0]
    with pytest.raises(UserError, match="protocol=P2 is determined by the groups"):
        run_ttest(study, **scanned_with(["P1"] * 6 + ["P2"] * 7))
