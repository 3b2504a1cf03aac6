import json

import nibabel as nib
import numpy as np
import pytest
import SimpleITK as sitk

from rt1t2 import images
from rt1t2.errors import UserError
from rt1t2.template.brain_and_head import brain_maps, class_maps, icbm152


@pytest.fixture(scope="module")
def template():
    return brain_maps(*icbm152(), 4.0)


@pytest.fixture
def files(head, scan, template, tmp_path):
    """Inputs of the rule, as its keyword arguments, and its outputs."""
    brain = scan.sample(head.brain.astype(np.float32)) > 0.5
    white = ("wm", "stem", "thalamus", "pallidum")
    tissues = {"gm": ("gm", "striatum"), "wm": white, "csf": ("csf",)}
    maps = {
        name: scan.sample(sum(head.fractions[p] for p in parts)) * brain
        for name, parts in tissues.items()
    }
    maps |= {"t1w": scan.t1w, "brain": brain, "lesion": np.zeros_like(brain)}
    paths = {name: str(tmp_path / f"sub-01_{name}.nii.gz") for name in maps}
    for name, data in maps.items():
        images.save(data, scan.t1w_affine, paths[name])
    for name, data in (
        ("t1w", template.t1w),
        ("brain", template.mask),
        ("gm", template.gm),
        ("wm", template.wm),
    ):
        paths[f"template_{name}"] = str(tmp_path / f"{name}.nii.gz")
        images.save(data, template.affine, paths[f"template_{name}"])
    paths["head_classes"] = str(tmp_path / "head_classes.nii.gz")
    images.save(class_maps(head), head.affine, paths["head_classes"])
    paths["origin"] = str(tmp_path / "origin.json")
    matrix = np.linalg.inv(scan.world_to_template).tolist()
    (tmp_path / "origin.json").write_text(json.dumps({"template_to_t1w": matrix}))
    results = ("affine.txt", "displacement.nii.gz")
    return paths | {name.split(".")[0]: str(tmp_path / name) for name in results}


@pytest.fixture
def main(script_main):
    return script_main("normalise")


def test_itk_reads_what_is_written_and_finds_the_template(main, files, template):
    main(**files, code="c0de", participant_id="sub-01", estimate_mm=4.0)
    metrics = json.loads(images.sidecar(files["displacement"]).read_text())
    assert metrics["Contrast"] == "tissue and 0.4 of T1w"
    assert metrics["DiceGM"] > 0.8
    assert metrics["DiceWM"] > 0.8
    assert metrics["FoldedVoxels"] == 0
    field = sitk.ReadImage(files["displacement"], sitk.sitkVectorFloat64)
    way = sitk.CompositeTransform(
        [sitk.ReadTransform(files["affine"]), sitk.DisplacementFieldTransform(field)]
    )
    white = sitk.Resample(
        sitk.ReadImage(files["wm"]), sitk.ReadImage(files["template_brain"]), way
    )
    carried = sitk.GetArrayFromImage(white).T > 0.5
    truth = template.wm > 0.5
    dice = 2 * (carried & truth).sum() / (carried.sum() + truth.sum())
    assert dice == pytest.approx(metrics["DiceWM"], abs=0.02)


def test_a_lesion_is_counted_and_the_brain_found(main, files, scan):
    lesion, affine = images.load(files["lesion"])
    lesion[30:36, 40:46, 45:50] = 1
    images.save(lesion > 0, affine, files["lesion"])
    main(**files, code="c0de", participant_id="sub-01", estimate_mm=4.0)
    metrics = json.loads(images.sidecar(files["displacement"]).read_text())
    assert metrics["LesionVoxels"] == 180
    assert metrics["DiceWM"] > 0.75
    assert nib.load(files["displacement"]).shape[3:] == (1, 3)


def test_a_brain_that_cannot_be_found_stops_with_its_name(main, files):
    white, affine = images.load(files["wm"])
    images.save(np.zeros_like(white), affine, files["wm"])
    with pytest.raises(UserError, match=r"^sub-01: .*white matter"):
        main(**files, code="c0de", participant_id="sub-01", estimate_mm=6.0)
