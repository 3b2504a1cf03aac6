import json

import numpy as np
import pytest
from simulated_pair import save_pair, simulated_pair

from rt1t2 import images


@pytest.mark.parametrize("method", ["joint", "n4"])
def test_corrected_images_and_the_record_of_the_fit(
    head, script_main, tmp_path, method
):
    pair = simulated_pair(head, 1, lesions=[((24, -10, 24), 13)])
    files = save_pair(pair, tmp_path)
    out = {name: str(tmp_path / f"out_{name}.nii.gz") for name in ("t1w", "t2w")}
    script_main("correct_bias")(
        conformed_t1w=files["t1w"],
        conformed_t2w=files["t2w"],
        priors=files["priors"],
        lesion=files["lesion"],
        **out,
        bias=str(tmp_path / "bias.json"),
        code="abc",
        participant_id="sub-01",
        method=method,
        seed=1,
    )
    t1w, affine = images.load(out["t1w"])
    t2w, _ = images.load(out["t2w"])
    np.testing.assert_allclose(affine, pair.affine, atol=1e-4)
    assert np.isfinite(t1w).all()
    assert np.array_equal(np.isnan(t2w), np.isnan(pair.t2w))
    record = json.loads((tmp_path / "bias.json").read_text())
    assert record["Method"] == method
    assert record["FieldSD"]["T1w"] > 0.05
    level = record["Landmarks"]
    assert level["csf"]["t2w"] > level["fat"]["t2w"] > level["muscle"]["t2w"]
    assert level["csf"]["t1w"] < level["gm"]["t1w"] < level["wm"]["t1w"]
    meta = json.loads((tmp_path / "out_t2w.json").read_text())
    assert meta["BiasCorrection"] == method
    assert meta["SkullStripped"] is False
