import numpy as np
import pytest

from rt1t2 import images
from rt1t2.errors import UserError
from rt1t2.geometry.transforms import translation
from rt1t2.geometry.volume import Volume
from rt1t2.records import read_json
from rt1t2.share.deface import find_defacing
from rt1t2.share.participant import deface_file
from rt1t2.template.brain_and_head import head_images

MADE_BY = {"CodeDigest": "abc"}
SHIFT = translation(np.array([5.0, -9.0, 30.0]))


@pytest.fixture(scope="module")
def defacing(head):
    """Return the defacing of the template's own head."""
    brain = Volume(head.brain, head.affine)
    return find_defacing(brain, brain, np.eye(4))


@pytest.mark.parametrize("kind", ["int16", "float32"])
def test_a_file_keeps_type_grid_and_sidecar(head, defacing, tmp_path, kind):
    t1w, _ = head_images(head)
    data = (t1w * 500).astype(kind)
    affine, paths = SHIFT @ head.affine, (tmp_path / "a.nii.gz", tmp_path / "b.nii.gz")
    images.save(data, affine, paths[0], {"EchoTime": 0.003}, step=None)
    given = tuple(map(str, paths))
    written = deface_file(*given, SHIFT, defacing, "sub-01", MADE_BY)

    after, grid = images.load_stored(paths[1])
    np.testing.assert_array_equal(grid, affine)
    assert after.dtype == data.dtype
    np.testing.assert_array_equal(after[head.brain], data[head.brain])
    eyes = head.fractions["vitreous"] > 0.5
    assert data[eyes].all()
    assert not after[eyes].any()
    np.testing.assert_allclose(written.affine, head.affine)
    about = read_json(images.sidecar(paths[1]))
    assert about["EchoTime"] == 0.003
    assert about["Defacing"]["CodeDigest"] == "abc"


def test_rounded_images_stay_rounded_and_no_longer(head, defacing, tmp_path):
    t1w, _ = head_images(head)
    source, target = str(tmp_path / "a.nii.gz"), str(tmp_path / "b.nii.gz")
    images.save(t1w, head.affine, source, {}, step=1 / 64)
    deface_file(source, target, np.eye(4), defacing, "sub-01", MADE_BY)
    assert read_json(images.sidecar(target))["RoundedToMultiplesOf"] == 1 / 64
    before, after = images.load(source)[0], images.load(target)[0]
    np.testing.assert_array_equal(after[head.brain], before[head.brain])


def test_a_brain_that_changed_on_disk_is_an_error(
    head, defacing, tmp_path, monkeypatch
):
    source = str(tmp_path / "a.nii.gz")
    images.save(np.ones(head.brain.shape, np.uint8), head.affine, source, {})
    monkeypatch.setattr(
        "rt1t2.share.participant.deface", lambda image, _: np.zeros_like(image.data)
    )
    with pytest.raises(UserError, match=r"sub-09, a\.nii\.gz: defacing changed"):
        deface_file(source, source, np.eye(4), defacing, "sub-09", MADE_BY)
