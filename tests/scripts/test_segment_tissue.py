import json

import numpy as np
from simulated_pair import dice, save_pair, simulated_pair

from rt1t2 import images
from rt1t2.head_classes import HEAD_LABELS


def test_masks_probabilities_and_labels(head, script_main, tmp_path):
    pair = simulated_pair(head, 2, lesions=[((24, -10, 24), 13)], bias=False)
    names = ("brain", "gm", "wm", "csf", "head")
    out = {name: str(tmp_path / f"out_{name}.nii.gz") for name in names}
    script_main("segment_tissue")(
        **save_pair(pair, tmp_path), **out, code="abc", participant_id="sub-01"
    )
    found = {name: images.load(path)[0] for name, path in out.items()}
    assert dice(found["brain"] > 0, pair.brain) > 0.95
    assert dice(found["wm"] > 0.5, pair.tissue["wm"] > 0.5) > 0.88
    assert set(np.unique(found["head"])) == set(HEAD_LABELS.values())
    assert not found["gm"][found["brain"] == 0].any()
    volume_ml = json.loads((tmp_path / "out_brain.json").read_text())["VolumeMl"]
    assert abs(volume_ml - found["brain"].sum() * 0.027) < 1
    labels = json.loads((tmp_path / "out_head.json").read_text())
    assert labels["Labels"] == HEAD_LABELS
    assert labels["Flags"] == []
