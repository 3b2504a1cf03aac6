"""The rule group_error_rate on small maps."""

import json

import numpy as np
import pytest
from small_study import AFFINE, SHAPE, write_model, write_study

from rt1t2 import images
from rt1t2.group import permutation
from rt1t2.group.design import two_sample_design


@pytest.fixture
def run_error_rate(script_main, tmp_path):
    study = write_study(tmp_path)
    contrast = {"name": "A-B", "plus": "A", "minus": "B"}
    two_sample_design(contrast, study.rows, []).save(tmp_path / "design.tsv")

    def run(fwhm_voxels=(6.0, 6.0, 6.0), studies=40, **changes):
        t = np.full(SHAPE, np.nan)
        t[2:14, 2:16, 2:12] = 0.3
        images.save(t, AFFINE, tmp_path / "t.nii.gz")
        fwhm_mm = [None if f is None else 2 * f for f in fwhm_voxels]
        sizes = {"n_plus": 6, "n_minus": 7, "df": 11}
        model = tmp_path / "model.json"
        write_model(model, fwhm_voxels=fwhm_voxels, fwhm_mm=fwhm_mm, **sizes)
        given = {"height_p": 0.05, "extent_voxels": 24, "seed": 1} | changes
        script_main("group_error_rate")(
            maps=study.stacked(),
            t=str(tmp_path / "t.nii.gz"),
            model=str(model),
            design=str(tmp_path / "design.tsv"),
            error_rate=str(tmp_path / "rate.json"),
            code="",
            studies=studies,
            **given,
        )
        return json.loads((tmp_path / "rate.json").read_text())

    return run


def test_rates_and_what_they_were_simulated_with(run_error_rate):
    found = run_error_rate()
    for name, df in (("from_residuals", 10), ("stationary", 11)):
        rate = found[name]
        assert 0.2 < rate["rate_low"] < rate["rate"] < rate["rate_high"] <= 1
        assert rate["rate_either"] >= rate["rate"]
        assert (rate["df"], rate["studies"]) == (df, 40)
        assert rate["extent_voxels_p05"] > 24
    assert found["voxel_mm"] == [4, 4, 4]  # every second voxel
    assert found["participants"] == {"A": 6, "B": 7}
    assert "residuals" in found["from_residuals"]["assumes"]
    assert found == run_error_rate()
    rare = run_error_rate(extent_voxels=2000)
    assert rare["stationary"]["rate"] == rare["from_residuals"]["rate"] == 0


def test_no_rate(run_error_rate, monkeypatch):
    found = run_error_rate(studies=0)
    for name in ("from_residuals", "stationary"):
        assert found[name]["rate"] is None
        assert found[name]["studies"] == 0
        assert found[name]["reason_against"] == "statistics.null_studies is 0"
    found = run_error_rate(fwhm_voxels=[None] * 3)
    assert found["stationary"]["rate"] is None
    assert "smoothness" in found["stationary"]["reason_against"]
    assert found["from_residuals"]["rate"] > 0
    monkeypatch.setattr(permutation, "MOST_VALUES", 10)
    assert "exceed" in run_error_rate()["from_residuals"]["reason_against"]
