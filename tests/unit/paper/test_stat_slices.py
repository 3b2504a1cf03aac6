"""What slices show: see also test_figure_1.py."""

import numpy as np
import pytest

from rt1t2.geometry.volume import Volume
from rt1t2.paper.stat_slices import Frame


def test_the_frame_lies_around_the_brain():
    affine = np.diag([2.0, 2.0, 2.0, 1.0])
    affine[:3, 3] = (-10, -20, -30)
    data = np.zeros((11, 21, 31))
    data[3:6, 4:10, 5:20] = 1
    frame = Frame.around(Volume(data, affine))
    assert frame.limits[0] == pytest.approx((-10 + 6 - 3, -10 + 10 + 3))
    assert frame.size_mm(2) == pytest.approx((4 + 6, 10 + 6))
