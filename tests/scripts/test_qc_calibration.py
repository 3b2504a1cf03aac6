import json
import re
from pathlib import Path

import fabricated
import pytest
from made_landmarks import record

from rt1t2.records import read_json
from rt1t2.tables import read_tsv
from rt1t2.tissue.reference_tissues import landmark_flags

PEOPLE = (
    [(f"sub-{i}", "HC") for i in range(5)]
    + [(f"sub-{i}", "PSP") for i in range(5, 10)]
    + [("sub-0b", "HC")]
)
GROUPS = {"HC": "Controls", "PSP": "Post-stroke pain", "PSPS2": "Nobody"}
ECHO = {"HC": 0.1, "PSP": 0.08}


def landmarks(sub, group, number):
    """Return landmarks: patients have brighter fat in the T1w and an own echo time."""
    noise = 1 + 0.002 * number
    levels = {"fat": (1.9 * noise * (1.1 if group == "PSP" else 1), 2.0)}
    found = record(sub, (7.0 * noise, 3.0), **levels)
    found["Flags"] = landmark_flags(found["Classes"], found["DarkFat"])
    return found | {"Acquisition": {"T1w": {}, "T2w": {"EchoTime": ECHO[group]}}}


@pytest.fixture(scope="module")
def made(tmp_path_factory, script_main):
    folder = tmp_path_factory.mktemp("calibration")
    marks = [landmarks(*who, i) for i, who in enumerate(PEOPLE)]
    paths = [
        fabricated.write_json(folder / f"{m['participant_id']}_l.json", m)
        for m in marks
    ]
    n_controls = 5
    script_main("calibration_reference")(
        landmarks=paths[:n_controls],
        reference=str(folder / "reference.json"),
        code="abc",
        named_protocols={},
        method="affine",
        templates=False,
    )
    rows = [
        {"participant_id": sub, "group": group, "retest_of": "n/a"}
        for sub, group in PEOPLE
    ]
    rows[-1]["retest_of"] = "sub-0"
    script_main("protocols")(
        landmarks=paths,
        reference=str(folder / "reference.json"),
        table=str(folder / "protocols.tsv"),
        facts=str(folder / "protocols.json"),
        code="abc",
        rows=rows,
        named_protocols={},
        groups=GROUPS,
        method="affine",
        covariates=[],
    )
    summaries = []
    knots = {"KnotsIn": [0.0, 4.0], "KnotsOut": [0.0, 4.0]}
    for i, found in enumerate(marks):
        sub = found["participant_id"]
        raw = 1 + 0.1 * (sub == "sub-0b")
        ratios = {
            "none": {"wm": raw, "gm": raw / 2, "deep": 0.8 * raw},
            "weighted": {"wm": 2.0, "gm": 1.0, "deep": 1.6},
            "affine": {"wm": 2.0, "gm": 1.0, "deep": 1.6},
            "nonlinear": {"wm": 2.1, "gm": 1.0, "deep": None},
        }
        summary = {
            "metrics": {"participant_id": sub, "t1w_beyond_landmarks_percent": 1.5},
            "landmarks": found,
            "calibration": {"T1w": knots, "T2w": knots, "Method": "affine"}
            | {"Alternatives": {"csf_percent": float(i), "fat_percent": -float(i)}},
            "median_ratios": ratios,
            "series": [],
            "thumbnail": "",
            "software": {"PackageVersions": {}, "Converters": []},
        }
        summaries.append(fabricated.write_json(folder / f"{sub}.json", summary))
    script_main("qc_calibration")(
        summaries=summaries,
        reference=str(folder / "reference.json"),
        protocols=str(folder / "protocols.tsv"),
        protocol_facts=str(folder / "protocols.json"),
        page=str(folder / "calibration.html"),
        facts=str(folder / "calibration.json"),
        code="abc",
        participants=rows,
        groups=GROUPS,
        calibration="affine",
        covariates=[],
        simulated=False,
    )
    return folder, json.loads((folder / "calibration.json").read_text())


def test_protocols_are_listed_and_confounding_is_the_first_warning(made):
    folder, facts = made
    lines = read_tsv(folder / "protocols.tsv")
    assert {line["protocol"] for line in lines if line["group"] == "HC"} == {"P1"}
    assert {line["protocol"] for line in lines if line["group"] == "PSP"} == {"P2"}
    assert lines[0]["reference"] == lines[-1]["reference"] == "P1"
    assert lines[5]["reference"] == "all controls"
    assert "cannot be told from the difference of the protocols" in facts["Warnings"][0]
    assert "5 of 11 participants" in facts["Warnings"][1]
    assert read_json(folder / "protocols.json")["Associations"][0] == {
        "Groups": ["HC", "PSP"],
        "FisherFreemanHaltonP": pytest.approx(2 / 252),  # 2 of C(10, 5) tables
        "SharingAProtocol": 0,
        "Participants": 10,
    }


def test_a_repeated_scan_has_both_variations(made):
    rows = {(r["Method"], r["Tissue"]): r for r in made[1]["Retest"]}
    assert rows["none", "wm"]["Scans"] == ["sub-0", "sub-0b"]
    expected = 100 * 0.1 / 2**0.5 / 1.05
    for tissue in ("wm", "gm", "deep"):
        assert rows["none", tissue]["VariationPercent"] == pytest.approx(expected)
        assert rows["affine", tissue]["VariationPercent"] == 0
    assert rows["nonlinear", "deep"]["VariationPercent"] is None
    page = (made[0] / "calibration.html").read_text()
    assert re.search(r"<td>sub-0, sub-0b</td>\s*<td>not calibrated</td>", page)
    assert "6.73" in page


def test_a_landmark_that_differs_between_groups_is_a_warning(made):
    _, facts = made
    fat = next(t for t in facts["Tests"] if t["Title"] == "fat, T1w")
    assert fat["Q"] < 0.05
    assert "fat, T1w" in facts["Warnings"][-1]
    assert "may come from there" in facts["Warnings"][-1]


def test_the_page_opens_offline_and_has_only_groups_with_people(made):
    page = (made[0] / "calibration.html").read_text()
    assert not re.findall(r'(?:src|href)="https?:', page)
    assert "PSPS2" not in page
    assert page.index("cannot be told") < page.index("<main>")
    assert page.count('class="chart"') >= 12
    assert Path(made[0] / "calibration.html").stat().st_size < 1e6
