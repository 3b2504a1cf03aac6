import numpy as np
import pytest
from ratio_steps import run_ratio_steps


@pytest.mark.parametrize("edges", ["normalised", "zero_fill"])
def test_smoothing_says_how_it_treats_edges(script_main, tmp_path, edges):
    found, sidecars, _ = run_ratio_steps(script_main, tmp_path, edges=edges)
    brain, smoothed = found["template_brain"] > 0, found["smoothed"]
    meta = sidecars["smoothed"]
    assert meta["SmoothingEdges"] == edges
    assert meta["SmoothingFWHM_mm"] == 8
    undefined = brain & ~np.isfinite(smoothed)
    assert meta["ExcludedVoxels"]["Undefined"] == undefined.sum()
    assert ("MinimumKernelShare" in meta) == (edges == "normalised")
    if edges == "normalised":
        assert np.isnan(smoothed[~brain]).all()
        assert np.isfinite(
            smoothed[7, 7, 7]
        )  # a lesion of 6 mm is filled from around it
    else:
        assert np.isfinite(smoothed).all()
        assert smoothed[2, 8, 8] < 0.8 * np.nanmedian(found["mni_ratio"])
