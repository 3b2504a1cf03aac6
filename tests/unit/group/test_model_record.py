"""The record of a fitted contrast survives its file, and says what its maps need to say."""

import numpy as np
from small_study import write_model

from rt1t2.group.model_record import read_model
from rt1t2.records import read_json, save_json


def test_a_record_survives_its_file(tmp_path):
    write_model(tmp_path / "model.json", fwhm_voxels=[4.1, None, 3.9])
    record = read_model(tmp_path / "model.json")
    assert np.array_equal(record.fwhm_voxels, [4.1, np.nan, 3.9], equal_nan=True)
    assert record.resels.tolist() == [1, 7, 20, 63]
    save_json(vars(record), tmp_path / "again.json")
    assert read_json(tmp_path / "again.json") == read_json(tmp_path / "model.json")


def test_a_model_without_common_variances_says_so(tmp_path):
    write_model(tmp_path / "model.json", variance="welch", relative_variance=None)
    record = read_model(tmp_path / "model.json")
    assert record.relative_variance is None
    assert record.entries()["VoxelwiseDegreesOfFreedom"]


def test_what_the_sidecars_say(tmp_path):
    directions = ["HC > PSP", "PSP > HC"]
    write_model(tmp_path / "model.json", directions=directions)
    assert read_model(tmp_path / "model.json").entries() == {
        "Contrast": "HC > PSP",
        "Variance": "equal",
        "DegreesOfFreedom": 20,
        "VoxelwiseDegreesOfFreedom": False,
        "ExcludedVoxels": {"Undefined": 0, "NoVariation": 0},
    }


def test_names_of_f_and_of_other_effect_sizes(tmp_path):
    write_model(
        tmp_path / "model.json", statistic="F", measure="partial_eta2", df_effect=2
    )
    record = read_model(tmp_path / "model.json")
    names = (
        "peak_t",
        "t",
        "fdr_peak_t",
        "hedges_g_low",
        "n_voxels",
        "set_p",
        "cluster",
    )
    assert [record.own_name(name) for name in names] == [
        *("peak_f", "f", "fdr_peak_f", "partial_eta2_low", "n_voxels", "set_p"),
        "cluster",
    ]
    assert record.summary()["df"] == record.entries()["DegreesOfFreedom"] == [2, 20]
