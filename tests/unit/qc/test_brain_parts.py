"""Parts of the brain: planes of MNI space, carried to a head that is turned and moved."""

import numpy as np

from rt1t2.geometry.transforms import apply, from_parameters
from rt1t2.qc.brain_parts import PARTS, part_masks

SHAPE = (20, 24, 16)
AFFINE = np.diag([-8.0, 8.0, 8.0, 1.0])  # x of the voxels runs from right to left
AFFINE[:3, 3] = (76.0, -110.0, -60.0)


def tissues():
    everywhere = np.ones(SHAPE, bool)
    return {"wm": everywhere, "gm": ~everywhere, "deep": everywhere}


def test_parts_are_the_quarters_of_a_turned_head():
    to_native = from_parameters(np.array([5, -8, 3, 4, 10, 25.0]), np.zeros(3))
    masks = part_masks(tissues(), AFFINE, to_native)
    assert tuple(masks) == PARTS
    voxels = np.moveaxis(np.indices(SHAPE), 0, -1)
    mni = apply(np.linalg.inv(to_native), apply(AFFINE, voxels))
    left, front = mni[..., 0] < 0, mni[..., 1] > -18
    assert np.array_equal(masks["wm_front_left"], left & front)
    assert np.array_equal(masks["wm_back_right"], ~left & ~front)
    assert np.array_equal(masks["deep_left"], left)
    assert not masks["gm_back_left"].any()


def test_the_parts_of_a_tissue_make_up_the_whole():
    masks = part_masks(tissues(), AFFINE, np.eye(4))
    total = sum(m.astype(int) for name, m in masks.items() if name.startswith("wm"))
    assert (total == 1).all()
