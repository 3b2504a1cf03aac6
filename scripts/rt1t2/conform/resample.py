"""The T1w and its lesion on isotropic voxels with the origin at the anterior commissure."""

import numpy as np

from rt1t2.errors import UserError
from rt1t2.geometry.resampling import isotropic_grid, resample
from rt1t2.geometry.transforms import apply, translation
from rt1t2.geometry.volume import Volume

# Less than this share of a lesion inside the T1w's field of view is another image's lesion.
MINIMUM_LESION_INSIDE = 0.95


def conform_t1w(t1w: Volume, ac_mm: np.ndarray, voxel_mm: float) -> tuple[Volume, int]:
    """Resample a T1w by a B-spline of degree 4 (mirrored at the edges) to isotropic voxels.

    Parameters
    ----------
    t1w
        As scanned, voxel to scanner RAS mm.
    ac_mm
        Anterior commissure (scanner RAS mm), the origin of the new space.
    voxel_mm
        New voxel size; where it is larger than the old one, the image is smoothed first.

    Returns
    -------
    tuple
        The image (AC-centred RAS mm), and how many values below 0, which the spline makes at
        sharp edges, became 0.
    """
    turned = t1w.canonical
    shape, grid = isotropic_grid(turned.shape, turned.affine, voxel_mm)
    conformed = resample(turned.data, turned.affine, grid, shape, order=4)
    n_below_zero = int(np.count_nonzero(conformed < 0))
    in_scanner = Volume(np.maximum(conformed, 0), grid)
    return in_scanner.moved(translation(-np.asarray(ac_mm))), n_below_zero


def conform_lesion(
    lesion: Volume, ac_mm: np.ndarray, t1w: Volume, participant_id: str
) -> np.ndarray:
    """Carry a lesion drawn on the T1w to the conformed grid, by the affines of the two.

    Parameters
    ----------
    lesion
        Above 0.5 inside; its voxel axes may differ from those of the T1w. A new voxel
        belongs to the lesion if more than half of it does (linear interpolation).
    ac_mm
        Anterior commissure, scanner RAS mm.
    t1w
        The conformed T1w; only its grid counts.
    participant_id
        Named in messages.

    Returns
    -------
    np.ndarray
        bool, on the grid of ``t1w``.

    Raises
    ------
    UserError
        If the lesion lies outside the T1w: it was drawn on another image.
    """
    drawn = lesion.data > 0.5
    voxels = np.argwhere(drawn)
    scanner_to_voxel = np.linalg.inv(translation(ac_mm) @ t1w.affine)
    position = apply(scanner_to_voxel @ lesion.affine, voxels.astype(float))
    inside = (position >= -0.5) & (position <= np.array(t1w.shape) - 0.5)
    share = inside.all(axis=1).mean() if len(voxels) else 1.0
    if share < MINIMUM_LESION_INSIDE:
        raise UserError(
            f"{participant_id}: {100 * share:.0f} % of the lesion lie inside the T1w (needs "
            f"{100 * MINIMUM_LESION_INSIDE:.0f} %). Check that the lesion was drawn on this "
            "T1w and saved with its orientation, or set lesion to n/a."
        )
    centred_to_scanner = translation(ac_mm)
    carried = lesion.like(drawn.astype(np.float32)).on(t1w, centred_to_scanner)
    inside_lesion: np.ndarray = carried.data > 0.5
    return inside_lesion
