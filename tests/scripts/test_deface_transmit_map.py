"""A transmit map that lies elsewhere than the T1w loses the face, and nothing of the brain."""

import numpy as np
import pytest
from posed_face import nearest_affine, truth_on

from rt1t2 import images
from rt1t2.geometry.transforms import translation
from rt1t2.geometry.volume import Volume
from rt1t2.records import read_json, save_json

AC_MM = np.array([3.0, 12.0, -7.0])
TURN = np.eye(4)
TURN[:3, :3] = [[1, 0, 0], [0, 0.94, -0.342], [0, 0.342, 0.94]]  # 20 degrees
TURN[:3, 3] = (5.0, -20.0, 15.0)


@pytest.fixture(scope="module")
def study(script_main, head, scan, tmp_path_factory):
    """Write one simulated person with a map of another pose; return a function to deface it."""
    folder = tmp_path_factory.mktemp("deface")
    t1w = Volume(scan.t1w, scan.t1w_affine)
    b1 = t1w.reduced_to(5.0).moved(TURN)
    face, brain = truth_on(b1, TURN, scan, head, "T1w")
    true_brain = truth_on(t1w, np.eye(4), scan, head, "T1w")[1]
    centred = t1w.moved(translation(-AC_MM)).like(true_brain)
    centred.save(folder / "brain.nii.gz", {})
    b1.save(folder / "sub-01_TB1map.nii.gz", {"FlipAngle": 80, "Flags": []})
    Volume(head.brain, head.affine).save(folder / "template.nii.gz", {})
    to_t1w = nearest_affine(t1w, np.eye(4), scan, true_brain)
    aligned = {"ac_mm": AC_MM, "template_to_t1w": translation(-AC_MM) @ to_t1w}
    save_json(aligned, folder / "origin.json")

    def deface(t1w_to_map):
        save_json({"T1wToMap": t1w_to_map}, folder / "placed.json")
        script_main("deface_transmit_map")(
            raw_b1=str(folder / "sub-01_TB1map.nii.gz"),
            placed=str(folder / "placed.json"),
            brain=str(folder / "brain.nii.gz"),
            origin=str(folder / "origin.json"),
            template_brain=str(folder / "template.nii.gz"),
            shared_b1=str(folder / "shared.nii.gz"),
            picture=str(folder / "views.jpg"),
            code="abc",
            participant_id="sub-01",
        )
        return images.load(folder / "shared.nii.gz")

    return folder, b1, face, brain, deface


def test_the_face_is_gone_and_the_brain_is_the_same(study):
    folder, b1, face, brain, deface = study
    after, affine = deface(TURN @ translation(AC_MM))
    np.testing.assert_allclose(affine, b1.affine, atol=1e-5)
    assert (b1.data[face] > 0).mean() > 0.5
    assert not after[face].any()
    np.testing.assert_array_equal(after[brain], b1.data[brain])
    about = read_json(folder / "shared.json")
    assert about["FlipAngle"] == 80
    assert about["Defacing"]["CodeDigest"] == "abc"
    assert (folder / "views.jpg").read_bytes().startswith(b"\xff\xd8")


def test_the_way_to_the_map_counts(study):
    _, b1, face, brain, deface = study
    after, _ = deface(translation(AC_MM))
    assert after[face].any() or (after[brain] != b1.data[brain]).any()
