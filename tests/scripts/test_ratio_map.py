import json

import numpy as np

from rt1t2 import images


def test_ratio_and_counts_of_excluded_voxels(script_main, tmp_path):
    t1w, t2w = np.full((4, 4, 4), 3.0), np.full((4, 4, 4), 2.0)
    brain, lesion = np.zeros((4, 4, 4), bool), np.zeros((4, 4, 4), bool)
    brain[:, :, :3] = True
    t2w[:, :, 0] = np.nan
    lesion[0, :, :] = True
    volumes = {"t1w": t1w, "t2w": t2w, "brain": brain, "lesion": lesion}
    paths = {name: str(tmp_path / f"{name}.nii.gz") for name in volumes}
    for name, volume in volumes.items():
        images.save(volume, np.eye(4), paths[name])
    images.save_json({"Method": "affine"}, tmp_path / "curve.json")
    script_main("ratio_map")(
        **paths,
        curve=str(tmp_path / "curve.json"),
        ratio=str(tmp_path / "ratio.nii.gz"),
        code="abc",
    )
    ratio, _ = images.load(tmp_path / "ratio.nii.gz")
    assert (ratio[1:, :, 1:3] == 1.5).all()
    assert np.isfinite(ratio).sum() == 24
    meta = json.loads((tmp_path / "ratio.json").read_text())
    assert meta["BrainVoxels"] == 48
    assert meta["ExcludedVoxels"] == {
        "OutsideT2wFieldOfView": 16,
        "Lesion": 8,
        "LowDenominator": 0,
    }
    assert meta["CalibrationMethod"] == "affine"
    assert meta["SkullStripped"] is True
