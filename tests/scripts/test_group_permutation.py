"""The rule group_permutation on small maps."""

import json

import numpy as np
import pytest
from small_study import AFFINE, write_model, write_study

from rt1t2 import images
from rt1t2.group import permutation
from rt1t2.group.design import two_sample_design


@pytest.fixture
def run_permutation(script_main, tmp_path):
    def run(study, **changes):
        y = study.values()
        n = len(study.plus)
        t = y[:n].mean(axis=0) - y[n:].mean(axis=0)
        images.save(t, AFFINE, tmp_path / "t.nii.gz")
        fwhm = [3.5] * 3 if len(y) > 4 else [None] * 3
        write_model(tmp_path / "model.json", fwhm_voxels=fwhm)
        contrast = {"name": "A-B", "plus": "A", "minus": "B"}
        two_sample_design(contrast, study.rows, []).save(tmp_path / "design.tsv")
        names = {
            "cluster_p": "c.nii.gz",
            "tfce_p": "tfce.nii.gz",
            "facts": "facts.json",
        }
        paths = {name: str(tmp_path / file) for name, file in names.items()}
        arguments = {
            "maps": study.stacked(),
            "t": str(tmp_path / "t.nii.gz"),
            "model": str(tmp_path / "model.json"),
            "design": str(tmp_path / "design.tsv"),
            "height_p": 0.001,
            "extent_voxels": 20,
            "permutations": 49,
            "seed": 1,
        } | changes
        script_main("group_permutation")(**arguments, **paths, code="")
        return (
            images.load(paths["cluster_p"])[0],
            images.load(paths["tfce_p"])[0],
            json.loads((tmp_path / "facts.json").read_text()),
        )

    return run


def test_the_planted_ball_is_found(run_permutation, tmp_path):
    study = write_study(tmp_path, effect=0.5)
    cluster_p, tfce_p, facts = run_permutation(study)
    mask = images.load(study.mask)[0] > 0
    assert np.array_equal(np.isfinite(cluster_p), mask)
    assert cluster_p[8, 9, 7] == tfce_p[8, 9, 7] == pytest.approx(0.02)
    assert facts["permutations"] == 49
    assert facts["reason_against"] is None
    assert facts["relabellings"] == 1716
    assert set(facts["cluster_voxels_p05"]) == {"A > B", "B > A"}
    sidecar = json.loads((tmp_path / "c.json").read_text())
    assert sidecar["Permutations"] == 49


def test_two_against_two_can_only_be_dealt_out_in_six_ways(run_permutation, tmp_path):
    cluster_p, _, facts = run_permutation(write_study(tmp_path, 2, 2, effect=9))
    assert facts["relabellings"] == 6
    assert facts["grid_step"] == 2  # the extent of 20 voxels alone limits it
    assert np.nanmin(cluster_p) > 0.05


def test_gaps_are_left_out(run_permutation, tmp_path):
    study = write_study(tmp_path)
    data, _ = images.load(study.minus[0])
    data[5:7, 5:7, 5:7] = np.nan
    images.save(data, AFFINE, study.minus[0])
    # as t of pairwise data, which is defined there
    t = tmp_path / "t_all.nii.gz"
    mask = images.load(study.mask)[0] > 0
    images.save(np.where(mask, 0.5, np.nan), AFFINE, t)
    cluster_p, _, facts = run_permutation(study, t=str(t), permutations=3)
    assert np.isnan(cluster_p[5, 5, 5])
    assert facts["n_voxels"] == mask.sum() - 8


def test_nothing_permuted_is_undefined_and_says_why(
    run_permutation, tmp_path, monkeypatch
):
    study = write_study(tmp_path)
    cluster_p, tfce_p, facts = run_permutation(study, permutations=0)
    assert np.isnan(cluster_p).all()
    assert np.isnan(tfce_p).all()
    assert (facts["permutations"], facts["n_voxels"] > 0) == (0, True)
    assert "permutations is 0" in facts["reason_against"]
    monkeypatch.setattr(permutation, "MOST_VALUES", 1000)
    cluster_p, _, facts = run_permutation(study)
    assert np.isnan(cluster_p).all()
    assert "13 participants" in facts["reason_against"]
