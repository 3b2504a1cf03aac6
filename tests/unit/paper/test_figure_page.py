import pytest

from rt1t2.paper.figure_page import Page
from rt1t2.paper.figure_style import PAGE_WIDTH_MM, new_figure

PAGE = Page(new_figure(PAGE_WIDTH_MM, 80.0), 80.0)


def test_a_box_lies_as_far_down_as_it_says():
    box = PAGE.box(17.0, 20.0, 34.0, 40.0)
    assert box == pytest.approx((17 / PAGE_WIDTH_MM, 0.25, 34 / PAGE_WIDTH_MM, 0.5))


def test_text_hangs_from_its_place():
    PAGE.text(17.0, 20.0, "here")
    (text,) = PAGE.figure.texts
    assert text.get_position() == pytest.approx((17 / PAGE_WIDTH_MM, 0.75))
    assert text.get_va() == "top"
