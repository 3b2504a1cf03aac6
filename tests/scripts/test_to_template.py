import numpy as np
from ratio_steps import run_ratio_steps


def test_the_template_gets_the_same_voxels_where_nothing_moves(script_main, tmp_path):
    found, sidecars, _ = run_ratio_steps(script_main, tmp_path)
    step = sidecars["mni_ratio"]["RoundedToMultiplesOf"]
    np.testing.assert_allclose(found["mni_ratio"], found["ratio"], 0, step)
    np.testing.assert_array_equal(found["mni_lesion"], found["lesion"])
    assert sidecars["mni_ratio"]["ExcludedVoxels"] == {
        "OutsideT1wFieldOfView": 0,
        "Lesion": 27,
        "UndefinedInNativeRatio": 144,
    }
    assert sidecars["mni_lesion"]["SkullStripped"] is False
