import json

import numpy as np
import pytest
from simulated_pair import save_pair, simulated_pair

from rt1t2 import images
from rt1t2.head_classes import HEAD_CLASSES, HEAD_LABELS

LABEL_OF = {  # by order of HEAD_CLASSES
    "vitreous": "eye",
    "muscle": "soft",
    **dict.fromkeys(("gm", "wm", "deep", "stem"), "brain"),
}


@pytest.fixture
def files(head, tmp_path):
    """Unbiased images with labels from the true classes."""
    pair = simulated_pair(head, 2, lesions=[((24, -10, 24), 13)], bias=False)
    lut = np.array(
        [HEAD_LABELS[LABEL_OF.get(name, name)] for name in HEAD_CLASSES], "u1"
    )
    labels = lut[pair.priors.argmax(axis=-1)]
    saved = save_pair(pair, tmp_path)
    for name, volume in {"head": labels, "brain": pair.brain}.items():
        saved[name] = str(tmp_path / f"{name}.nii.gz")
        images.save(volume, pair.affine, saved[name])
    return saved


@pytest.mark.parametrize("levels", [None, {"csf": {"t1w": 9.5, "t2w": 99.5}}])
def test_landmarks_of_a_plain_pair(files, script_main, tmp_path, levels):
    bias, landmarks = tmp_path / "bias.json", tmp_path / "landmarks.json"
    if levels:
        levels = levels | {name: {"t1w": 1.0, "t2w": 1.0} for name in ("fat", "muscle")}
    images.save_json({"Method": "joint", "Landmarks": levels}, bias)
    script_main("intensity_landmarks")(
        **files,
        bias=str(bias),
        landmarks=str(landmarks),
        code="abc",
        participant_id="sub-01",
    )
    record = json.loads(landmarks.read_text())
    found = record["Classes"]
    assert record["participant_id"] == "sub-01"
    if levels:
        assert (found["csf"]["t1w"], found["csf"]["t2w"]) == (9.5, 99.5)
        assert "mixture" in record["Source"]
        return
    assert record["Source"] == "half-sample modes"
    order = [found[name]["t1w"] for name in ("air", "csf", "muscle", "fat")]
    assert order == sorted(order)
    order = [found[name]["t2w"] for name in ("air", "muscle", "fat", "csf")]
    assert order == sorted(order)
    quantiles = found["fat"]["t1w_quantiles"]
    assert quantiles == sorted(quantiles)
    assert len(quantiles) == len(record["Probabilities"])
