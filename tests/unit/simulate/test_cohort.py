"""Who gets which effect; heads and voxel orders survive storing."""

import csv
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
import yaml

from rt1t2.simulate.cohort import (
    load_head,
    participant_seed,
    planted_effects,
    planted_lesions,
    save_head,
)
from rt1t2.simulate.dicom_writer import reordered

SIMULATION = {
    "effect": {
        "group": "PSP",
        "centre_mm": [-7, -19, 10],
        "radius_mm": 15,
        "decrease": 0.2,
    },
    "lesions": {"sub-10": {"centre_mm": [-27, -8, 24], "radius_mm": 8}},
}


def test_effects_and_lesions_go_to_those_they_are_meant_for():
    assert planted_effects(SIMULATION, "PSP") == [((-7, -19, 10), 15, 0.2)]
    assert planted_effects(SIMULATION, "PSPS2") == []
    assert planted_lesions(SIMULATION, "sub-10") == [((-27, -8, 24), 8)]
    assert planted_lesions(SIMULATION, "sub-11") == []


def test_every_participant_has_a_seed_of_their_own():
    ids = [f"sub-{n:02d}" for n in range(30)]
    assert len({tuple(participant_seed(1, name)) for name in ids}) == 30
    assert participant_seed(1, "sub-03") != participant_seed(2, "sub-03")


def test_a_stored_head_comes_back(head, tmp_path):
    save_head(head, tmp_path / "anatomy.npz")
    back = load_head(tmp_path / "anatomy.npz")
    assert back.voxel_mm == head.voxel_mm
    np.testing.assert_array_equal(back.brain, head.brain)
    for name, share in head.fractions.items():
        np.testing.assert_allclose(back.fractions[name], share, atol=5e-4)


@pytest.mark.parametrize("order", ["PSR", "LAS", "RAS"])
def test_reordering_moves_no_voxel_in_space(order):
    rng = np.random.default_rng(0)
    data = rng.standard_normal((4, 5, 6))
    affine = np.diag([2.0, 3.0, 4.0, 1.0])
    affine[:3, 3] = [-7, 5, 1]
    turned, turned_affine = reordered(data, affine, order)
    assert "".join(nib.aff2axcodes(turned_affine)) == order
    for voxel in np.ndindex(turned.shape):
        there = np.linalg.inv(affine) @ turned_affine @ [*voxel, 1]
        i, j, k = np.rint(there[:3]).astype(int)
        assert turned[voxel] == data[i, j, k]


def test_the_demo_plants_what_its_tables_say():
    root = Path(__file__).resolve().parents[3]
    demo = yaml.safe_load((root / "config/demo.yaml").read_text())
    people = _rows(root / demo["participants"])
    maps = [row["map"] for row in _rows(root / demo["receptors"]["table"])]
    lesioned = {row["participant_id"] for row in people if row["lesion"] != "n/a"}
    assert lesioned == set(demo["simulation"]["lesions"])
    assert demo["simulation"]["receptor_pattern"]["map"] in maps
    assert {row["group"] for row in people} == {"HC", "PSP", "PSPS2"}
    effect = demo["simulation"]["effect"]
    for lesion in demo["simulation"]["lesions"].values():
        apart = np.linalg.norm(np.subtract(lesion["centre_mm"], effect["centre_mm"]))
        assert apart > lesion["radius_mm"] + effect["radius_mm"]


def _rows(path):
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file, delimiter="\t"))
