import json

import nibabel as nib
import numpy as np

from rt1t2 import images
from rt1t2.head_classes import HEAD_CLASSES
from rt1t2.template import class_maps, head_images


def test_priors_cover_the_scan_and_know_its_tissues(
    script_main, head, scan, tmp_path, monkeypatch
):
    main = script_main("head_priors")
    monkeypatch.setitem(main.__globals__, "VOXEL_MM", 4.0)
    path = {n: str(tmp_path / n) for n in ("t1w.nii.gz", "h.nii.gz", "c.nii.gz")}
    images.save(scan.t1w, scan.t1w_affine, path["t1w.nii.gz"])
    images.save(head_images(head)[0], head.affine, path["h.nii.gz"])
    images.save(class_maps(head), head.affine, path["c.nii.gz"])
    origin = {"template_to_t1w": np.linalg.inv(scan.world_to_template).tolist()}
    (tmp_path / "origin.json").write_text(json.dumps(origin))
    main(
        t1w=path["t1w.nii.gz"],
        origin=str(tmp_path / "origin.json"),
        head_t1w=path["h.nii.gz"],
        head_classes=path["c.nii.gz"],
        priors=str(tmp_path / "priors.nii.gz"),
        code="c0de",
    )
    priors = nib.load(tmp_path / "priors.nii.gz")
    assert priors.shape[3] == len(HEAD_CLASSES)
    extent = np.array(priors.shape[:3]) * 4.0
    assert (extent >= np.array(scan.t1w.shape) * 3.0 - 0.1).all()
    data = priors.get_fdata(dtype=np.float32)
    np.testing.assert_array_equal(data.sum(axis=-1), 1)
    # every class is likelier where it truly is than elsewhere
    points = np.indices(priors.shape[:3]).reshape(3, -1).astype(np.float32)
    where = scan.warp.to_template(priors.affine, points)
    voxels = np.round((where - head.affine[:3, 3:]) / 4).astype(int)
    inside = ((voxels >= 0) & (voxels < np.c_[list(head.brain.shape)])).all(axis=0)
    truth = class_maps(head)[tuple(voxels[:, inside])]
    found = data.reshape(-1, len(HEAD_CLASSES))[inside]
    for index, name in enumerate(HEAD_CLASSES):
        here = truth[:, index] > 0.5
        assert found[here, index].mean() > 4 * found[~here, index].mean(), name
