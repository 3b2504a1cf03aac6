import numpy as np
import pytest

from rt1t2.paper.faded_t import common_limit, draw_bar, faded_colours
from rt1t2.paper.figure_style import new_figure


def test_opacity_is_the_square_of_t_over_the_threshold():
    colours = faded_colours(4.0, 8.0)
    for t, opacity in ((0, 0), (2, 0.25), (-2, 0.25), (4, 1), (-6, 1), (8, 1)):
        assert colours((t + 8) / 16)[3] == pytest.approx(opacity, abs=0.01)


def test_red_is_higher_and_blue_is_lower():
    colours = faded_colours(4.0, 8.0)
    red, _, blue, _ = colours(0.9)
    assert red > blue
    red, _, blue, _ = colours(0.1)
    assert blue > red


def test_the_colours_end_at_a_whole_number_above_every_peak_and_threshold():
    assert common_limit([6.2, -8.5], [3.9]) == 9
    assert common_limit([1.0], [3.9, 4.3]) == 6
    assert common_limit([np.nan], []) == 1


def test_the_thresholds_are_marked_on_the_bar():
    axes = new_figure(20, 50).add_subplot()
    draw_bar(axes, 3.93, 9)
    assert [line.get_ydata()[0] for line in axes.lines] == [-3.93, 3.93]
    minus = "\N{MINUS SIGN}"
    ticks = [text.get_text() for text in axes.get_yticklabels()]
    assert ticks == [f"{minus}9", f"{minus}3.93", "0", "3.93", "9"]
