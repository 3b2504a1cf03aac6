"""Scans without a face, and scans that end early: what is gone, and what must stay."""

import numpy as np
import pytest

from rt1t2.simulate.cropping import AXIS_AND_SIGN, cut_field_of_view, defaced
from rt1t2.simulate.phantom import simulate_scan

COARSE = {"t1w_voxel_mm": 3.0, "t2w_voxel_mm": (3.0, 3.0, 4.0)}


def brain_of(scan, head):
    return scan.sample(head.brain.astype(np.float32)) > 0.5


def test_defacing_removes_the_eyes_and_nothing_of_the_brain(head, scan):
    without = defaced(scan, head)
    gone = (without.t1w == 0) & (scan.t1w > 0)
    assert not (gone & brain_of(scan, head)).any()
    eyes = scan.sample(head.fractions["vitreous"]) > 0.5
    assert eyes.sum() > 50
    assert gone[eyes].all()
    y = np.broadcast_to(head.grid.axes[1], head.brain.shape)
    back = scan.sample((y < 0).astype(np.float32)) > 0.5
    assert not (gone & back).any()


def test_defacing_removes_the_same_place_from_the_t2w(head, scan):
    without = defaced(scan, head)
    voxels = np.argwhere((without.t2w == 0) & (scan.t2w > 0))
    assert len(voxels) > 1000
    to_t1w = np.linalg.inv(scan.t2w_to_t1w @ scan.t1w_affine) @ scan.t2w_affine
    in_t1w = np.round(voxels @ to_t1w[:3, :3].T + to_t1w[:3, 3]).astype(int)
    inside = ((in_t1w >= 0) & (in_t1w < scan.t1w.shape)).all(axis=1)
    assert (without.t1w[tuple(in_t1w[inside].T)] == 0).mean() > 0.9


@pytest.mark.parametrize("planes", [("axial", "axial"), ("sagittal", "coronal")])
@pytest.mark.parametrize("side", AXIS_AND_SIGN)
@pytest.mark.parametrize("beyond_mm", [-12.0, 9.0])
def test_a_cut_field_of_view_ends_where_it_was_told_to(head, side, beyond_mm, planes):
    scan = simulate_scan(head, 4, planes=planes, **COARSE)
    cut = cut_field_of_view(scan, head, side, beyond_mm)
    axis, sign = AXIS_AND_SIGN[side]

    def farthest(image, affine, mask=None):
        voxels = np.argwhere(np.ones(image.shape, bool) if mask is None else mask)
        along = sign * (voxels @ affine[axis, :3] + affine[axis, 3])
        return (
            along.max()
            if mask is not None
            else np.median(along[along > along.max() - 4])
        )

    brain_mm = farthest(scan.t1w, scan.t1w_affine, brain_of(scan, head))
    for image, affine in ((cut.t1w, cut.t1w_affine), (cut.t2w, cut.t2w_affine)):
        end = farthest(image, affine)
        assert end - brain_mm == pytest.approx(beyond_mm, abs=6.5)  # tilt, and a slice
    kept = brain_of(cut, head).sum() / brain_of(scan, head).sum()
    assert kept == 1 if beyond_mm > 0 else 0.5 < kept < 0.999


def test_what_is_left_lies_where_it_lay(head, scan):
    cut = cut_field_of_view(scan, head, "front", -10.0)
    assert cut.t1w.shape == cut.truth_ratio.shape == cut.bias_t1w.shape
    step = np.linalg.inv(scan.t1w_affine) @ cut.t1w_affine
    i, j, k = np.round(step[:3, 3]).astype(int)
    x, y, z = cut.t1w.shape
    np.testing.assert_array_equal(cut.t1w, scan.t1w[i : i + x, j : j + y, k : k + z])
    np.testing.assert_allclose(step[:3, :3], np.eye(3), atol=1e-9)
