"""Landmarks, scales and curves by group: planted differences, and what is left at 0."""

import math
import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest
from fabricated import IDENTITY, summary

from rt1t2.qc import calibration_charts

GROUPS = {"HC": "#111111", "PSP": "#222222"}
PEOPLE = [
    {"participant_id": f"sub-{i:02d}", "group": "HC" if i < 10 else "PSP"}
    for i in range(20)
]


def summaries(fat_of_patients):
    """Return identity curves; the patients' T1w fat differs by a factor."""
    rng = np.random.default_rng(0)
    made = []
    for person in PEOPLE:
        factor = fat_of_patients if person["group"] == "PSP" else 1
        fat = {"t1w": 1.9 * factor + rng.normal(0, 0.02), "t2w": 0.5}
        made.append(summary(classes={"fat": fat, "csf": None}))
    return made


def landmark_tests(factor):
    controls = [p["participant_id"] for p in PEOPLE if p["group"] == "HC"]
    set_by = {p["participant_id"]: controls for p in PEOPLE}
    return calibration_charts.landmark_tests(PEOPLE, summaries(factor), GROUPS, set_by)


def values_drawn(chart):
    """Return the heights of the dots (pixels from the top), by participant."""
    circles = [e for e in ElementTree.fromstring(chart).iter() if e.tag == "circle"]
    return {dot.find("title").text: float(dot.get("cy")) for dot in circles}


def test_a_group_difference_of_a_landmark_is_found():
    found = {test.title: test for test in landmark_tests(1.06)}
    assert found["fat, T1w"].differs
    assert not found["fat, T2w"].differs
    assert "CSF, T1w" not in found  # nobody has it


def test_equal_groups_do_not_differ():
    assert not any(test.differs for test in landmark_tests(1.0))


def test_a_level_is_compared_after_calibration_with_the_own_controls():
    """A curve that doubles makes up for half the level; each protocol has its own 0 %."""
    double = {"KnotsIn": [0.0, 4.0], "KnotsOut": [0.0, 8.0]}
    people = [{"participant_id": i, "group": "HC"} for i in ("a", "b", "c", "d")]
    levels = (1.0, 0.5, 3.0, 3.3)
    curves = (IDENTITY, double, IDENTITY, IDENTITY)
    made = [
        summary(
            classes={"fat": {"t1w": level, "t2w": None}}, calibration={"T1w": curve}
        )
        for level, curve in zip(levels, curves, strict=True)
    ]
    set_by = {"a": ["a"], "b": ["a"], "c": ["c"], "d": ["c"]}
    (fat,) = calibration_charts.landmark_tests(people, made, GROUPS, set_by)
    drawn = values_drawn(fat.chart)
    assert drawn["a"] == drawn["b"] == drawn["c"]  # all at 0 %
    assert drawn["d"] < drawn["c"]  # 10 % above its control


def test_curves_are_drawn_in_units_of_the_own_landmark():
    """Two scanners whose units differ tenfold draw one curve."""
    people = [{"participant_id": i, "group": "HC"} for i in ("a", "b")]
    made = [
        summary(
            classes={"fat": {"t1w": 2.0 * unit}},
            calibration={"T1w": {"KnotsIn": [0.0, 4.0 * unit], "KnotsOut": [0.0, 1.0]}},
        )
        for unit in (1.0, 10.0)
    ]
    t1w, t2w = calibration_charts.curve_charts(people, made, GROUPS)
    lines = [e for e in ElementTree.fromstring(t1w).iter() if e.tag == "polyline"]
    assert [line.find("title").text for line in lines] == ["a", "b"]
    assert lines[0].get("points") == lines[1].get("points")
    assert "intensity / own fat level" in t1w
    assert "intensity / own CSF level" in t2w
    legend = [e.text for e in ElementTree.fromstring(t1w).iter() if e.text == "HC"]
    assert legend == ["HC"]  # once, not once per curve


def test_change_from_affine_to_nonlinear_in_percent():
    ratios = {"affine": {"wm": 2.0, "gm": 0.0}, "nonlinear": {"wm": 2.1, "gm": 1.0}}
    assert calibration_charts.change_percent(ratios, "wm") == pytest.approx(5)
    assert math.isnan(calibration_charts.change_percent(ratios, "gm"))
    assert math.isnan(calibration_charts.change_percent({}, "wm"))


def test_scales_and_agreement_are_compared_by_group():
    def made(shift):
        return [
            summary(
                calibration={
                    "Alternatives": {"csf_percent": i % 10 + shift * (i >= 10)}
                },
                ratios={
                    "affine": {"wm": 1.0},
                    "nonlinear": {"wm": 1 + (i % 10 + shift * (i >= 10)) / 100},
                },
            )
            for i in range(20)
        ]

    for tests in (calibration_charts.scale_tests, calibration_charts.agreement_tests):
        assert [test.differs for test in tests(PEOPLE, made(20), GROUPS)] == [True]
        assert [test.differs for test in tests(PEOPLE, made(0), GROUPS)] == [False]
    (scale,) = calibration_charts.scale_tests(PEOPLE, made(20), GROUPS)
    assert scale.title == "CSF alone"
