"""A measured transmit field on the T1w, as a file with its record, and into the bias fields."""

import json

import numpy as np
import pytest

from rt1t2 import images
from rt1t2.errors import UserError
from rt1t2.template.head_classes import HEAD_CLASSES
from rt1t2.tissue.assumed_sequence import sequences_of
from rt1t2.tissue.transmit_response import response_at

GRID = np.diag([6.0, 6.0, 6.0, 1.0])
SHAPE = (34, 34, 34)
AC_MM = [10.0, -5.0, 3.0]


@pytest.fixture
def study(tmp_path):
    """Return the folder of a ball with a brain, its prior, and its map: a slope along z."""
    at = np.indices(SHAPE) - np.reshape(SHAPE, (3, 1, 1, 1)) / 2
    r = 6 * np.linalg.norm(at, axis=0)
    prior = np.zeros((*SHAPE, len(HEAD_CLASSES)), np.float32)
    prior[..., HEAD_CLASSES.index("wm")] = r < 60
    prior[..., HEAD_CLASSES.index("fat")] = (r >= 60) & (r < 78)
    prior[..., HEAD_CLASSES.index("air")] = r >= 78
    field = 0.95 + 0.01 * at[2]
    in_scanner = GRID.copy()
    in_scanner[:3, 3] += AC_MM
    for name, data, affine in (
        ("t1w", np.where(r < 78, 100.0, 0), GRID),
        ("t2w", np.where(r < 78, 50.0, 0), GRID),
        ("lesion", np.zeros(SHAPE, np.uint8), GRID),
        ("prior", prior, GRID),
        ("sub-01_TB1map", np.where(r < 78, 100 * field, 0), in_scanner),
    ):
        images.save(data, affine, tmp_path / f"{name}.nii.gz", {"Flags": []})
    about = {"T1w": {"RepetitionTime": 0.25, "FlipAngle": 80}, "T2w": {}}
    (tmp_path / "origin.json").write_text(
        json.dumps({"ac_mm": AC_MM, "Acquisition": about})
    )
    return tmp_path, field, r


@pytest.fixture
def run(script_main, study):
    folder = study[0]

    def transmit_map(**changed):
        script_main("transmit_map")(
            **{
                "raw_b1": [str(folder / "sub-01_TB1map.nii.gz")],
                **{n: str(folder / f"{n}.nii.gz") for n in ("t1w", "prior", "b1")},
                "origin": str(folder / "origin.json"),
                "code": "abc",
                "participant_id": "sub-01",
                **changed,
            }
        )
        return images.load(folder / "b1.nii.gz")[0], json.loads(
            (folder / "b1.json").read_text()
        )

    return transmit_map


def test_the_field_and_its_record(run, study):
    _, field, r = study
    found, about = run()
    np.testing.assert_allclose(found[r < 50], field[r < 50], atol=0.01)
    assert about["UnitsOfTheMap"] == "percent"
    assert about["BrainCoverage"] == 1
    assert about["AlignedBy"] == "scanner coordinates"
    assert about["MeanLnB1"]["brain"] == pytest.approx(
        np.log(field[r < 60]).mean(), abs=0.005
    )
    assert about["Sources"][0].endswith("sub-01_TB1map.nii.gz")
    to_map = np.eye(4)
    to_map[:3, 3] = AC_MM
    np.testing.assert_array_equal(about["T1wToMap"], to_map)
    assert about["Flags"] == []


def test_a_refusal_names_the_participant(run, study):
    folder = study[0]
    sevens = folder / "of_7_TB1map.nii.gz"
    images.save(np.full(SHAPE, 7.0), GRID, sevens, {"Flags": []})
    refused = r"^sub-01: the transmit map of column b1 \(.*median of 7"
    with pytest.raises(UserError, match=refused):
        run(raw_b1=[str(sevens)])


def test_what_it_does_to_the_brain_is_a_part_of_the_bias_fields(
    run, study, script_main
):
    folder, field, r = study
    run()
    arguments = {
        n: str(folder / f"{n}.nii.gz") for n in ("t1w", "t2w", "prior", "lesion")
    }
    script_main("estimate_bias")(
        **arguments,
        transmit=[str(folder / "b1.nii.gz")],
        bias_fields=str(folder / "fields.nii.gz"),
        code="abc",
        participant_id="sub-01",
        method="none",
        seed=1,
    )
    fields, _ = images.load(folder / "fields.nii.gz")
    about = json.loads((folder / "fields.json").read_text())
    sequences = sequences_of({"T1w": {"RepetitionTime": 0.25, "FlipAngle": 80.0}})
    for b in (0.9, 0.95, 1.0):
        there = (np.abs(field - b) < 0.002) & (r < 50)
        expected = response_at(b, sequences)
        np.testing.assert_allclose(fields[there].mean(axis=0), expected, atol=0.01)
    assert about["TransmitMap"]["Kind"] == "TB1map"
    middle = np.log(100) - np.median(fields[r < 60][:, 0])
    assert np.log(about["BrainMedian"]["T1w"]) == pytest.approx(middle, abs=0.01)
