"""The rule group_evidence on a small t map."""

import json

import numpy as np
import pytest
from small_study import AFFINE, SHAPE

from rt1t2 import images

MAPS = {"g": 1, "g_low": 1, "g_high": 1, "equivalence": 0, "log10_bf10": 0}


def run(script_main, folder, t, df=27.0, effective_n=20.0):
    folder.mkdir()
    known = {"df": df, "effective_n": effective_n}
    given = {"t": t} | {
        k: np.where(np.isfinite(t), v, np.nan) for k, v in known.items()
    }
    for name, data in given.items():
        images.save(data, AFFINE, folder / f"{name}.nii.gz")
    paths = {name: str(folder / f"{name}.nii.gz") for name in (*given, *MAPS)}
    script_main("group_evidence")(
        **paths, counts=str(folder / "counts.json"), code="", equivalence_bound_g=1.0
    )
    return (
        {name: images.load(paths[name])[0] for name in MAPS},
        json.loads((folder / "counts.json").read_text()),
    )


def test_maps_and_counts(script_main, tmp_path):
    t = np.random.default_rng(0).normal(0, 1.2, SHAPE)
    t[0] = np.nan
    t[5, 5, 5] = 8
    found, counts = run(script_main, tmp_path / "one", t)
    for image in found.values():
        assert np.array_equal(np.isfinite(image), np.isfinite(t))
    inside = np.isfinite(t)
    assert (found["g_low"] < found["g"])[inside].all()
    assert (found["g"] < found["g_high"])[inside].all()
    assert found["g"][5, 5, 5] == pytest.approx(8 / np.sqrt(20.0) * 0.972, rel=1e-3)
    assert found["log10_bf10"][5, 5, 5] > 3
    assert counts["n_voxels"] == inside.sum()
    assert counts["n_null"] > counts["n_effect"] > 0
    assert counts["equivalence_bound_g"] == 1
    least = 10 ** found["log10_bf10"][inside].min()
    assert counts["lowest_possible_bf10"] == pytest.approx(least, rel=1e-3)
    # the other direction: signs change, p and Bayes factor do not
    mirrored, same = run(script_main, tmp_path / "two", -t)
    assert same == counts
    assert np.allclose(mirrored["g_low"], -found["g_high"], equal_nan=True)
    for name, sign in MAPS.items():
        if not sign:
            assert np.array_equal(mirrored[name], found[name], equal_nan=True)


def test_two_against_two_is_wide_open(script_main, tmp_path):
    t = np.full(SHAPE, 1.5)
    found, counts = run(script_main, tmp_path / "small", t, df=2.0, effective_n=1.0)
    assert found["g_low"][0, 0, 0] < -0.5
    assert found["g_high"][0, 0, 0] > 3
    assert counts["n_equivalent"] == counts["n_null"] == counts["n_effect"] == 0
