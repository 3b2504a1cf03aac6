"""The radar alone: see also test_figure_3.py."""

from rt1t2.paper.figure_style import new_figure
from rt1t2.paper.receptor_radar import draw_radar


def test_the_legend_says_how_many_there_are():
    row = {"group": "PSP", "map": "simulated_D1", "mean_fisher_z": "0.3"}
    row |= {"p_fdr": "0.01", "n_participants": "6"}
    figure = new_figure(170, 100)
    draw_radar(figure, (0.05, 0.2, 0.4, 0.7), [row], {"HC": "a", "PSP": "b"}, 0.5)
    (legend,) = figure.legends
    assert [text.get_text() for text in legend.get_texts()] == ["PSP (n = 6)"]
