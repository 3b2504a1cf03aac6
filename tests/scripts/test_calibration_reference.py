import json

import pytest

from rt1t2.ratio.protocol_references import choose_reference
from rt1t2.records import save_json
from rt1t2.tissue.reference_tissues import PROBABILITIES


def save_landmarks(folder, gains):
    paths = []
    for i, gain in enumerate(gains):
        classes = {}
        for name, (t1w, t2w) in {"csf": (0.2, 3.7), "fat": (1.9, 2.0)}.items():
            classes[name] = {
                "t1w": gain * t1w,
                "t2w": t2w,
                "n_voxels": 500,
                "t1w_quantiles": [gain * t1w] * len(PROBABILITIES),
                "t2w_quantiles": [t2w] * len(PROBABILITIES),
            }
        classes["eye"] = None
        record = {
            "participant_id": f"sub-{i}",
            "Classes": classes,
            "DarkFat": [],
            "Probabilities": PROBABILITIES,
        }
        paths.append(str(folder / f"sub-{i}.json"))
        save_json(record, paths[-1])
    return paths


def build(script_main, folder, gains, method, templates):
    script_main("calibration_reference")(
        landmarks=save_landmarks(folder, gains),
        reference=str(folder / "reference.json"),
        code="abc",
        named_protocols={},
        method=method,
        templates=templates,
    )


def test_the_reference_is_free_of_gains(script_main, tmp_path):
    reference = tmp_path / "reference.json"
    build(script_main, tmp_path, [1.0, 100.0, 0.1], method="affine", templates=False)
    found = json.loads(reference.read_text())
    built = found["AllControls"]
    assert [one["Reference"] for one in found["Protocols"]] == [built]
    assert built["Controls"] == ["sub-0", "sub-1", "sub-2"]
    unit = (0.2 * 1.9) ** 0.5
    assert built["Classes"]["fat"]["t1w"] == pytest.approx([1.9 / unit] * 3)
    assert "eye" not in built["Classes"]


def test_a_single_control_is_enough(script_main, tmp_path):
    build(script_main, tmp_path, [1.0], method="affine", templates=False)
    built = json.loads((tmp_path / "reference.json").read_text())
    assert built["AllControls"]["Controls"] == ["sub-0"]
    assert [one["Reference"] for one in built["Protocols"]] == [None]


@pytest.mark.parametrize("gains", [[1.0], []])
def test_a_calibration_without_reference_needs_no_controls(
    script_main, tmp_path, gains
):
    reference = tmp_path / "reference.json"
    build(script_main, tmp_path, gains, method="none", templates=False)
    built = json.loads(reference.read_text())
    assert built["AllControls"]["Controls"] == ["sub-0"][: len(gains)]
    assert not any(one["Reference"] for one in built["Protocols"])


def test_templates_set_the_scale_alone(script_main, tmp_path):
    reference = tmp_path / "reference.json"
    build(script_main, tmp_path, [10.0], method="affine", templates=True)
    built = json.loads(reference.read_text())
    unit = (0.2 * 1.9) ** 0.5
    assert built["AllControls"]["Classes"]["fat"]["t1w"] == pytest.approx([1.9 / unit])
    person = {"participant_id": "sub-9", "Acquisition": {"T1w": {"EchoTime": 9}}}
    chosen = choose_reference(built, person, {})
    assert (chosen.source, chosen.flags) == ("the templates", [])
    assert chosen.reference == built["AllControls"]
