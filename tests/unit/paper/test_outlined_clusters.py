"""The key of the outlines: see also test_figure_3.py."""

import numpy as np

from rt1t2.paper.outlined_clusters import OutlinedPair, needed_mm


def test_a_long_key_takes_more_lines():
    image = np.ones((2, 2, 2))
    few, many = (
        [OutlinedPair(f"PATIENTS{i} - CONTROLS", [(1, image)]) for i in range(n)]
        for n in (1, 8)
    )
    assert few[0].any
    assert not OutlinedPair("none", [(1, 0 * image)]).any
    assert needed_mm(many) > needed_mm(few)
