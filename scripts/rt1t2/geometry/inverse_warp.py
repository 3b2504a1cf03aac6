"""Where points of a participant lie in the template: the way back through a displacement field."""

import numpy as np
from scipy import ndimage

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
    target = _through(np.linalg.inv(template_to_source), points_mm)
    to_voxel = np.linalg.inv(field_affine)
    found = target.copy()
    for _ in range(STEPS):
        moved = target - _sampled(displacement, _through(to_voxel, found))
        step = np.abs(moved - found)
        found = moved
        if np.nanmax(step, initial=0) < CLOSE_ENOUGH_MM:
            break
    voxels = _through(to_voxel, found)
    last = np.array(displacement.shape[:3]) - 1
    found[((voxels < -0.5) | (voxels > last + 0.5)).any(axis=1)] = np.nan
    return found


def _through(matrix: np.ndarray, points: np.ndarray) -> np.ndarray:
    moved: np.ndarray = points @ matrix[:3, :3].T + matrix[:3, 3]
    return moved


def _sampled(displacement: np.ndarray, voxels: np.ndarray) -> np.ndarray:
    """Sample the field linearly; beyond its edge with the edge's displacement."""
    return np.stack(
        [
            ndimage.map_coordinates(
                displacement[..., axis], voxels.T, order=1, mode="nearest"
            )
            for axis in range(3)
        ],
        axis=1,
    )
