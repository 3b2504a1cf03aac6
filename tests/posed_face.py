"""What is face and what is brain in a simulated head, by its own construction."""

import numpy as np
from scipy import ndimage

from rt1t2.geometry.transforms import apply
from rt1t2.geometry.volume import Volume
from rt1t2.simulate.phantom import Scan
from rt1t2.simulate.pose import Warp
from rt1t2.template.head_model import Head

BEHIND_THE_SKULL_MM = 8.0  # nearer to the brain nothing is seen from outside


def face_of(head: Head) -> np.ndarray:
    """Return the voxels of the head (bool) that show who somebody is.

    The globes with lens and sclera; the nose; skin and fat in front of the temporal poles and
    below the commissure (orbits, cheeks, lips), or below the brain and in front of the ears
    (jaw, chin); of it what is not within 8 mm of the brain, behind the skull.
    """
    part, (_, y, z) = head.fractions, head.grid.axes
    eyes = part["vitreous"] + part["lens"] > 0.5
    nose = (head.grid.ellipsoid((0, 82, -60), (11, 17, 17)) < 1) & (part["air"] < 0.5)
    soft = part["skin"] + part["fat"] > 0.5
    in_front = (y > 25) & (z < -4)
    below = (y > -5) & (z < -75)
    to_brain = ndimage.distance_transform_edt(~head.brain, sampling=head.voxel_mm)
    seen = to_brain > BEHIND_THE_SKULL_MM
    return (eyes | nose | (soft & (in_front | below))) & seen


def warp_of(scan: Scan, contrast: str) -> Warp:
    """Return how points of a scan's T1w or T2w come to the template."""
    if contrast == "T1w":
        return scan.warp
    to_world = np.linalg.inv(scan.t2w_to_t1w)
    return Warp(scan.warp.world_to_template @ to_world, scan.warp.displacement)


def truth_on(
    posed: Volume, moved: np.ndarray, scan: Scan, head: Head, contrast: str
) -> tuple[np.ndarray, np.ndarray]:
    """Return true face and true brain (bool) on the grid of a posed image.

    Parameters
    ----------
    posed
        T1w or T2w of ``scan``, its axes in any order.
    moved
        4x4, RAS mm of the scan to RAS mm of the posed image.
    scan, head
        Who was scanned.
    contrast
        ``"T1w"`` or ``"T2w"``.
    """
    affine = np.linalg.inv(moved) @ posed.affine
    volumes = [mask.astype(np.float32) for mask in (face_of(head), head.brain)]
    warp = warp_of(scan, contrast)
    face, brain = warp.sample(volumes, head.affine, affine, posed.shape)
    return face > 0.5, brain > 0.5


def nearest_affine(
    posed: Volume, moved: np.ndarray, scan: Scan, brain: np.ndarray
) -> np.ndarray:
    """Return the affine (4x4, template mm to the posed T1w's) that is nearest to the truth.

    By least squares over the true brain (bool, on the T1w's grid).
    """
    voxels = np.argwhere(brain)[::31]
    affine = np.linalg.inv(moved) @ posed.affine
    in_template = scan.warp.to_template(affine, voxels.T.astype(np.float32)).T
    with_one = np.c_[in_template, np.ones(len(voxels))]
    matrix = np.eye(4)
    here = apply(posed.affine, voxels.astype(float))
    matrix[:3] = np.linalg.lstsq(with_one, here)[0].T
    return matrix
