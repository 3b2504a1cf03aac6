"""Wrong contrasts that the order of the tissues does not show: proton density, gadolinium."""

from typing import Any

import numpy as np
from scipy import ndimage

from rt1t2.errors import UserError
from rt1t2.head_classes import HEAD_CLASSES
from rt1t2.images import voxel_sizes_mm
from rt1t2.resampling import resample

# T2w, CSF over grey matter. `tests/benchmarks/wrong_images.py` shows what
# right and wrong images have, and so how far they are from these limits.
MIN_CSF_OVER_GM = 1.35
USUAL_CSF_OVER_GM = 1.45
# T1w, beside the brain and away from fat: share of voxels brighter than white matter.
BESIDE_MM, BRIGHT, MAX_FAT_PRIOR = 4.0, 1.25, 0.05
MAX_BRIGHT_SHARE = 0.04


def check_contrast(
    t1w: np.ndarray,
    affine: np.ndarray,
    brain: np.ndarray,
    priors: np.ndarray,
    priors_affine: np.ndarray,
    levels: dict[str, dict[str, float]],
    medians: dict[str, tuple[float, float]],
    participant_id: str,
) -> dict[str, Any]:
    """Refuse a proton density image as T2w; flag a T1w that looks contrast-enhanced.

    In a proton density image CSF is about as bright as grey matter. After gadolinium the
    venous sinuses and the dura, dark or grey before, are brighter than white matter.

    Parameters
    ----------
    t1w, brain
        Corrected T1w and brain mask (x, y, z) with ``affine``.
    priors, priors_affine
        Head priors (x, y, z, HEAD_CLASSES) on their own grid.
    levels
        Of the bias correction's mixture: class -> {"t1w", "t2w"}.
    medians
        Of the segmentation: tissue -> (T1w, T2w). Partial volume lowers its CSF, odd fat
        the mixture's: the larger contrast of the two counts.
    participant_id
        Named in messages.

    Returns
    -------
    dict
        ``T2wCsfOverGm``, ``T1wBrightShareBesideBrain`` and ``Flags``.

    Raises
    ------
    UserError
        Proton density instead of T2w.
    """
    csf_over_gm = max(
        levels["csf"]["t2w"] / levels["gm"]["t2w"], medians["csf"][1] / medians["gm"][1]
    )
    if csf_over_gm < MIN_CSF_OVER_GM:
        raise UserError(
            f"{participant_id}: the T2w looks like a proton density image: CSF is "
            f"{csf_over_gm:.2f} times as bright as grey matter (a T2w: over "
            f"{MIN_CSF_OVER_GM:g}). Of a dual echo take the later one, check the series in the "
            "ledger of the import, or set exclude in the participants table."
        )
    share = bright_share_beside_brain(
        t1w, affine, brain, priors, priors_affine, levels["wm"]["t1w"]
    )
    flags = []
    if csf_over_gm < USUAL_CSF_OVER_GM:
        flags.append(
            f"T2w: CSF is only {csf_over_gm:.2f} times as bright as grey matter (usual: over "
            f"{USUAL_CSF_OVER_GM:g}); is it weakly T2-weighted?"
        )
    if share > MAX_BRIGHT_SHARE:
        flags.append(
            f"T1w: {100 * share:.1f} % of what lies beside the brain is brighter than white "
            f"matter (usual: under {100 * MAX_BRIGHT_SHARE:g} %): vessels or dura after a "
            "contrast agent? Give the T1w before it, or set exclude"
        )
    return {
        "T2wCsfOverGm": csf_over_gm,
        "T1wBrightShareBesideBrain": share,
        "Flags": flags,
    }


def bright_share_beside_brain(
    t1w: np.ndarray,
    affine: np.ndarray,
    brain: np.ndarray,
    priors: np.ndarray,
    priors_affine: np.ndarray,
    white: float,
) -> float:
    """Return the share of voxels within BESIDE_MM of the brain above BRIGHT x ``white``.

    Voxels whose prior of fat is above MAX_FAT_PRIOR do not count (scalp, marrow). NaN where
    nothing is left.
    """
    distance_mm = ndimage.distance_transform_edt(~brain, voxel_sizes_mm(affine))
    fat = priors[..., HEAD_CLASSES.index("fat")]
    fat = resample(fat, priors_affine, affine, t1w.shape)
    beside = (distance_mm > 0) & (distance_mm <= BESIDE_MM) & (fat < MAX_FAT_PRIOR)
    return (
        float((t1w[beside] > BRIGHT * white).mean()) if beside.any() else float("nan")
    )
