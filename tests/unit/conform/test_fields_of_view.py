import numpy as np
import pytest

from rt1t2.conform.fields_of_view import brain_view
from rt1t2.geometry.transforms import apply, from_parameters, translation
from rt1t2.geometry.volume import Volume

SIDES = {
    "left": (0, 0),
    "right": (0, 1),
    "back": (1, 0),
    "front": (1, 1),
    "lower": (2, 0),
    "upper": (2, 1),
}
CUT_MM = 12.0


@pytest.fixture(scope="module")
def brain_mm(template_head):
    """Give the corners of the box around the template's brain, RAS mm."""
    voxels = np.argwhere(template_head.parenchyma > 0.5).astype(float)
    points = apply(template_head.classes.affine, voxels)
    return np.array([points.min(axis=0), points.max(axis=0)])


def image_of(box_mm, turn=(0, 1, 2), flip=(1, 1, 1), moved=None):
    """Return an image of 2 mm voxels whose field of view is the box, axes in any order."""
    size = np.diff(box_mm, axis=0)[0]
    rotation = np.diag(2.0 * np.array(flip))[:, list(turn)]
    shape = np.ceil(size / 2).astype(int)[list(turn)]
    affine = np.eye(4)
    affine[:3, :3] = rotation
    centre = rotation @ (shape - 1) / 2
    affine[:3, 3] = box_mm.mean(axis=0) - centre
    moved = np.eye(4) if moved is None else moved
    return Volume(np.zeros(shape, "f4"), moved @ affine)


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize(
    ("turn", "flip"), [((0, 1, 2), (1, 1, 1)), ((1, 2, 0), (-1, 1, -1))]
)
def test_the_end_that_is_cut_is_named(template_head, brain_mm, side, turn, flip):
    axis, end = SIDES[side]
    box = brain_mm + np.array([[-20.0], [20.0]])
    box[end, axis] = brain_mm[end, axis] + (CUT_MM, -CUT_MM)[end]
    moved = from_parameters(np.array([30.0, -9, 4, 10, -12, 15]), np.zeros(3))
    view = brain_view(image_of(box, turn, flip, moved), template_head, moved)
    assert 0.85 < view.share < 0.995
    assert view.side == side
    assert view.cut_mm == pytest.approx(CUT_MM, abs=4.5)
    (flag,) = view.flags("T2w")
    assert flag.startswith("the T2w ends inside the brain")
    assert f"its {side} end" in flag


def test_a_whole_brain_has_no_flag(template_head, brain_mm):
    box = brain_mm + np.array([[-5.0], [5.0]])
    view = brain_view(image_of(box), template_head, np.eye(4))
    assert (view.share, view.cut_mm) == (1, 0)
    assert view.flags("T1w") == []


def test_the_lower_cerebellum_is_brain(template_head, brain_mm):
    """A view that ends at the lower pons sees nearly all of an ellipsoid, not of the brain."""
    box = brain_mm + np.array([[-20.0], [20.0]])
    box[0, 2] = -48
    view = brain_view(image_of(box), template_head, np.eye(4))
    assert view.side == "lower"
    assert view.flags("T2w")


def test_an_image_elsewhere_sees_nothing(template_head, brain_mm):
    far = image_of(brain_mm, moved=translation([0, 0, 900]))
    assert brain_view(far, template_head, np.eye(4)).share == 0
