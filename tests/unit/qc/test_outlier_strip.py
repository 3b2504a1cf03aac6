import re

import pytest
from hostile import hostile_texts, skeleton

from rt1t2.qc.cohort_outliers import deviations
from rt1t2.qc.outlier_strip import outlier_strip, shape_names

COLOURS = {"A": "#111111", "B": "#222222"}
VALUES = [1200.0, 1300.0, 1400.0, 1100.0, 2200.0]
PEOPLE = [
    {"participant_id": f"sub-{i}", "group": "AB"[i % 2], "brain_volume_ml": value}
    for i, value in enumerate(VALUES)
]


def test_everybody_has_a_mark_and_an_outlier_a_name_and_a_link():
    drawn = outlier_strip(PEOPLE, deviations(PEOPLE), COLOURS)
    assert drawn.count("<circle") == 3
    assert drawn.count('width="6.8"') == 2
    assert re.findall(r'<a href="([^"]*)">([^<]*)</a>', drawn) == [
        ("sub-4.html", "sub-4 (6.1)")
    ]
    assert "Brain mask (ml)" in drawn


def test_many_outliers_of_one_metric_are_counted():
    far = [
        PEOPLE[0] | {"brain_volume_ml": 9000.0, "participant_id": f"x{i}"}
        for i in range(5)
    ]
    near = [PEOPLE[0] | {"brain_volume_ml": 1000.0 + i} for i in range(20)]
    drawn = outlier_strip(far + near, deviations(far + near), COLOURS)
    assert drawn.count("<a href") == 3
    assert "and 2 more" in drawn


def test_where_nobody_can_be_far_nothing_is_drawn():
    assert outlier_strip(PEOPLE[:2], deviations(PEOPLE[:2]), COLOURS) == ""


def test_groups_differ_in_shape_too():
    assert shape_names(["A", "B", "C"]) == {
        "A": "circle",
        "B": "square",
        "C": "triangle",
    }


@pytest.mark.parametrize("text", hostile_texts())
def test_no_text_becomes_an_element_an_attribute_or_an_address(text):
    """A group's code is the only text: an id is letters and digits."""

    def drawn(said):
        people = [person | {"group": said} for person in PEOPLE]
        return outlier_strip(people, deviations(people), {said: "#111111"})

    assert skeleton(drawn(text)) == skeleton(drawn("moved"))
