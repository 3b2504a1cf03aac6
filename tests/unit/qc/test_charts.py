import math
import xml.etree.ElementTree as ElementTree

import pytest
from hostile import hostile_texts, skeleton

from rt1t2.qc.charts import Series, strip_chart, ticks, xy_chart
from rt1t2.user_text import visible


def test_ticks_are_round_and_inside():
    assert ticks(0, 10) == [0, 2, 4, 6, 8, 10]
    assert ticks(-0.13, 0.31) == pytest.approx([-0.1, 0, 0.1, 0.2, 0.3])


def test_chart_is_well_formed_and_names_points():
    chart = xy_chart(
        [Series([0, 1, math.nan], [0, 2, 5], "#123456", "a <b>", dots=True)],
        "title & more",
        "x",
        "y",
    )
    tree = ElementTree.fromstring(chart)
    circles = [e for e in tree.iter() if e.tag.endswith("circle")]
    assert len(circles) == 2  # the undefined point is left out
    assert circles[0].find("title").text == "a <b>"


def test_hints_stay_with_their_points_when_one_is_undefined():
    one = Series(
        [0, math.nan, 2],
        [1, 1, 1],
        "#000000",
        line=False,
        dots=True,
        hints=["a", "b", "c"],
    )
    tree = ElementTree.fromstring(xy_chart([one], "t", "x", "y"))
    hints = [e.text for e in tree.iter() if e.tag.endswith("title")]
    assert hints == ["a", "c"]


def test_higher_values_are_drawn_higher():
    chart = strip_chart(
        ["A", "B"],
        [[1.0], [9.0]],
        [["sub-01"], ["sub-02"]],
        ["#111111", "#222222"],
        "t",
        "",
    )
    tree = ElementTree.fromstring(chart)
    low, high = (float(e.get("cy")) for e in tree.iter() if e.tag.endswith("circle"))
    assert high < low


def test_chart_without_any_value_is_drawn():
    assert "svg" in strip_chart(["A"], [[math.nan]], [["sub-01"]], ["#111111"], "t", "")
    assert "svg" in xy_chart([Series([], [], "#000000")], "t", "x", "y")


def drawn(text):
    """Return both charts with a text in the place of everything that a user names."""
    line = Series([0, 1], [0, 2], "#123456", text, dots=True, hints=[text] * 2)
    return xy_chart([line], text, text, text) + strip_chart(
        [text], [[1.0, 2.0]], [[text] * 2], ["#123456"], text, text
    )


@pytest.mark.parametrize("text", hostile_texts())
def test_a_text_is_drawn_and_not_run(text):
    seen = visible(text) or "-"
    assert skeleton(drawn(seen)) == skeleton(drawn("moved"))
    ElementTree.fromstring(f"<a>{drawn(seen)}</a>")
