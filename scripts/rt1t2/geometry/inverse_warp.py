"""Where points of a participant lie in the template: the way back through a displacement field."""

import numpy as np

from rt1t2.geometry.displacement import displacements_at
from rt1t2.geometry.transforms import apply

STEPS = 20
# Steps end once no point moves more than this.
CLOSE_ENOUGH_MM = 0.01


def template_points(
    points_mm: np.ndarray,
    displacement: np.ndarray,
    field_affine: np.ndarray,
    template_to_source: np.ndarray,
) -> np.ndarray:
    """Return the template points that a transform takes to points of a participant.

    Parameters
    ----------
    points_mm
        RAS mm of the participant, shape (n, 3).
    displacement, field_affine
        Field (x, y, z, 3) in RAS mm on the template, and its voxel to RAS mm.
    template_to_source
        4x4 matrix that follows the displacement: RAS mm to RAS mm.

    Returns
    -------
    np.ndarray
        RAS mm of the template, shape (n, 3); NaN outside the field's grid.

    Notes
    -----
    x + d(x) = q is solved by the fixed point x ← q − d(x), which closes in wherever the
    field does not fold (Chen et al. 2008, 10.1118/1.2816107).
    """
    target = apply(np.linalg.inv(template_to_source), points_mm)
    to_voxel = np.linalg.inv(field_affine)
    found = target.copy()
    for _ in range(STEPS):
        moved = target - displacements_at(displacement, apply(to_voxel, found))
        step = np.abs(moved - found)
        found = moved
        if np.nanmax(step, initial=0) < CLOSE_ENOUGH_MM:
            break
    voxels = apply(to_voxel, found)
    last = np.array(displacement.shape[:3]) - 1
    found[((voxels < -0.5) | (voxels > last + 0.5)).any(axis=1)] = np.nan
    return found
