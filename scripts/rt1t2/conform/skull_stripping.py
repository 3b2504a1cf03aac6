"""Does the head have its scalp? Without it nothing outside the brain can be measured."""

import numpy as np

from rt1t2.errors import UserError
from rt1t2.geometry.morphology import widened
from rt1t2.geometry.resampling import resample
from rt1t2.images import voxel_sizes_mm
from rt1t2.template.head_classes import HEAD_CLASSES

PARENCHYMA = [HEAD_CLASSES.index(name) for name in ("gm", "wm", "deep", "stem")]
SOFT = [HEAD_CLASSES.index(name) for name in ("fat", "muscle", "temporalis")]
NEAR_BRAIN_MM = 25.0
ABOVE_MM = 0.0  # template z: below lies the face, which defacing removes
DARKEST = 0.02  # of the median in the brain; less is no signal
MIN_SHARE = 0.25
MIN_VOXELS = 500


def check_scalp(
    images: dict[str, np.ndarray],
    affine: np.ndarray,
    head_classes: np.ndarray,
    head_affine: np.ndarray,
    template_to_t1w: np.ndarray,
    participant_id: str,
) -> dict[str, float]:
    """Refuse a skull-stripped image; return the share of the scalp that has signal.

    Parameters
    ----------
    images
        Name ("T1w", "T2w") to image on the conformed grid (x, y, z) with ``affine``; NaN
        where it sees nothing.
    head_classes, head_affine
        Template head (x, y, z, HEAD_CLASSES), voxel to RAS mm.
    template_to_t1w
        4x4, RAS mm to RAS mm.
    participant_id
        Named in messages.

    Returns
    -------
    dict
        Share of signal in the template's soft tissue around the upper brain, by name; 0
        where an image sees nothing of it.

    Raises
    ------
    UserError
        A share is below MIN_SHARE: the scalp was removed.
    """
    parenchyma = head_classes[..., PARENCHYMA].sum(axis=-1) > 0.5
    z_mm = head_affine[2, 2] * np.arange(parenchyma.shape[2]) + head_affine[2, 3]
    near = widened(parenchyma, NEAR_BRAIN_MM, voxel_sizes_mm(head_affine))
    scalp = near & (head_classes[..., SOFT].sum(axis=-1) > 0.5)
    scalp &= z_mm > ABOVE_MM

    shape = next(iter(images.values())).shape
    to_template = np.linalg.inv(template_to_t1w)
    on_grid = {
        name: resample(mask, head_affine, affine, shape, to_template) > 0.5
        for name, mask in (("scalp", scalp), ("brain", parenchyma))
    }
    if on_grid["scalp"].sum() < MIN_VOXELS:
        return {}
    shares = {}
    for name, image in images.items():
        level = np.nanmedian(image[on_grid["brain"]])
        signal = np.nan_to_num(image[on_grid["scalp"]]) > DARKEST * level
        shares[name] = float(signal.mean())
        if shares[name] < MIN_SHARE:
            raise UserError(
                f"{participant_id}: the {name} is skull-stripped: {100 * shares[name]:.0f} % "
                f"of the scalp have signal (a whole head: over {100 * MIN_SHARE:.0f} %). "
                "Bias correction and calibration need fat, muscle and eyes: give the image "
                f"as it was before brain extraction in column {name.lower()}, or set exclude."
            )
    return shares
