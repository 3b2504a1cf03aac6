"""The key of the outlines: see also test_figure_3.py."""

import numpy as np
from matplotlib.colors import to_hex
from matplotlib.contour import ContourSet

from rt1t2.paper.brain_slices import Grid
from rt1t2.paper.figure_page import Page
from rt1t2.paper.figure_style import PAGE_WIDTH_MM, new_figure
from rt1t2.paper.outlined_clusters import (
    PAIR_COLOURS,
    OutlinedPair,
    draw_outlined_clusters,
    needed_mm,
)


def test_a_long_key_takes_more_lines():
    image = np.ones((2, 2, 2))
    few, many = (
        [OutlinedPair(f"PATIENTS{i} - CONTROLS", [(1, image)]) for i in range(n)]
        for n in (1, 8)
    )
    assert few[0].any
    assert not OutlinedPair("none", [(1, 0 * image)]).any
    assert needed_mm(many) > needed_mm(few)


def test_outlines_along_one_border_are_all_seen():
    affine = np.diag([2.0, 2.0, 2.0, 1.0])
    affine[:3, 3] = -30
    cluster = np.zeros((30, 30, 30), int)
    cluster[10:18, 10:18, 10:18] = 1
    names = ("A", "none", "B", "C")
    pairs = [OutlinedPair(name, [(1, (name != "none") * cluster)]) for name in names]
    page = Page(new_figure(PAGE_WIDTH_MM, 80), 80)
    grid = Grid(cluster.shape, affine)
    draw_outlined_clusters(page, 10, pairs, np.ones(cluster.shape), grid)
    through = [
        lines
        for axes in page.figure.axes
        if (lines := [c for c in axes.collections if isinstance(c, ContourSet)])
    ]
    assert through
    for lines in through:
        colours = [to_hex(line.get_edgecolor()[0]) for line in lines]
        assert colours == [PAIR_COLOURS[i] for i in (0, 2, 3)]  # the last is on top
        widths = [line.get_linewidth()[0] for line in lines]
        assert (np.diff(widths) < -0.5).all()
