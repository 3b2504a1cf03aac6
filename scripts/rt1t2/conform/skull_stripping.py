"""Does the head have its scalp? Without it nothing outside the brain can be measured."""

import numpy as np

from rt1t2.errors import UserError
from rt1t2.geometry.morphology import dilate
from rt1t2.geometry.volume import Volume
from rt1t2.template.template_head import TemplateHead, share_of

SOFT = ("fat", "muscle", "temporalis")
NEAR_BRAIN_MM = 25.0
ABOVE_MM = 0.0  # template z: below lies the face, which defacing removes
DARKEST = 0.02  # of the median in the brain; less is no signal
MIN_SHARE = 0.25
MIN_VOXELS = 500


def check_scalp(
    images: dict[str, Volume],
    levels: dict[str, float],
    template: TemplateHead,
    template_to_t1w: np.ndarray,
    participant_id: str,
) -> dict[str, float]:
    """Refuse a skull-stripped image; return the share of the scalp that has signal.

    Parameters
    ----------
    images
        Name ("T1w", "T2w") to image, on one conformed grid; NaN where it sees nothing.
    levels
        Median of each image in the brain, by name.
    template
        The template's head.
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
    head = template.classes
    parenchyma = template.parenchyma > 0.5
    z_mm = head.affine[2, 2] * np.arange(parenchyma.shape[2]) + head.affine[2, 3]
    near = dilate(parenchyma, NEAR_BRAIN_MM, head.voxel_mm)
    scalp = near & (share_of(head, *SOFT) > 0.5) & (z_mm > ABOVE_MM)

    grid = next(iter(images.values()))
    to_template = np.linalg.inv(template_to_t1w)
    on_grid = head.like(scalp).on(grid, to_template).data > 0.5
    if on_grid.sum() < MIN_VOXELS:
        return {}
    shares = {}
    for name, image in images.items():
        signal = np.nan_to_num(image.data[on_grid]) > DARKEST * levels[name]
        shares[name] = float(signal.mean())
        if shares[name] < MIN_SHARE:
            raise UserError(
                f"{participant_id}: the {name} is skull-stripped: {100 * shares[name]:.0f} % "
                f"of the scalp have signal (a whole head: over {100 * MIN_SHARE:.0f} %). "
                "Bias correction and calibration need fat, muscle and eyes: give the image "
                f"as it was before brain extraction in column {name.lower()}, or set exclude."
            )
    return shares
