"""Figure 4: every step in its box, with the picture of that step and an arrow to the next."""

import fabricated
import numpy as np
import pytest
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch

from rt1t2.paper import figure_4
from rt1t2.paper.figure_4 import pipeline_figure
from rt1t2.paper.figure_style import SMALL_PT, wrapped
from rt1t2.paper.pipeline_steps import steps

STEPS = steps(fabricated.CONFIG)
SHAPE, AFFINE = (12, 14, 10), np.diag([10.0, 10.0, 10.0, 1.0])
AFFINE[:3, 3] = (-60, -70, -20)
SIMULATED = fabricated.CONFIG | {"simulation": {"seed": 1}}


def ball(value):
    """Return an image with one value in a ball around the middle."""
    x, y, z = np.indices(SHAPE) - np.array(SHAPE)[:, None, None, None] / 2
    return np.where(x**2 + y**2 + z**2 < 16, np.float32(value), np.float32(0)), AFFINE


def patches(figure, kind):
    return [artist for artist in figure.get_children() if isinstance(artist, kind)]


@pytest.fixture(scope="module")
def drawn():
    values = {step.key: 1 + i for i, step in enumerate(STEPS)}
    images = {key: ball(value) for key, value in values.items()}
    images |= {name: ball(1) for name in ("brain", "gm", "wm")}
    ratio = images["ratio"][0]
    ratio[ratio == 0] = np.nan
    return pipeline_figure(images, fabricated.CONFIG), values


def test_a_box_for_each_step_and_an_arrow_for_each_that_follows(drawn):
    figure, _ = drawn
    boxes = patches(figure, FancyBboxPatch)
    assert len(boxes) == len(STEPS) == len(figure.axes)
    assert len(patches(figure, FancyArrowPatch)) == sum(len(s.follows) for s in STEPS)
    for one in boxes:
        for other in boxes:
            if one is not other:
                assert not one.get_window_extent().overlaps(other.get_window_extent())


def test_text_of_a_step_stands_in_its_box(drawn):
    figure, _ = drawn
    for box, step in zip(patches(figure, FancyBboxPatch), STEPS, strict=True):
        frame = box.get_window_extent().padded(2)
        values = wrapped(step.values, figure_4.BOX_W - 1.5, SMALL_PT, lines=3)
        assert "\N{HORIZONTAL ELLIPSIS}" not in values
        for text in (step.title, step.rules, values):
            extents = [
                t.get_window_extent() for t in figure.texts if t.get_text() == text
            ]
            assert any(
                frame.contains(e.x0, e.y0) and frame.contains(e.x1, e.y1)
                for e in extents
            ), text


def test_each_box_shows_its_own_image(drawn):
    figure, values = drawn
    for axes, step in zip(figure.axes, STEPS, strict=True):
        shown = "t1w" if step.key == "tissue" else step.key
        (image,) = axes.images
        assert image.get_array().max() == values[shown], step.key
        assert len(axes.collections) == (3 if step.key == "tissue" else 0)


def test_ratio_maps_have_one_range_and_are_white_where_undefined(drawn):
    figure, values = drawn
    by_key = {s.key: a.images[0] for s, a in zip(STEPS, figure.axes, strict=True)}
    for key in ("ratio", "mni_ratio", "smoothed"):
        assert by_key[key].get_clim() == pytest.approx((0, 1.4 * values["ratio"]))
    for key in ("ratio", "smoothed"):  # NaN in one, 0 in the other
        assert by_key[key].get_array().mask[0, 0], key
    assert by_key["t1w"].get_cmap().name == "gray"


def test_the_slice_lies_ten_millimetres_above_the_commissure():
    z_mm = np.broadcast_to(AFFINE[2, 3] + 10.0 * np.arange(10), SHAPE)
    assert (figure_4._axial(z_mm, AFFINE) == 10).all()
    assert figure_4._axial(z_mm, AFFINE).shape == (14, 12)  # rows run along y


def test_without_images_the_boxes_hold_their_text():
    figure = pipeline_figure({}, SIMULATED)
    assert not any(axes.images for axes in figure.axes)
    words = [text.get_text() for axes in figure.axes for text in axes.texts]
    assert any("chosen and checked" in text for text in words)
    marks = [text for text in figure.texts if "Simulated data" in text.get_text()]
    assert len(marks) == 1
