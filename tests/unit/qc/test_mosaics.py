import io

import numpy as np
import pytest
from PIL import Image

from rt1t2.qc import mosaics


@pytest.fixture
def volume():
    """Return a volume whose left half is 1 and right half is 3 (RAS order)."""
    data = np.ones((40, 50, 30), np.float32)
    data[20:] = 3
    return data


def test_left_hemisphere_is_on_the_left(volume):
    where = mosaics.layout(volume > 0, [[2, 2]], width_px=400)
    plane = mosaics.assemble(volume, where)
    row = plane[plane.shape[0] // 2]
    assert row[where.tile_width // 4] == pytest.approx(1)
    assert row[3 * where.tile_width // 4] == pytest.approx(3)


def test_anterior_is_up_and_superior_is_up():
    data = np.ones((20, 20, 20), np.float32)
    data[:, 10:, :] = 2  # anterior
    data[:, :, 10:] *= 10  # superior
    where = mosaics.layout(data > 0, [[2], [0]], width_px=200)
    plane = mosaics.assemble(data, where)
    axial = plane[: where.row_heights[0]]
    sagittal = plane[where.row_heights[0] + mosaics.GAP_PX :]
    assert axial[20, 100] == pytest.approx(2 * axial[-20, 100])
    assert sagittal[20, 100] == pytest.approx(10 * sagittal[-20, 100])
    assert sagittal[100, 180] == pytest.approx(2 * sagittal[100, 20])


def test_proportions_are_kept_and_width_is_as_asked(volume):
    where = mosaics.layout(volume > 0, [[2] * 3], width_px=1200, margin=0)
    height, width = where.size
    assert width <= 1200
    assert height / where.tile_width == pytest.approx(50 / 40, rel=0.02)


def test_stray_voxels_do_not_widen_the_view():
    support = np.zeros((60, 60, 60), bool)
    support[20:40, 20:40, 20:40] = True
    support[0, 0, 0] = True
    where = mosaics.layout(support, [[2]], margin=0)
    assert where.box == (slice(20, 40),) * 3


def test_nan_becomes_zero_and_does_not_spread(volume):
    volume[5:8] = np.nan
    where = mosaics.layout(np.ones(volume.shape, bool), [[2]])
    assert np.isfinite(mosaics.assemble(volume, where)).all()


def test_outline_runs_around_a_sphere():
    x, y, z = np.indices((50, 50, 50)) - 25
    radius = np.sqrt(x**2 + y**2 + z**2)
    where = mosaics.layout(radius < 15, [[2]], width_px=300, margin=4)
    line = mosaics.outline(radius < 15, where)
    filled = mosaics.assemble((radius < 15).astype(float), where) > 0.5
    assert line[filled].mean() < 0.1
    assert not line[~filled].any()
    assert line.sum() > 0.8 * np.pi * 2 * np.sqrt(filled.sum() / np.pi)


def test_edges_find_a_step_and_nothing_in_a_constant():
    plane = np.zeros((60, 80), np.float32)
    plane[:, 40:] = 100
    inside = np.ones(plane.shape, bool)
    found = np.argwhere(mosaics.edges(plane, inside, strongest=0.05))
    assert len(found) > 50
    assert np.all(np.abs(found[:, 1] - 39.5) <= 1.5)


def test_checkerboard_alternates():
    a, b = np.zeros((8, 8, 3), np.uint8), np.full((8, 8, 3), 255, np.uint8)
    board = mosaics.checkerboard(a, b, square_px=4)
    assert board[0, 0, 0] == 0
    assert board[0, 4, 0] == 255
    assert board[4, 4, 0] == 0


def test_colours_rise_in_brightness():
    steps = mosaics.colours(np.linspace(0, 1, 20)[None], 0, 1)[0]
    brightness = steps @ np.array([0.299, 0.587, 0.114])
    assert np.all(np.diff(brightness) > 0)


def test_paint_mixes_by_opacity():
    picture = np.zeros((1, 2, 3), np.uint8)
    where = np.array([[True, False]])
    painted = mosaics.paint(picture, where, (200, 100, 0), 0.5)
    assert painted[0, 0].tolist() == [100, 50, 0]
    assert painted[0, 1].tolist() == [0, 0, 0]


def test_jpeg_uri_holds_the_picture_and_never_changes():
    picture = mosaics.grey(np.arange(100, dtype=np.float32).reshape(10, 10), 0, 99)
    uri = mosaics.jpeg_uri(picture)
    assert uri == mosaics.jpeg_uri(picture)
    import base64

    decoded = Image.open(io.BytesIO(base64.b64decode(uri.split(",")[1])))
    assert decoded.size == (10, 10)


def test_a_slice_is_where_its_share_says_and_the_surroundings_are_in_the_box():
    brain = np.zeros((50, 60, 40), bool)
    brain[20:31, 20:41, 10:31] = True
    head = np.zeros_like(brain)
    head[10:41, 5:56, 2:38] = True
    where = mosaics.layout(brain, [[2, 2], [(0, 0.0), (1, 1.0)]], around=head)
    assert where.rows[1] == ((0, 20), (1, 40))
    plain = mosaics.layout(brain, [[2, 2]])
    assert where.rows[0] == plain.rows[0]  # named slices take no place among the others
    assert where.box == (slice(10, 41), slice(5, 56), slice(2, 38))
    assert plain.box == (slice(18, 33), slice(18, 43), slice(8, 33))


def test_a_dashed_line_and_a_thick_one_are_told_apart_without_colour():
    line = np.zeros((11, 40), bool)
    line[5, 5:35] = True
    dashes = mosaics.dashed(line)
    assert (dashes <= line).all()
    assert dashes.sum() == 15
    assert mosaics.thick(line)[4:7, 10:30].all()
    assert not mosaics.thick(line)[3].any()


def test_slices_have_their_coordinates_where_the_affine_is_known():
    support = np.ones((10, 10, 10), bool)
    affine = np.diag([2.0, 2, 2, 1])
    known = mosaics.layout(support, [[2, 1]], 400, affine=affine)
    unknown = mosaics.layout(support, [[2, 1]], 400)
    black = np.zeros((*known.size, 3), np.uint8)
    marked, unmarked = (mosaics.mark_sides(black, where) for where in (known, unknown))
    bottom = slice(known.size[0] - 20, None)
    assert marked[bottom, :60].any()
    assert not unmarked[bottom, :60].any()
