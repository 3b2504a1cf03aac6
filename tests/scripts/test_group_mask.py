"""The rule group_mask on small maps."""

import json

import numpy as np
import pytest
from small_study import AFFINE, SHAPE, write_study

from rt1t2 import images
from rt1t2.errors import UserError
from rt1t2.group.map_stack import MapStack

OUTPUTS = ("mask.nii.gz", "n.nii.gz", "lesion_overlap.nii.gz", "stack.npy")


@pytest.fixture
def run_mask(script_main, tmp_path):
    def run(study, missing="exclude_voxel", **changes):
        arguments = {
            "maps": study.maps,
            "lesions": [],
            "template_brain": study.mask,
            "explicit_mask": [],
            "participant_ids": [row["participant_id"] for row in study.rows],
            "groups": [row["group"] for row in study.rows],
        } | changes
        outputs = study.outputs(*OUTPUTS)
        script_main("group_mask")(**arguments, **outputs, code="", missing=missing)
        return [
            images.load(outputs[name])[0] for name in ("mask", "n", "lesion_overlap")
        ]

    return run


def with_gap(path, gap, value=np.nan):
    data, affine = images.load(path)
    data[gap] = value
    images.save(data, affine, path)


def test_a_gap_in_one_map(run_mask, tmp_path):
    study = write_study(tmp_path)
    brain = images.load(study.mask)[0] > 0
    gap = np.zeros(SHAPE, bool)
    gap[4:7, 5, 5] = True
    with_gap(study.plus[2], gap)
    mask, n, _ = run_mask(study)
    assert np.array_equal(mask > 0, brain & ~gap)
    assert n[5, 5, 5] == 12
    assert n[10, 10, 10] == 13
    about = json.loads((tmp_path / "mask.json").read_text())
    assert about["UndefinedVoxels"]["sub-02"] == 3
    assert about["ExcludedVoxels"]["TooFewMaps"] == 3
    assert about["AnalysedVoxels"] == brain.sum() - 3
    assert about["Sources"][2] == "finished map of sub-02"

    stack = MapStack.load(tmp_path / "stack.npy", tmp_path / "mask.nii.gz")
    people = ["sub-07", "sub-02"]
    for who, values in zip(people, stack.of(people, mask > 0), strict=True):
        data = images.load(study.maps[int(who[-2:])])[0]
        assert np.array_equal(values, data[mask > 0])
    assert stack.sources_of(people)[1] == "finished map of sub-02"

    mask, _, _ = run_mask(study, "pairwise")
    assert np.array_equal(mask > 0, brain)
    stack = MapStack.load(tmp_path / "stack.npy", tmp_path / "mask.nii.gz")
    (values,) = stack.of(["sub-02"], brain)
    assert np.isnan(values).sum() == 3


def test_zeros_count_and_constants_do_not(run_mask, tmp_path):
    study = write_study(tmp_path)
    brain = images.load(study.mask)[0] > 0
    zero, constant = np.zeros(SHAPE, bool), np.zeros(SHAPE, bool)
    zero[4, 4, 4] = constant[6, 6, 6] = True
    with_gap(study.plus[0], zero, 0)
    for path in study.maps:
        with_gap(path, constant, 0)
    mask, _, _ = run_mask(study)
    assert np.array_equal(mask > 0, brain & ~constant)


def test_explicit_mask_of_another_grid_replaces_the_template(run_mask, tmp_path):
    study = write_study(tmp_path)
    brain = images.load(study.mask)[0] > 0
    coarse = np.zeros((4, 4, 4), np.uint8)
    coarse[1:3, 1:3, 1:3] = 1
    affine = np.diag([8.0, 8, 8, 1])
    affine[:3, 3] = AFFINE[:3, 3] + 3
    images.save(coarse, affine, tmp_path / "explicit.nii.gz")
    mask, _, _ = run_mask(study, explicit_mask=[str(tmp_path / "explicit.nii.gz")])
    expected = np.zeros(SHAPE, bool)
    expected[4:12, 4:12, 4:12] = True
    assert np.array_equal(mask > 0, brain & expected)


def test_lesions_are_counted(run_mask, tmp_path):
    study = write_study(tmp_path)
    paths = []
    for number, corner in enumerate((5, 6)):
        lesion = np.zeros(SHAPE, np.uint8)
        lesion[corner:10, 5:10, 5:10] = 1
        paths.append(str(tmp_path / f"lesion{number}.nii.gz"))
        images.save(lesion, AFFINE, paths[-1])
    _, _, overlap = run_mask(study, lesions=paths)
    assert overlap[5, 5, 5] == 1
    assert overlap[6, 5, 5] == 2
    assert overlap.sum() == (5 + 4) * 25


def test_what_cannot_be_analysed_says_so(run_mask, tmp_path):
    study = write_study(tmp_path)
    moved = AFFINE.copy()
    moved[0, 3] += 1
    odd = tmp_path / "odd.nii.gz"
    images.save(images.load(study.plus[0])[0], moved, odd)
    maps = [*study.plus[:-1], str(odd), *study.minus]
    with pytest.raises(UserError, match="is on another grid"):
        run_mask(study, maps=maps)
    images.save(np.zeros(SHAPE), AFFINE, tmp_path / "empty.nii.gz")
    with pytest.raises(UserError, match="explicit_mask of the config marks no"):
        run_mask(study, explicit_mask=[str(tmp_path / "empty.nii.gz")])
    images.save(np.full(SHAPE, np.nan), AFFINE, study.plus[1])
    with pytest.raises(UserError, match=r"sub-01 \(100%\)"):
        run_mask(study)
