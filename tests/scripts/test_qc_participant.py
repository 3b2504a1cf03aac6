import base64
import io
import json
import math
import re
import shutil
from pathlib import Path

import fabricated
import numpy as np
import pytest
from PIL import Image

from rt1t2.images import save, sidecar
from rt1t2.records import save_json

CONTROL = {"csf": {"t1w": 0.20, "t2w": 1.0}, "fat": {"t1w": 1.90, "t2w": 0.54}}


@pytest.fixture(scope="module")
def made(tmp_path_factory, script_main, head):
    folder = tmp_path_factory.mktemp("participant")
    template = fabricated.of_the_page(
        fabricated.write_template(folder / "template", head)
    )
    person = fabricated.write_participant(
        folder / "in", head, "sub-02", "PSP", 2, lesioned=True
    )
    reference = fabricated.write_json(folder / "reference.json", fabricated.REFERENCES)
    outputs = {
        name: str(folder / f"sub-02.{ending}")
        for name, ending in (
            ("page", "html"),
            ("summary", "json"),
        )
    }
    inputs = person | template | {"reference": reference}
    row = {
        "participant_id": "sub-02",
        "group": "PSP",
        "age": "61",
        "t1w": "/data/secret",
    }
    main = script_main("qc_participant")
    main(**inputs, **outputs, code="abc", participant=row, simulated=True)
    return main, inputs, outputs, row


def test_page_opens_offline_and_is_small(made):
    page = Path(made[2]["page"]).read_text()
    assert len(page) < 3e6
    assert not re.findall(r'(?:src|href)="https?:', page)
    assert "Simulated data" in page
    assert "/data/secret" not in page
    for number in range(1, 12):
        assert re.search(rf'<span class="number">{number}</span>', page)
    assert "localizer &lt;3 planes&gt;" in page


def test_metrics_are_those_of_the_images(made, head):
    metrics = json.loads(Path(made[2]["summary"]).read_text())["metrics"]
    voxel_ml = head.voxel_mm**3 / 1000
    assert metrics["brain_volume_ml"] == pytest.approx(head.brain.sum() * voxel_ml)
    assert metrics["lesion_volume_ml"] == pytest.approx(125 * voxel_ml)
    assert metrics["dice_wm"] == 0.88
    assert metrics["t2w_shift_mm"] == 5
    assert metrics["t2w_coverage_percent"] == pytest.approx(96)
    assert metrics["excluded_percent"] > 0
    assert metrics["ratio_wm_gm_contrast"] == pytest.approx(1 / 0.44, rel=0.05)
    assert abs(metrics["ratio_left_right_percent"]) < 1
    assert "eye: only 12 voxels, not used" in metrics["flags"]
    assert 0.44 < metrics["ratio_deep_gm_median"] / metrics["ratio_wm_median"] < 1
    assert 0 <= metrics["t1w_beyond_landmarks_percent"] < 5


def test_the_summary_has_what_the_cohort_page_needs(made):
    summary = json.loads(Path(made[2]["summary"]).read_text())
    assert summary["series"][0]["used"] == "T1w"
    assert summary["landmarks"]["Classes"]["csf"]["n_voxels"] == 900
    assert summary["calibration"]["Method"] == "affine"
    ratios = summary["median_ratios"]
    assert set(ratios) == {"none", "weighted", "affine", "nonlinear"}
    for method in ratios.values():
        assert method["gm"] < method["deep"] < method["wm"]
    # the scale of the ratio is the geometric mean of CSF and fat; sub-02 is left out of it
    own, other = (
        math.sqrt(math.prod(c[n]["t1w"] / c[n]["t2w"] for n in ("csf", "fat")))
        for c in (summary["landmarks"]["Classes"], CONTROL)
    )
    for name, raw in ratios["none"].items():
        assert ratios["affine"][name] == pytest.approx(raw * other / own, rel=1e-4)
    kind, _, data = summary["thumbnail"].partition(",")
    assert kind == "data:image/jpeg;base64"
    assert max(Image.open(io.BytesIO(base64.b64decode(data))).size) <= 420


def test_two_runs_give_the_same_bytes(made, tmp_path):
    main, inputs, outputs, row = made
    again = {name: str(tmp_path / name) for name in outputs}
    main(**inputs, **again, code="abc", participant=row, simulated=True)
    for name, path in outputs.items():
        assert Path(path).read_bytes() == Path(again[name]).read_bytes(), name


def test_records_without_their_optional_entries_still_make_a_page(made, tmp_path):
    main, inputs, outputs, row = made
    bare = dict(inputs)
    empty = {"Acquisition": {"T1w": {}, "T2w": {}}, "T2wRegistration": {}}
    bare["origin"] = fabricated.write_json(tmp_path / "origin.json", empty)
    bare["bias"] = fabricated.write_json(tmp_path / "bias.json", {})
    bare["displacement"] = str(tmp_path / Path(inputs["displacement"]).name)
    shutil.copy(inputs["displacement"], bare["displacement"])
    save_json({}, sidecar(bare["displacement"]))
    bare["landmarks"] = fabricated.write_json(
        tmp_path / "l.json",
        {"participant_id": "sub-02", "Classes": {"fat": None}, "DarkFat": []},
    )
    bare["curve"] = fabricated.write_json(tmp_path / "c.json", {"Method": "none"})
    again = {name: str(tmp_path / name) for name in outputs}
    main(**bare, **again, code="abc", participant=row, simulated=False)
    assert "n/a" in Path(again["page"]).read_text()
    metrics = json.loads(Path(again["summary"]).read_text())["metrics"]
    assert metrics["dice_gm"] is None


def test_a_measured_transmit_field_is_on_the_page_of_who_has_one(made, head, tmp_path):
    main, inputs, outputs, row = made
    assert "measured transmit field" not in Path(outputs["page"]).read_text()
    field = np.full(tuple(n // 2 for n in head.brain.shape), 1.1, np.float32)
    path = tmp_path / "sub-02_space-T1w_TB1map.nii.gz"
    save(field, head.affine @ np.diag([2.0, 2, 2, 1]), path)
    again = {name: str(tmp_path / name) for name in outputs}
    main(
        **inputs | {"transmit": [str(path)]},
        **again,
        code="abc",
        participant=row,
        simulated=True,
    )
    page = Path(again["page"]).read_text()
    (section,) = re.findall(
        r'<section>\s*<h2 id="panel-2">.*?</section>', page, flags=re.S
    )
    assert "The measured transmit field is smooth" in section
    assert "Showing: transmit field" in section
    assert '<span class="bar">70 %' in section
    assert Path(again["summary"]).read_bytes() == Path(outputs["summary"]).read_bytes()
