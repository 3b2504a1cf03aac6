import json

import numpy as np
import pytest

from rt1t2 import images

AFFINE = np.diag([2.0, 2.0, 2.0, 1.0])


@pytest.fixture
def smoothed(script_main, tmp_path):
    def run(edges):
        brain = np.zeros((30, 30, 30), dtype=bool)
        brain[5:25, 5:25, 5:25] = True
        ratio = np.where(brain, 1.5, np.nan)
        ratio[10:13, 10:13, 10:13] = np.nan
        paths = [str(tmp_path / f"{n}.nii.gz") for n in ("ratio", "brain", "smoothed")]
        images.save(ratio, AFFINE, paths[0])
        images.save(brain, AFFINE, paths[1])
        script_main("smooth_ratio")(*paths, code="c0de", fwhm_mm=10, edges=edges)
        sidecar = json.loads((tmp_path / "smoothed.json").read_text())
        return images.load(paths[2])[0], brain, sidecar

    return run


def test_normalised_keeps_the_level_up_to_edge_and_hole(smoothed):
    data, brain, sidecar = smoothed("normalised")
    defined = np.isfinite(data)
    np.testing.assert_allclose(data[defined], 1.5, rtol=1e-6)
    assert not defined[~brain].any()
    assert defined[11, 11, 11]  # a hole of 6 mm is filled
    assert sidecar["ExcludedVoxels"]["Undefined"] == (brain & ~defined).sum()
    assert sidecar["SmoothingEdges"] == "normalised"
    assert sidecar["SmoothingFWHM_mm"] == 10


def test_zero_fill_darkens_the_edge_as_spm_does(smoothed):
    data, brain, sidecar = smoothed("zero_fill")
    assert np.isfinite(data).all()
    assert data[5, 15, 15] == pytest.approx(1.5 * 0.5922, rel=0.01)
    assert data[15, 15, 15] < 1.5
    assert data[~brain].max() > 0
    assert sidecar["SmoothingEdges"] == "zero_fill"
    assert "MinimumKernelShare" not in sidecar
