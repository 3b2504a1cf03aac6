import numpy as np
import pytest

from rt1t2.conform.contrast_order import look_exchanged
from rt1t2.geometry.volume import Volume


@pytest.fixture(scope="module")
def on_one_grid(scan):
    t1w = Volume(scan.t1w, scan.t1w_affine)
    t2w = Volume(scan.t2w, scan.t2w_affine).on(t1w, scan.t2w_to_t1w, outside=np.nan)
    return t1w, t2w, np.linalg.inv(scan.world_to_template)


@pytest.mark.parametrize("exchanged", [False, True])
def test_only_exchanged_images_look_so(on_one_grid, template_head, exchanged):
    t1w, t2w, to_t1w = on_one_grid
    pair = (t2w, t1w) if exchanged else (t1w, t2w)
    assert look_exchanged(*pair, template_head, to_t1w) is exchanged


@pytest.mark.parametrize("twice", [0, 1])
def test_one_image_given_twice_is_not_called_exchanged(
    on_one_grid, template_head, twice
):
    image = on_one_grid[twice]
    assert not look_exchanged(image, image, template_head, on_one_grid[2])


def test_without_a_brain_nothing_is_said(on_one_grid, template_head):
    t1w, t2w, to_t1w = on_one_grid
    blind = t2w.like(np.full_like(t2w.data, np.nan))
    assert not look_exchanged(blind, t1w, template_head, to_t1w)
