import json

import nibabel as nib
import numpy as np
import pytest

from rt1t2 import images
from rt1t2.errors import UserError
from rt1t2.template.brain_and_head import head_images, icbm152
from rt1t2.template.head_classes import HEAD_CLASSES

OUTPUTS = {
    "t1w": "T1w",
    "brain": "brain_mask",
    "gm": "GM",
    "wm": "WM",
    "head_t1w": "head_T1w",
    "head_t2w": "head_T2w",
    "head_classes": "head_classes",
}


@pytest.fixture
def main(script_main, monkeypatch):
    main = script_main("build_template")
    monkeypatch.setitem(main.__globals__, "HEAD_VOXEL_MM", 4.0)
    return main


def outputs(folder):
    folder.mkdir(parents=True)
    return {name: str(folder / f"{stem}.nii.gz") for name, stem in OUTPUTS.items()}


def test_nilearn_template(main, tmp_path):
    paths = outputs(tmp_path / "template")
    main(**paths, files=[], code="c0de", template={"source": "nilearn"}, voxel_mm=3.0)
    brain = nib.load(paths["brain"])
    assert brain.get_data_dtype() == np.uint8
    np.testing.assert_array_equal(np.diag(brain.affine)[:3], 3)
    np.testing.assert_array_equal(brain.affine[:3, 3] % 3, 0)
    assert int(brain.header["sform_code"]) == 4  # MNI
    for name in ("t1w", "gm", "wm"):
        image = nib.load(paths[name])
        assert image.shape == brain.shape
        np.testing.assert_array_equal(image.affine, brain.affine)
    classes = nib.load(paths["head_classes"])
    assert classes.shape == (*nib.load(paths["head_t1w"]).shape, len(HEAD_CLASSES))
    np.testing.assert_allclose(classes.get_fdata().sum(axis=-1), 1, atol=1e-5)
    sidecar = json.loads((tmp_path / "template" / "head_classes.json").read_text())
    assert sidecar["Classes"] == list(HEAD_CLASSES)
    assert sidecar["CodeDigest"] == "c0de"


def write_own_template(folder, scale=1.0, shift_mm=0):
    maps, affine = icbm152()
    affine = affine.copy()
    affine[:3, 3] += shift_mm
    paths = [str(folder / f"own_{name}.nii.gz") for name in ("t1w", "mask", "gm", "wm")]
    coarse = affine @ np.diag([3.0, 3.0, 3.0, 1.0])
    for path, data, factor in zip(paths, maps, (700, 1, scale, scale), strict=True):
        flipped = data[::3, ::3, ::3][::-1] * factor
        flip = np.diag([-1.0, 1.0, 1.0, 1.0])
        flip[0, 3] = flipped.shape[0] - 1
        images.save(flipped.astype(np.float32), coarse @ flip, path)
    return paths


def test_own_files_are_used_whatever_their_scale_and_axes(main, tmp_path):
    paths = outputs(tmp_path / "template")
    own = write_own_template(tmp_path)
    main(**paths, files=own, code="c", template={"source": "files"}, voxel_mm=4.0)
    t1w, affine = images.load(paths["t1w"])
    white, _ = images.load(paths["wm"])
    assert (np.diag(affine)[:3] == 4).all()
    assert np.median(t1w[white > 0.9]) == pytest.approx(1, abs=0.05)
    brain, _ = images.load(paths["brain"])
    assert brain.sum() * 64 / 1000 == pytest.approx(1883, rel=0.02)


@pytest.mark.parametrize(
    ("change", "message"),
    [({"scale": 255.0}, "between 0 and 1"), ({"shift_mm": 45}, "MNI")],
)
def test_unusable_own_files_are_refused(main, tmp_path, change, message):
    paths = outputs(tmp_path / "template")
    own = write_own_template(tmp_path, **change)
    with pytest.raises(UserError, match=message):
        main(**paths, files=own, code="c", template={"source": "files"}, voxel_mm=4.0)


def test_own_files_on_different_grids_are_refused(main, tmp_path):
    own = write_own_template(tmp_path)
    data, affine = images.load(own[2])
    images.save(data[:-1], affine, own[2])
    with pytest.raises(UserError, match="differ in shape"):
        main(
            **outputs(tmp_path / "template"),
            files=own,
            code="c",
            template={"source": "files"},
            voxel_mm=4.0,
        )


def write_own_head(folder, head, strip=False):
    images_of_head = [
        image * factor * (head.brain if strip else 1)
        for image, factor in zip(head_images(head), (300, 90), strict=True)
    ]
    names = ("head_t1w", "head_t2w")
    for name, image in zip(names, images_of_head, strict=True):
        images.save(image.astype("f4"), head.affine, folder / f"own_{name}.nii.gz")
    return [str(folder / f"own_{name}.nii.gz") for name in names]


def test_an_own_whole_head_takes_the_place_of_the_modelled_one(main, tmp_path, head):
    paths = outputs(tmp_path / "template")
    files = write_own_template(tmp_path) + write_own_head(tmp_path, head)
    source = {"source": "files"}
    main(**paths, files=files, code="c", template=source, voxel_mm=4.0)
    for name, image in zip(("head_t1w", "head_t2w"), head_images(head), strict=True):
        found, affine = images.load(paths[name])
        np.testing.assert_array_equal(affine, head.affine)
        wanted = image / np.median(image[head.fractions["wm"] > 0.9])
        np.testing.assert_allclose(found, wanted, atol=0.01)
    assert "template.head_t1w" in (tmp_path / "template/head_T1w.json").read_text()


@pytest.mark.parametrize("wrong", ["bare brain", "exchanged"])
def test_an_unusable_whole_head_is_refused(main, tmp_path, head, wrong):
    own = write_own_head(tmp_path, head, strip=wrong == "bare brain")
    own = own[::-1] if wrong == "exchanged" else own
    message = "skull-stripped" if wrong == "bare brain" else "which image is which"
    with pytest.raises(UserError, match=message):
        main(
            **outputs(tmp_path / "template"),
            files=write_own_template(tmp_path) + own,
            code="c",
            template={"source": "files"},
            voxel_mm=4.0,
        )
