"""Bias correction of a T1w/T2w pair: joint fit, N4 or none, from images to corrected images."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy import ndimage

from rt1t2.errors import UserError
from rt1t2.geometry.resampling import resample
from rt1t2.images import same_grid, voxel_sizes_mm
from rt1t2.template.head_classes import HEAD_CLASSES
from rt1t2.tissue.air_offset import additive_offset
from rt1t2.tissue.bias_fields import field_on_grid
from rt1t2.tissue.joint_bias import NO_FIELD, bias_flags, fit_joint
from rt1t2.tissue.pure_voxels import BRAIN

BRAIN_CLASSES = [HEAD_CLASSES.index(name) for name in BRAIN]
AIR = HEAD_CLASSES.index("air")


def correct_pair(
    t1w: np.ndarray,
    t2w: np.ndarray,
    affine: np.ndarray,
    priors: np.ndarray,
    priors_affine: np.ndarray,
    lesion: np.ndarray,
    participant_id: str,
    method: str,
    seed: int,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, dict[str, Any]]:
    """Correct both images; fit on the coarser grid of the priors, apply at full resolution.

    Parameters
    ----------
    t1w, t2w, lesion
        On the conformed grid (x, y, z) with ``affine``; T2w is NaN outside its field of view,
        the lesion (boolean) has no part in any fit.
    priors, priors_affine
        Head priors (x, y, z, HEAD_CLASSES) on their own grid.
    participant_id
        Named in messages.
    method
        ``joint`` (:func:`rt1t2.tissue.joint_bias.fit_joint`), ``n4`` (each image in the brain) or
        ``none`` (the images as they are).
    seed
        Draws the voxels of the joint fit.

    Returns
    -------
    tuple
        Corrected T1w, corrected T2w (NaN stays NaN); the natural logs of the two fields on
        the grid of the priors (x, y, z, 2); and the record: SD of the fields, offsets that
        were subtracted, the levels of the tissues (for ``n4`` and ``none`` from the
        same mixture without a field), flags.

    Raises
    ------
    UserError
        The T2w does not show the brain.
    """
    shape = priors.shape[:3]
    voxel_mm = voxel_sizes_mm(priors_affine)
    seen = np.isfinite(t2w)

    one_grid = same_grid(t1w.shape, affine, shape, priors_affine)

    def to_fit(volume: np.ndarray) -> np.ndarray:
        if one_grid:
            return volume
        return resample(volume, affine, priors_affine, shape)

    coarse_t1w = np.maximum(to_fit(t1w), 0)
    coarse_t2w = np.maximum(to_fit(np.where(seen, t2w, 0)), 0)
    inside = to_fit(seen.astype("f4")) > 0.99
    # one voxel more than the lesion: local contrast is taken in 3x3x3 voxels
    touched = np.ones((3, 3, 3), bool)
    free = ~ndimage.binary_dilation(to_fit(lesion.astype("f4")) > 0.01, touched)
    brain = priors[..., BRAIN_CLASSES].sum(axis=-1) > 0.5
    mask = inside & free & (priors[..., AIR] < 0.5)
    if not (brain & mask).any():
        raise UserError(
            f"{participant_id}: the T2w shows nothing of the brain where the template expects "
            "it. Check that T1w and T2w are of one person and session, or set exclude in the "
            "participants table."
        )

    offset_t1w = offset_t2w = 0.0
    if method != "none":
        air = inside & (priors[..., AIR] > 0.99)
        offset_t1w = additive_offset(
            coarse_t1w[air], np.median(coarse_t1w[brain & mask])
        )
        offset_t2w = additive_offset(
            coarse_t2w[air], np.median(coarse_t2w[brain & mask])
        )
        coarse_t1w = np.maximum(coarse_t1w - offset_t1w, 0)
        coarse_t2w = np.maximum(coarse_t2w - offset_t2w, 0)

    if method == "joint":
        fit = fit_joint(coarse_t1w, coarse_t2w, priors, mask, voxel_mm, seed)
        fields = fit.log_field_t1w, fit.log_field_t2w
    else:
        fields = np.zeros(shape, "f4"), np.zeros(shape, "f4")
        if method == "n4":
            from rt1t2.tissue.n4 import n4_log_field  # SimpleITK only where N4 runs

            fields = (
                n4_log_field(coarse_t1w, brain & mask, voxel_mm),
                n4_log_field(coarse_t2w, brain & mask, voxel_mm),
            )
        fit = fit_joint(
            coarse_t1w / np.exp(fields[0]),
            coarse_t2w / np.exp(fields[1]),
            priors,
            mask,
            voxel_mm,
            seed,
            field_sd=NO_FIELD,
        )

    sd_t1w, sd_t2w = (float(field[brain].std()) for field in fields)
    ratio_sd = float((fields[0] - fields[1])[brain].std())
    record = {
        "Method": method,
        "FieldSD": {"T1w": sd_t1w, "T2w": sd_t2w, "Ratio": ratio_sd},
        "Offset": {"T1w": offset_t1w, "T2w": offset_t2w},
        "Landmarks": {
            name: {"t1w": a, "t2w": b} for name, (a, b) in fit.levels.items()
        },
        "EffectiveVoxels": fit.effective_voxels,
        "HalvesDifferPercent": fit.halves_differ_percent,
        "Flags": bias_flags(fit, ratio_sd),
    }
    log_fields = np.stack(fields, axis=-1)
    if method == "none":
        return t1w, t2w, log_fields, record
    full: Sequence[np.ndarray] = fields
    if not one_grid:
        full = [field_on_grid(f, priors_affine, affine, t1w.shape) for f in fields]
    return (
        np.maximum(t1w - offset_t1w, 0) / np.exp(full[0]),
        np.maximum(t2w - offset_t2w, 0) / np.exp(full[1]),
        log_fields,
        record,
    )
