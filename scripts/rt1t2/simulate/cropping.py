"""Scans of which a part is missing: without a face, or with a field of view that ends early."""

from dataclasses import replace
from typing import Literal

import numpy as np

from rt1t2.geometry.morphology import affine_of_box, dilate
from rt1t2.simulate.phantom import Scan
from rt1t2.simulate.pose import Warp
from rt1t2.template.head_model import Head

# What defacing removes: all before y and below z (template RAS mm), but nothing near the brain.
FACE_Y_MM, FACE_Z_MM, BESIDE_BRAIN_MM = 25.0, -15.0, 8.0

Side = Literal["above", "below", "front"]
AXIS_AND_SIGN: dict[Side, tuple[int, int]] = {
    "above": (2, 1),
    "below": (2, -1),
    "front": (1, 1),
}


def defaced(scan: Scan, head: Head) -> Scan:
    """Set face and eyes to 0 in both images, as data sets do before they are shared."""
    _, y, z = head.grid.axes
    near_brain = dilate(head.brain, BESIDE_BRAIN_MM, head.voxel_mm)
    face = ((y > FACE_Y_MM) & (z < FACE_Z_MM) & ~near_brain).astype(np.float32)
    to_world = np.linalg.inv(scan.t2w_to_t1w)
    t2w_warp = Warp(scan.warp.world_to_template @ to_world, scan.warp.displacement)
    kept = [
        warp.sample([face], head.affine, affine, image.shape)[0] < 0.5
        for warp, affine, image in (
            (scan.warp, scan.t1w_affine, scan.t1w),
            (t2w_warp, scan.t2w_affine, scan.t2w),
        )
    ]
    return replace(scan, t1w=scan.t1w * kept[0], t2w=scan.t2w * kept[1])


def cut_field_of_view(scan: Scan, head: Head, side: Side, beyond_mm: float) -> Scan:
    """End the field of view of both images ``beyond_mm`` beyond the brain; negative: in it."""
    brain = scan.sample(head.brain.astype(np.float32)) > 0.5
    axis, sign = AXIS_AND_SIGN[side]
    where = np.argwhere(brain)
    along = where @ scan.t1w_affine[axis, :3] + scan.t1w_affine[axis, 3]
    end_mm = sign * (sign * along).max() + sign * beyond_mm
    t1w = _inside(scan.t1w.shape, scan.t1w_affine, axis, sign, end_mm)
    t2w = _inside(scan.t2w.shape, scan.t2w_affine, axis, sign, end_mm)
    return replace(
        scan,
        t1w=scan.t1w[t1w],
        t1w_affine=affine_of_box(scan.t1w_affine, t1w),
        truth_ratio=scan.truth_ratio[t1w],
        lesion=scan.lesion[t1w],
        bias_t1w=scan.bias_t1w[t1w],
        t2w=scan.t2w[t2w],
        t2w_affine=affine_of_box(scan.t2w_affine, t2w),
        bias_t2w=scan.bias_t2w[t2w],
    )


def _inside(
    shape: tuple[int, ...], affine: np.ndarray, axis: int, sign: int, end_mm: float
) -> tuple[slice, ...]:
    """Return the voxels up to a plane; whole slices, cut along the nearest image axis."""
    along = int(np.abs(affine[axis, :3]).argmax())
    middle = [(n - 1) / 2 for n in shape]
    middle[along] = 0
    start = affine[axis, :3] @ middle + affine[axis, 3]
    position_mm = start + affine[axis, along] * np.arange(shape[along])
    kept = np.flatnonzero(sign * (end_mm - position_mm) >= 0)
    box = [slice(None)] * 3
    box[along] = slice(int(kept[0]), int(kept[-1]) + 1)
    return tuple(box)
