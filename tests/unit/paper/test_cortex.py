"""The cortex: which side is which, and what is no cortex."""

import numpy as np
import pytest

from rt1t2.geometry.volume import Volume
from rt1t2.paper.cortex import hemispheres, on_cortex

AFFINE = np.diag([6.0, 6.0, 6.0, 1.0])
AFFINE[:3, 3] = (-90, -126, -72)
SHAPE = (31, 36, 31)


@pytest.fixture(scope="module")
def x_mm():
    """Return an image whose value is its own x, left negative."""
    x = AFFINE[0, 3] + 6.0 * np.arange(SHAPE[0])
    return Volume(np.broadcast_to(x[:, None, None], SHAPE).astype(np.float32), AFFINE)


def test_left_is_left(x_mm):
    values = on_cortex(x_mm)
    for side, sign in (("left", -1), ("right", 1)):
        kept = values[side] != 0
        assert np.median(sign * values[side][kept]) > 20
        between = hemispheres()[side].pial.coordinates[kept, 0]
        assert np.abs(values[side][kept] - between).mean() < 3


def test_the_medial_wall_has_no_values(x_mm):
    for side, hemisphere in hemispheres().items():
        wall = hemisphere.medial_wall
        assert 700 < wall.sum() < 1000  # FreeSurfer's own label has 888 vertices
        assert np.abs(hemisphere.white.coordinates[wall, 0]).mean() < 15
        assert (on_cortex(x_mm)[side][wall] == 0).all()


def test_what_is_undefined_is_not_coloured():
    nothing = Volume(np.full(SHAPE, np.nan, np.float32), AFFINE)
    assert all((values == 0).all() for values in on_cortex(nothing).values())
