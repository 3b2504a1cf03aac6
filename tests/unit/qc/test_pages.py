import re

import jinja2
import pytest
from hostile import hostile_texts, skeleton

from rt1t2.qc import pages
from rt1t2.qc.page_parts import Picture

NOBODY = {
    "participant": {"participant_id": "sub-<b>", "group": "HC", "age": "", "sex": ""},
    "simulated": True,
    "acquisition": [],
    "decision": [],
    "glance": Picture("", "the ratio"),
    "panels": [],
    "findings": [],
    "flagged": [],
    "notes": ["<script>alert(1)</script>"],
    "provenance": [],
    "bar": "none",
}


def test_values_are_escaped():
    page = pages.render("participant.html.j2", **NOBODY)
    assert "<script>alert" not in page
    assert "sub-&lt;b&gt;" in page


@pytest.mark.parametrize("text", hostile_texts())
def test_no_text_becomes_an_element_an_attribute_or_an_address(text):
    def page(said):
        changed = {
            "participant": NOBODY["participant"] | {"age": said, "sex": said},
            "acquisition": [[said] * 3],
            "provenance": [(said, said)],
            "notes": [said],
            "decision": [said],
        }
        return pages.render("participant.html.j2", **NOBODY | changed)

    assert skeleton(page(text)) == skeleton(page("moved"))


def test_pages_trust_nothing_but_what_is_escaped_elsewhere():
    """Style and script are ours; all others have a test of their own.

    Charts and the strip of outliers, the methods text by that of Markdown, data and script of the
    viewer by test_viewer.
    """
    trusted = {
        name
        for path in pages.TEMPLATES.glob("*.html.j2")
        for name in re.findall(r"([\w.]+)\s*\|\s*safe", path.read_text())
    }
    assert trusted == {
        *("chart", "test.chart", "strip", "methods"),
        *("style", "script", "data", "drawing_script"),
    }


def test_a_missing_value_is_an_error():
    with pytest.raises(jinja2.UndefinedError):
        pages.render("participant.html.j2", **{k: NOBODY[k] for k in ("bar", "notes")})


@pytest.mark.parametrize("ending", ["md.j2", "html.j2"])
def test_what_jinja_takes_for_a_method_is_not_printed(tmp_path, monkeypatch, ending):
    monkeypatch.setattr(pages, "TEMPLATES", tmp_path)
    for name in ("style.css", "page.js"):
        (tmp_path / name).write_text("")
    (tmp_path / f"a.{ending}").write_text(
        "{{ settings.smoothing }} {{ settings.update }}"
    )
    with pytest.raises(TypeError, match="which is no text"):
        pages.render(f"a.{ending}", settings={"smoothing": "1", "update": "2"})


def test_simulated_notice_is_there_only_for_simulated_data():
    assert "Simulated data" in pages.render("participant.html.j2", **NOBODY)
    real = pages.render("participant.html.j2", **NOBODY | {"simulated": False})
    assert "Simulated data" not in real


def test_columns_of_numbers_are_found():
    rows = [
        {"a": "1.5", "b": "x", "c": "<0.001", "d": "n/a"},
        {"a": "n/a", "b": "2", "c": "0.03*", "d": "n/a"},
    ]
    assert pages.numeric_columns(rows) == {"a", "c"}
    assert pages.minus("-3") == "\N{MINUS SIGN}3"
    assert pages.minus("sub-3") == "sub-3"


def test_columns_of_one_group_share_a_heading():
    heads = pages.column_headings(["Map", "A (n = 2): z", "A (n = 2): p", "B: z"])
    assert [(head["over"], head["span"]) for head in heads] == [
        ("", 1),
        ("A (n = 2)", 2),
        ("B", 1),
    ]
    assert heads[1]["columns"][1] == ("A (n = 2): p", "p")


def test_columns_keep_the_order_of_their_first_appearance():
    assert pages.columns_of([{"a": 1}, {"c": 1, "a": 2}, {"b": 1}]) == ["a", "c", "b"]


@pytest.mark.parametrize(
    ("cell", "is_so"),
    [("0.01*", True), ("<0.001*", True), ("bad*", False), ("*", False)],
)
def test_only_a_number_is_starred(cell, is_so):
    assert pages.starred(cell) is is_so
