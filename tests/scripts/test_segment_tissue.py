import json

import numpy as np
import pytest

from rt1t2 import images
from rt1t2.head_classes import HEAD_LABELS
from rt1t2.resampling import resample

IMAGES = ("t1w", "t2w", "brain", "gm", "wm", "csf", "head", "bias_fields")


@pytest.fixture(scope="module", params=["joint", "n4"])
def segmented(script_main, head_files, scan, tmp_path_factory, request):
    """Return method, grid, images, and sidecars of one simulated scan."""
    folder = tmp_path_factory.mktemp(request.param)
    t2w = resample(
        scan.t2w,
        scan.t2w_affine,
        scan.t1w_affine,
        scan.t1w.shape,
        point_map=scan.t2w_to_t1w,
        outside=np.nan,
    )
    volumes = {"conformed_t1w": scan.t1w, "conformed_t2w": t2w, "lesion": scan.lesion}
    paths = {name: str(folder / f"{name}.nii.gz") for name in (*volumes, *IMAGES)}
    for name, volume in volumes.items():
        images.save(volume, scan.t1w_affine, paths[name])
    sidecars = {"T1w": {"EchoTime": 0.003, "DeviceSerialNumber": 7}, "T2w": {}}
    origin = {"template_to_t1w": np.linalg.inv(scan.world_to_template)}
    origin["Acquisition"] = sidecars
    images.save_json(origin, folder / "origin.json")
    script_main("segment_tissue")(
        **paths,
        origin=str(folder / "origin.json"),
        head_t1w=head_files["head_t1w"],
        head_classes=head_files["head_classes"],
        landmarks=str(folder / "landmarks.json"),
        code="abc",
        participant_id="sub-01",
        bias_correction=request.param,
        seed=1,
    )
    found = {name: images.load(paths[name])[0] for name in IMAGES}
    about = {
        name: json.loads(images.sidecar(paths[name]).read_text()) for name in IMAGES
    }
    about["landmarks"] = json.loads((folder / "landmarks.json").read_text())
    return request.param, t2w, found, about


def dice(a, b):
    return 2 * (a & b).sum() / (a.sum() + b.sum())


def test_the_fit_of_the_bias_field_is_recorded(segmented):
    method, t2w, found, about = segmented
    assert np.isfinite(found["t1w"]).all()
    np.testing.assert_array_equal(np.isnan(found["t2w"]), np.isnan(t2w))
    assert about["t2w"]["BiasCorrection"] == method
    assert about["t2w"]["SkullStripped"] is False
    fit = about["t1w"]["BiasFit"]
    assert fit["Method"] == method
    assert fit["FieldSD"]["T1w"] > 0.05
    level = fit["Landmarks"]
    assert level["csf"]["t2w"] > level["fat"]["t2w"] > level["muscle"]["t2w"]
    assert level["csf"]["t1w"] < level["gm"]["t1w"] < level["wm"]["t1w"]


def test_masks_probabilities_and_labels(segmented, head, scan):
    _, _, found, about = segmented
    truth = scan.sample(head.brain.astype(np.float32)) > 0.5
    white = sum(scan.sample(head.fractions[n]) for n in ("wm", "stem"))
    assert dice(found["brain"] > 0, truth) > 0.93
    assert dice(found["wm"] > 0.5, white > 0.5) > 0.8
    assert set(np.unique(found["head"])) == set(HEAD_LABELS.values())
    deep = sum(scan.sample(head.fractions[n]) for n in ("thalamus", "striatum"))
    labelled = found["head"] == HEAD_LABELS["deep"]
    assert (deep[labelled] > 0.5).mean() > 0.8  # its core: small nuclei, coarse voxels
    assert not found["gm"][found["brain"] == 0].any()
    assert abs(about["brain"]["VolumeMl"] - found["brain"].sum() * 0.027) < 1
    assert about["head"]["Labels"] == HEAD_LABELS


def test_landmarks_are_in_the_order_of_a_plain_pair(segmented):
    record = segmented[3]["landmarks"]
    found = record["Classes"]
    assert record["participant_id"] == "sub-01"
    assert record["Acquisition"] == {"T1w": {"EchoTime": 0.003}, "T2w": {}}
    assert "mixture" in record["Source"]
    order = [found[name]["t1w"] for name in ("air", "csf", "muscle", "fat")]
    assert order == sorted(order)
    order = [found[name]["t2w"] for name in ("air", "muscle", "fat", "csf")]
    assert order == sorted(order)
    quantiles = found["fat"]["t1w_quantiles"]
    assert quantiles == sorted(quantiles)
    assert len(quantiles) == len(record["Probabilities"])
