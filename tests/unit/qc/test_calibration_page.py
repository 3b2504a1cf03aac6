"""The calibration page: who sets whose scale, who counts once, and how tables read."""

import xml.etree.ElementTree as ElementTree

import pytest
from fabricated import summary

from rt1t2.qc import calibration_page
from rt1t2.qc.calibration_check import METHODS
from rt1t2.qc.group_tests import GroupTest
from rt1t2.ratio.protocol_references import TEMPLATES

GROUPS = {"HC": "Controls", "PSP": "Post-stroke pain", "PSPS2": "Nobody"}
REFERENCES = {
    "Source": "all controls",
    "AllControls": {"Controls": ["a", "b", "c"], "Anchors": ["csf", "fat"]},
    "Protocols": [
        {"Label": "P1", "Reference": {"Controls": ["a", "b"]}},
        {"Label": "P2", "Reference": None},
    ],
}
PROTOCOLS = [
    {"participant_id": name, "group": group, "protocol": protocol}
    | {"judged_by": "acquisition", "reference": reference}
    for name, group, protocol, reference in (
        ("a", "HC", "P1", "P1"),
        ("b", "HC", "P1", "P1"),
        ("c", "HC", "P2", "all controls"),
        ("d", "PSP", "P2", "all controls"),
        ("a2", "HC", "P1", "P1"),
        ("lost", "PSP", "P2", "all controls"),
    )
]
FACTS = {
    "Warnings": ["Protocols differ."],
    "Protocols": [
        {"Label": "P1", "T1w": "3D GR", "T2w": "2D SE", "ControlsInReference": 2}
        | {"Participants": {"HC": 2, "PSP": 0, "PSPS2": 0}},
        {"Label": "P2", "T1w": "3D GR", "T2w": "3D SE", "ControlsInReference": 0}
        | {"Participants": {"HC": 1, "PSP": 1, "PSPS2": 0}},
    ],
    "ScaleOfOthers": "all controls",
    "Associations": [],
}
PEOPLE = [
    {"participant_id": name, "group": group, "retest_of": first}
    for name, group, first in (
        ("a", "HC", "n/a"),
        ("b", "HC", "n/a"),
        ("c", "HC", "n/a"),
        ("d", "PSP", "n/a"),
        ("a2", "HC", "a"),
    )
]
MEDIANS = {"wm": 2.0, "gm": 1.0, "deep": None}
RATIOS = dict.fromkeys(METHODS, MEDIANS) | {"nonlinear": MEDIANS | {"wm": 2.1}}


def made():
    people = [
        summary(
            person["participant_id"],
            person["group"],
            metrics={"t1w_beyond_landmarks_percent": 1.5},
            classes={"fat": {"t1w": 2.0, "t2w": 0.5}},
            calibration={"Alternatives": {"csf_percent": -0.26}},
            ratios=RATIOS
            if person["group"] == "HC"
            else dict.fromkeys(RATIOS, MEDIANS),
        )
        for person in PEOPLE
    ]
    return calibration_page.make_page(
        PEOPLE, people[::-1], GROUPS, "affine", REFERENCES, PROTOCOLS, FACTS
    )


def test_the_scale_is_set_by_the_controls_of_the_own_protocol_or_by_all():
    set_by = calibration_page.scale_set_by(PROTOCOLS, REFERENCES)
    assert set_by["a"] == set_by["a2"] == ["a", "b"]
    assert set_by["c"] == set_by["d"] == ["a", "b", "c"]
    by_templates = REFERENCES | {"Source": TEMPLATES}
    set_by = calibration_page.scale_set_by(PROTOCOLS, by_templates)
    assert set_by["d"] == [row["participant_id"] for row in PROTOCOLS]


def test_a_scale_without_fat_is_named():
    suppressed = {"AllControls": {"Anchors": ["csf"]}}
    words = calibration_page.calibration_words
    assert "on CSF alone" in words("affine", suppressed)
    assert words("affine", REFERENCES) == "affine"
    assert words("none", suppressed) == "none"


def test_who_was_scanned_again_counts_once_and_is_listed_all_the_same():
    page, facts = made()
    (fat, _) = page.landmark_tests
    assert fat.title == "fat, T1w"
    assert ">a</title>" in fat.chart
    assert ">a2</title>" not in fat.chart
    agreement = page.agreement[0].chart  # 5 % in the controls, 0 in the patient
    heights = {
        dot.find("title").text: float(dot.get("cy"))
        for dot in ElementTree.fromstring(agreement).iter("circle")
    }
    assert heights["a"] == heights["b"] == heights["c"] < heights["d"]
    names = [row[0] for row in page.people[1]]
    assert names == ["a", "b", "c", "d", "a2"]  # without who has no summary
    assert {tuple(row["Scans"]) for row in facts["Retest"]} == {("a", "a2")}


def test_only_groups_with_people_are_shown():
    page, _ = made()
    assert list(page.groups) == ["HC", "PSP"]
    assert page.protocols == [
        ["P1", "3D GR", "2D SE", "2 controls", "2", "0"],
        ["P2", "3D GR", "3D SE", "all controls", "1", "1"],
    ]


def test_a_row_of_the_table_holds_scales_and_agreement_in_percent():
    page, _ = made()
    columns, rows = page.people
    row = dict(zip(columns, rows[0], strict=True))
    assert row["CSF alone (%)"] == "\N{MINUS SIGN}0.3"
    assert row["fat alone (%)"] == "n/a"
    assert row["nonlinear, white matter (%)"] == "5.0"
    assert row["nonlinear, grey matter (%)"] == "0.0"
    assert row["T1w beyond reference tissues (%)"] == "1.5"


def test_facts_for_the_other_pages():
    page, facts = made()
    assert facts["Warnings"] == page.warnings == ["Protocols differ."]
    assert facts["Protocols"] is FACTS["Protocols"]
    kinds = [test["What"] for test in facts["Tests"]]
    assert kinds == ["landmark"] * 2 + ["scale"] + ["nonlinear from affine"] * 2


def test_groups_that_differ_in_the_transmit_field_are_told_unless_it_is_a_covariate():
    tests = [GroupTest("Inside of the skull (ml)", "", 0.001, 0.01)]
    (text,) = calibration_page.transmit_warnings(tests, ["age"])
    assert "differ in Inside of the skull (ml) (q < 0.05)" in text
    for name in ("qc:intracranial_volume_ml", "qc:b1_gauge"):
        assert calibration_page.transmit_warnings(tests, ["age", name]) == []
    assert calibration_page.transmit_warnings([GroupTest("x", "", 0.2, 0.3)], []) == []


def test_differences_of_landmarks_and_scales_are_one_warning():
    different = [GroupTest("fat, T1w", "", 0.001, 0.01), GroupTest("x", "", 0.2, 0.3)]
    scales = [GroupTest("CSF alone", "", 0.002, 0.02)]
    (text,) = calibration_page.warnings(different, scales)
    assert "fat, T1w; the scale by CSF alone (q < 0.05)" in text
    assert calibration_page.warnings(different[1:], []) == []


@pytest.mark.parametrize("n_people", [1, 2])
def test_repeated_scans_one_row_per_person_and_calibration(n_people):
    people = [("a", "a2"), ("b", "b2")][:n_people]
    rows = [
        {"Scans": list(scans), "Method": method, "Tissue": tissue}
        | {"VariationPercent": None if tissue == "deep" else 3.456}
        for scans in people
        for method in ("none", "affine")
        for tissue in ("wm", "gm", "deep")
    ]
    typical = {m: {"wm": 3.5, "gm": 2.0, "deep": None} for m in ("none", "affine")}
    printed = calibration_page.retest_rows(rows, typical)
    assert printed[:2] == [
        ["a, a2", "not calibrated", "3.46", "3.46", "n/a"],
        ["a, a2", "affine", "3.46", "3.46", "n/a"],
    ]
    means = [row for row in printed if row[0] == "root mean square"]
    assert [row[1:] for row in means] == [
        ["not calibrated", "3.50", "2.00", "n/a"],
        ["affine", "3.50", "2.00", "n/a"],
    ][: 2 * (n_people - 1)]  # of one person there is nothing to average
