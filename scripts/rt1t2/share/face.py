"""Where the face is: everything beyond the brain's hull towards front, sides and below.

The idea is that of quickshear (Schimke and Hale 2011, "Quickshear defacing for neuroimages", 2nd
USENIX Workshop on Health Security and Privacy): a plane that touches the brain has no brain beyond
it. There it is one plane under the forehead, on voxel axes; here it is a plane in each of some
hundred directions, fixed to the template's head, so that forehead, cheeks, chin and ears go as well
and the pose does not matter.
"""

from dataclasses import dataclass

import numpy as np

from rt1t2.geometry.transforms import apply

STEP_DEG = 10.0
HIGHEST_DEG = 35.0  # above straight ahead: the forehead up to the hair
SIDE_DEG = (
    100.0  # from straight ahead: the ears are cut from the side, and from just behind
)
SIDE_FALL = 0.45  # the sides are cut below the ears' upper ends only, the vault stays
MARGIN_MM = 4.0  # between brain and plane: less than the skull
# The brain mask may end early or spill: how far a plane may be from the template's brain.
SHORT_MM, SPILL_MM = 6.0, 9.0
# Under the frontal lobes, in front of the temporal ones: orbits and nose (template RAS mm).
HOLLOW_Y_MM, HOLLOW_Z_MM = 15.0, -2.0


@dataclass(frozen=True)
class Face:
    """Planes around a participant's brain, in AC-centred RAS mm.

    Attributes
    ----------
    normals
        Unit vectors (n, 3), away from the brain.
    offsets
        (n,): a point p is beyond a plane if normal · p exceeds its offset, mm.
    t1w_to_template
        4x4, AC-centred RAS mm to template RAS mm.
    """

    normals: np.ndarray
    offsets: np.ndarray
    t1w_to_template: np.ndarray

    def on(self, affine: np.ndarray, shape: tuple[int, int, int]) -> np.ndarray:
        """Mark the face on a grid (bool): beyond any plane, or in the hollow of the orbits.

        Parameters
        ----------
        affine
            4x4, voxel to AC-centred RAS mm, in any direction.
        shape
            Number of voxels along each axis.
        """
        marked = np.empty(shape, dtype=bool)
        to_template = self.t1w_to_template @ affine
        rows = np.vstack([self.normals @ affine[:3], to_template[1:3]])
        limits = np.append(self.offsets, [HOLLOW_Y_MM, -HOLLOW_Z_MM])
        rows[-1] *= -1  # below is beyond
        j, k = np.ogrid[: shape[1], : shape[2]]
        # beyond a plane: what j adds exceeds what i and k leave; compared, and never summed
        along_j = [row[1] * j for row in rows]
        left_by_k = [
            limit - row[3] - row[2] * k for row, limit in zip(rows, limits, strict=True)
        ]
        for i in range(shape[0]):  # a slice fits into the processor's cache
            *planes, front, below = (
                of_j > of_k - row[0] * i
                for row, of_j, of_k in zip(rows, along_j, left_by_k, strict=True)
            )
            found = front & below
            for plane in planes:
                found |= plane
            marked[i] = found
        return marked


def find_face(
    brain_mm: np.ndarray, template_brain_mm: np.ndarray, template_to_t1w: np.ndarray
) -> Face:
    """Lay the planes that cut off a participant's face.

    Parameters
    ----------
    brain_mm
        Points (n, 3) of the participant's brain mask, AC-centred RAS mm.
    template_brain_mm
        Points (n, 3) of the template's brain, template RAS mm.
    template_to_t1w
        4x4, template RAS mm to AC-centred RAS mm.

    Returns
    -------
    Face
        Planes ``MARGIN_MM`` from the brain, at most ``SHORT_MM`` nearer to and ``SPILL_MM``
        farther from the brain's centre than the template's brain says: a mask that is cut takes
        no brain along, and one that spills into an orbit keeps no face.
    """
    t1w_to_template = np.linalg.inv(template_to_t1w)
    # a plane's normal goes with the inverse transpose
    normals = directions() @ t1w_to_template[:3, :3]
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    found, expected = (
        (points @ normals.T).max(axis=0)
        for points in (brain_mm, apply(template_to_t1w, template_brain_mm))
    )
    offsets = np.clip(found, expected - SHORT_MM, expected + SPILL_MM) + MARGIN_MM
    return Face(normals, offsets, t1w_to_template)


def directions() -> np.ndarray:
    """Return the unit vectors (n, 3), template RAS, that point at face, ears and neck."""
    found = []
    for elevation in np.deg2rad(np.arange(-90.0, HIGHEST_DEG + 1, STEP_DEG)):
        # as dense near the pole as elsewhere
        step = STEP_DEG / max(np.cos(elevation), 0.1)
        for side in np.arange(-180 // step, 180 // step + 1) * step:
            highest = HIGHEST_DEG - SIDE_FALL * abs(side)
            if abs(side) <= SIDE_DEG and np.rad2deg(elevation) <= highest + 1e-6:
                x, y = np.sin(np.deg2rad(side)), np.cos(np.deg2rad(side))
                flat = np.cos(elevation)
                found.append((flat * x, flat * y, np.sin(elevation)))
    return np.array(found)
