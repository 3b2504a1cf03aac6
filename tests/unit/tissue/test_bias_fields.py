import numpy as np
import pytest

from rt1t2.tissue.bias_fields import field_on_grid


def test_a_field_keeps_its_edge_beyond_its_grid():
    coarse = np.diag([2.0, 2.0, 2.0, 1.0])
    field = np.broadcast_to(np.arange(5.0)[:, None, None], (5, 5, 5))
    fine = field_on_grid(field, coarse, np.eye(4), (12, 9, 9))
    assert fine[:, 4, 4] == pytest.approx([*np.arange(0, 4.5, 0.5), 4, 4, 4])
