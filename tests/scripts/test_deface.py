"""One participant's files without the face, each on its own grid, by the rule's script."""

import numpy as np
import pytest
from posed_face import nearest_affine, truth_on

from rt1t2 import images
from rt1t2.geometry.transforms import translation, write_itk
from rt1t2.geometry.volume import Volume
from rt1t2.records import read_json, save_json

AC_MM = np.array([3.0, 12.0, -7.0])


@pytest.fixture(scope="module")
def shared(script_main, head, scan, tmp_path_factory):
    """Deface one simulated person; return the folder and the truth of T1w and T2w."""
    folder = tmp_path_factory.mktemp("deface")
    t1w, t2w = Volume(scan.t1w, scan.t1w_affine), Volume(scan.t2w, scan.t2w_affine)
    truth = {
        name: truth_on(image, np.eye(4), scan, head, name)
        for name, image in (("T1w", t1w), ("T2w", t2w))
    }
    brain = truth["T1w"][1]
    centred = t1w.moved(translation(-AC_MM))
    written = {
        "T1w": t1w,
        "T2w": t2w,
        "conformed": centred,
        "brain": centred.like(brain),
    }
    for name, volume in written.items():
        volume.save(folder / f"{name}.nii.gz", {"Sources": [name]})
    Volume(head.brain, head.affine).save(folder / "template.nii.gz", {})
    to_t1w = nearest_affine(t1w, np.eye(4), scan, brain)
    aligned = {"ac_mm": AC_MM, "template_to_t1w": translation(-AC_MM) @ to_t1w}
    save_json(aligned, folder / "origin.json")
    write_itk(scan.t2w_to_t1w @ translation(AC_MM), folder / "xfm.txt")

    def named(*names):
        return [str(folder / f"{name}.nii.gz") for name in names]

    script_main("deface")(
        raw=named("T1w", "T2w"),
        derivatives=named("conformed"),
        brain=str(folder / "brain.nii.gz"),
        origin=str(folder / "origin.json"),
        xfm=str(folder / "xfm.txt"),
        template_brain=str(folder / "template.nii.gz"),
        shared_raw=named("shared_T1w", "shared_T2w"),
        shared_derivatives=named("shared_conformed"),
        picture=str(folder / "views.jpg"),
        code="abc",
        participant_id="sub-01",
    )
    return folder, truth


@pytest.mark.parametrize(
    ("name", "kind"), [("T1w", "T1w"), ("T2w", "T2w"), ("conformed", "T1w")]
)
def test_every_image_loses_the_face_on_its_own_grid(shared, name, kind):
    folder, truth = shared
    face, brain = truth[kind]
    before, affine = images.load(folder / f"{name}.nii.gz")
    after, grid = images.load(folder / f"shared_{name}.nii.gz")
    np.testing.assert_array_equal(grid, affine)
    assert before[face].any()
    assert not after[face].any()
    np.testing.assert_array_equal(after[brain], before[brain])
    about = read_json(folder / f"shared_{name}.json")
    assert about["Sources"] == [name]
    assert about["Defacing"]["CodeDigest"] == "abc"
    assert 0.2 < about["Defacing"]["ClearedShare"] < 0.9


def test_there_is_a_picture_to_look_at(shared):
    assert (shared[0] / "views.jpg").read_bytes().startswith(b"\xff\xd8")
