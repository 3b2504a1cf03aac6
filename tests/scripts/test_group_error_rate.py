"""The rule group_error_rate on a small mask."""

import json

import numpy as np
import pytest
from small_study import AFFINE, SHAPE, write_model

from rt1t2 import images


@pytest.fixture
def run_error_rate(script_main, tmp_path):
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
            t=str(tmp_path / "t.nii.gz"),
            model=str(model),
            error_rate=str(tmp_path / "rate.json"),
            code="",
            studies=studies,
            **given,
        )
        return json.loads((tmp_path / "rate.json").read_text())

    return run


def test_rate_and_what_it_was_simulated_with(run_error_rate):
    found = run_error_rate()
    assert 0.2 < found["rate_low"] < found["rate"] < found["rate_high"] <= 1
    assert found["rate_either"] >= found["rate"]
    assert found["voxel_mm"] == [4, 4, 4]  # every second voxel
    assert found["participants"] == {"A": 6, "B": 7}
    assert (found["df"], found["studies"]) == (11, 40)
    assert found["extent_voxels_p05"] > 24
    assert found == run_error_rate()
    assert run_error_rate(extent_voxels=2000)["rate"] == 0


@pytest.mark.parametrize("change", [{"studies": 0}, {"fwhm_voxels": [None] * 3}])
def test_no_rate(run_error_rate, change):
    found = run_error_rate(**change)
    assert found["rate"] is None
    assert found["studies"] == 0
