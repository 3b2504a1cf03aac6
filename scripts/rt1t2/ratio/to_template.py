"""A participant's ratio and lesion in template space, each in one interpolation."""

from dataclasses import dataclass

import numpy as np

from rt1t2.geometry.displacement import pull


@dataclass(frozen=True)
class Warped:
    """Ratio (NaN where undefined) and lesion (bool) on the template's grid.

    ``excluded``: how many voxels of the template's brain have no ratio, by the first reason
    that applies.
    """

    ratio: np.ndarray
    lesion: np.ndarray
    excluded: dict[str, int]


def warp_ratio(
    ratio: np.ndarray,
    t1w: np.ndarray,
    lesion: np.ndarray,
    voxels: np.ndarray,
    template_brain: np.ndarray,
) -> Warped:
    """Carry ratio and lesion to the template by linear interpolation.

    Parameters
    ----------
    ratio, t1w, lesion
        On the participant's grid (x, y, z); the ratio is NaN where undefined. The T1w
        tells where the scan has data.
    voxels
        Participant's voxel of every template voxel, shape (3, i, j, k), NaN = no data
        (:func:`rt1t2.geometry.displacement.source_voxels`).
    template_brain
        bool (i, j, k): where the ratio is kept.
    """
    in_lesion = pull(lesion.astype(np.float32), voxels) > 0.5
    warped = np.full(template_brain.shape, np.nan, dtype=np.float32)
    in_brain = voxels[:, template_brain]
    warped[template_brain] = pull(ratio, in_brain)
    warped[in_lesion] = np.nan

    outside = np.zeros(template_brain.shape, bool)
    outside[template_brain] = np.isnan(pull(t1w, in_brain))
    cut_out = template_brain & in_lesion
    undefined = template_brain & np.isnan(warped) & ~outside & ~cut_out
    excluded = {
        "OutsideT1wFieldOfView": int(outside.sum()),
        "Lesion": int(cut_out.sum()),
        "UndefinedInNativeRatio": int(undefined.sum()),
    }
    return Warped(warped, in_lesion, excluded)
