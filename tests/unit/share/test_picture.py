import numpy as np
from PIL import Image

from rt1t2.geometry.volume import Volume
from rt1t2.share.picture import draw_views, surface_from_front
from rt1t2.template.brain_and_head import head_images


def test_the_surface_is_lit_where_it_faces_the_viewer():
    level = np.zeros((20, 20, 10))
    level[3:17, 5:12, 2:8] = 1  # a box: its front is flat
    lit = surface_from_front(level)
    assert lit.shape == (20, 10)
    assert lit[0, 0] == 0
    assert lit[10, 5] == 1
    assert lit[10, 0] == 0


def test_one_row_per_image_and_the_same_bytes_again(head, tmp_path):
    t1w, t2w = (Volume(data, head.affine) for data in head_images(head))
    t2w.data[0] = np.nan
    for name in ("one.jpg", "two.jpg"):
        draw_views([t1w, t2w], np.eye(4), tmp_path / name)
    assert (tmp_path / "one.jpg").read_bytes() == (tmp_path / "two.jpg").read_bytes()
    picture = np.asarray(Image.open(tmp_path / "one.jpg"))
    half = picture.shape[0] // 2
    assert picture[:half].max() > 150
    assert picture[half:].max() > 150
    assert (tmp_path / "one.jpg").stat().st_size < 100_000
