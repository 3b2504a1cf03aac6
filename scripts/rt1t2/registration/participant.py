"""A participant's way to the template: the contrast that is compared, the fit, its measures."""

import logging
from dataclasses import dataclass
from typing import Any

import numpy as np

from rt1t2.errors import UserError
from rt1t2.geometry.volume import Volume
from rt1t2.registration.greedy_settings import T1W_SHARE
from rt1t2.registration.normalisation import (
    Normalisation,
    brain_contrast,
    fit_metrics,
    flags,
    normalise,
)
from rt1t2.template.template_head import share_of

log = logging.getLogger("rt1t2")

FAILED_DICE_WM = 0.3  # a brain that fits at all has twice that


@dataclass(frozen=True, eq=False)
class Brain:
    """Images of a brain on one grid: a participant's, or the template's.

    Attributes
    ----------
    t1w
        Of the whole head.
    mask
        Brain (bool).
    gm, wm, csf
        Probabilities inside the mask.
    """

    t1w: Volume
    mask: np.ndarray
    gm: np.ndarray
    wm: np.ndarray
    csf: np.ndarray


def brain_of_participant(
    t1w: Volume, mask: np.ndarray, gm: np.ndarray, wm: np.ndarray, csf: np.ndarray
) -> Brain:
    """Return a participant's brain: tissue outside a mask corrected by hand does not count.

    The maps themselves are set to 0 there: at 1 mm three copies would be 200 MB.
    """
    for probability in (gm, wm, csf):
        probability[~mask] = 0
    return Brain(t1w, mask, gm, wm, csf)


def brain_of_template(
    t1w: Volume, mask: np.ndarray, gm: np.ndarray, wm: np.ndarray
) -> Brain:
    """Return the template's brain: what is neither grey nor white in its mask is CSF."""
    return Brain(t1w, mask, gm, wm, np.clip(mask - gm - wm, 0, 1))


def normalise_brain(
    brain: Brain,
    template: Brain,
    head_classes: Volume,
    lesion: np.ndarray,
    template_to_t1w: np.ndarray,
    estimate_mm: float,
    participant_id: str,
) -> tuple[Normalisation, dict[str, Any]]:
    """Find the way from the template to a participant, and measure it.

    Parameters
    ----------
    brain, template
        The participant, and the template.
    head_classes
        Of the template's head (x, y, z, HEAD_CLASSES): where its deep nuclei are.
    lesion
        bool, on the participant's grid: filled from the other side for the comparison.
    template_to_t1w
        4x4, RAS mm to RAS mm, from where the search begins.
    estimate_mm
        Voxel size of the displacement.
    participant_id
        Named in messages.

    Returns
    -------
    tuple
        The way, and what the sidecar tells of it.

    Raises
    ------
    UserError
        No white matter, or the brain was not found in the template's shape.
    """
    if not (brain.mask & (brain.wm > 0.9)).any():
        raise UserError(
            f"{participant_id}: the brain mask holds no white matter. Look at it and at the "
            "tissue maps; give ac_mm in the participants table, or a reason in its column "
            "exclude."
        )
    fixed, moving = (
        brain_contrast(one.t1w.data, one.mask, one.gm, one.wm, one.csf)
        for one in (template, brain)
    )
    way = normalise(
        fixed,
        template.mask,
        template.t1w.affine,
        moving,
        brain.t1w.affine,
        template_to_t1w,
        estimate_mm,
        lesion if lesion.any() else None,
    )
    deep = head_classes.like(share_of(head_classes, "deep")).on(template.t1w).data > 0.5
    measured = fit_metrics(
        way,
        {"GM": template.gm, "WM": template.wm, "contrast": fixed},
        template.mask,
        deep,
        template.t1w.affine,
        {"GM": brain.gm, "WM": brain.wm, "contrast": moving},
        brain.mask,
        brain.t1w.affine,
    )
    doubts = flags(measured)
    log.info("%s", {name: round(float(v), 3) for name, v in measured.items()})
    for doubt in doubts:
        log.warning("%s", doubt)
    if not measured["DiceWM"] >= FAILED_DICE_WM:
        raise UserError(
            f"{participant_id}: the brain was not found in the template's shape (Dice of "
            f"white matter {measured['DiceWM']:.2f}, needs {FAILED_DICE_WM}). Look at the "
            f"brain mask {participant_id}_desc-brain_mask.nii.gz and the tissue maps; give "
            "ac_mm in the participants table, or a reason in its column exclude."
        )
    record = {
        "Contrast": f"tissue and {T1W_SHARE:g} of T1w",
        "EstimateVoxel_mm": estimate_mm,
        "LesionVoxels": int(lesion.sum()),
        "Flags": doubts,
        **measured,
    }
    return way, record
