"""Bias correction of a T1w/T2w pair: fields by a joint fit, N4 or none, and their removal."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from rt1t2.errors import UserError
from rt1t2.geometry.volume import Volume
from rt1t2.images import sidecar
from rt1t2.records import read_json
from rt1t2.tissue.air_offset import additive_offset
from rt1t2.tissue.bias_fields import field_on_grid, subsampled
from rt1t2.tissue.fit_images import PARENCHYMA_INDEX, FitImages, fit_images
from rt1t2.tissue.joint_bias import TissueLevels, fit_joint, fit_levels, level_flags
from rt1t2.tissue.transmit_response import Response

MAX_RATIO_FIELD_SD = 0.3
# Fields have no waves shorter than 60 mm: between voxels of 4 mm a straight line is 2 % of the
# shortest wave's height away from them, and the file is an eighth of one with 2 mm.
SPACING_MM = 4.0


@dataclass(frozen=True, eq=False)
class BiasEstimate:
    """What :func:`estimate_bias` gives.

    Attributes
    ----------
    log_fields
        Natural logs of the fields of T1w and T2w (x, y, z, 2), on a grid of about 4 mm;
        corrected = (image - offset) / exp(field).
    record
        Method, offsets, SD of the fields in the brain, the brain's medians, flags.
    """

    log_fields: Volume
    record: dict[str, Any]


def estimate_bias(
    t1w: Volume,
    t2w: Volume,
    prior: Volume,
    lesion: np.ndarray,
    participant_id: str,
    method: str,
    seed: int,
    known: Response | None = None,
) -> BiasEstimate:
    """Estimate the bias fields of both images on the coarser grid of the prior.

    Parameters
    ----------
    t1w, t2w
        On the conformed grid; the T2w is NaN outside its field of view.
    prior
        Head prior (x, y, z, HEAD_CLASSES) on its own grid.
    lesion
        bool, on the conformed grid; it has no part in any fit.
    participant_id
        Named in messages.
    method
        ``joint`` (:func:`rt1t2.tissue.joint_bias.fit_joint`), ``n4`` (each image in the brain) or
        ``none`` (no fields, no offsets).
    seed
        Draws the voxels of the joint fit.
    known
        What is known to have multiplied T1w and T2w, on the prior's grid: taken off before the
        fit, from every tissue its own; the brain's is a part of the fields that are returned.

    Raises
    ------
    UserError
        The T2w does not show the brain.
    """
    images = fit_images(t1w, t2w, prior, lesion, participant_id)
    offset = {"T1w": 0.0, "T2w": 0.0}
    if method != "none":
        for name, image in (("T1w", images.t1w), ("T2w", images.t2w)):
            level = float(np.median(image[images.brain]))
            offset[name] = additive_offset(image[images.air], level)
        images = images.minus(offset["T1w"], offset["T2w"])
    to_fit = images
    if known:
        to_fit = images.over(known.head[..., 0], known.head[..., 1])
        images = images.over(known.brain[..., 0], known.brain[..., 1])
    record: dict[str, Any] = {"Method": method, "Offset": offset}
    fields, flags = np.zeros((*prior.shape, 2), "f4"), []
    if method == "joint":
        fit = fit_joint(to_fit, seed)
        fields = np.stack([fit.log_field_t1w, fit.log_field_t2w], axis=-1)
        flags = level_flags(fit.tissue)
        record["HalvesDifferPercent"] = fit.tissue.halves_differ_percent
    elif method == "n4":
        fields = _n4_fields(images)
    in_brain = fields[prior.data[..., PARENCHYMA_INDEX].sum(axis=-1) > 0.5]
    ratio_sd = float((in_brain[:, 0] - in_brain[:, 1]).std())
    if ratio_sd > MAX_RATIO_FIELD_SD:
        flags.append(
            f"the field of the ratio varies by {ratio_sd:.2f} (SD of the log) in the "
            f"brain (more than {MAX_RATIO_FIELD_SD} is doubtful)"
        )
    sd_t1w, sd_t2w = (float(sd) for sd in in_brain.std(axis=0))
    record["FieldSD"] = {"T1w": sd_t1w, "T2w": sd_t2w, "Ratio": ratio_sd}
    record["BrainMedian"] = {
        name: float(np.median(image[images.brain] / np.exp(fields[images.brain, k])))
        for k, (name, image) in enumerate((("T1w", images.t1w), ("T2w", images.t2w)))
    }
    record["Flags"] = flags
    if known:
        fields = fields + known.brain
    return BiasEstimate(subsampled(prior.like(fields), SPACING_MM), record)


def correct_bias(bias: BiasEstimate, t1w: Volume, t2w: Volume) -> tuple[Volume, Volume]:
    """Take offsets and fields off both images at full resolution; NaN stays NaN."""
    offset = bias.record["Offset"]
    on_t1w, on_t2w = _fields_on(bias, t1w)
    return (
        t1w.like(np.maximum(t1w.data - offset["T1w"], 0) / np.exp(on_t1w)),
        t2w.like(np.maximum(t2w.data - offset["T2w"], 0) / np.exp(on_t2w)),
    )


def levels_under(
    bias: BiasEstimate,
    t1w: Volume,
    t2w: Volume,
    prior: Volume,
    lesion: np.ndarray,
    participant_id: str,
    seed: int,
) -> tuple[TissueLevels, list[str]]:
    """Measure the tissues' levels in a pair under given bias fields.

    After a joint fit the voxels are those of the fit, and what makes them doubtful has been
    said by :func:`estimate_bias`; else they are drawn from the corrected images, and flags are
    returned beside the levels. See :func:`estimate_bias` for the parameters.
    """
    offset = bias.record["Offset"]
    images = fit_images(t1w, t2w, prior, lesion, participant_id)
    images = images.minus(offset["T1w"], offset["T2w"])
    on_t1w, on_t2w = _fields_on(bias, prior)
    if bias.record["Method"] == "joint":
        return fit_levels(images, on_t1w, on_t2w, seed), []
    nothing = np.zeros(prior.shape, "f4")
    tissue = fit_levels(images.over(on_t1w, on_t2w), nothing, nothing, seed)
    return tissue, level_flags(tissue)


def read_estimate(fields: str, participant_id: str) -> BiasEstimate:
    """Read fields and their record, which may be anyone's.

    Raises
    ------
    UserError
        The JSON beside the fields lacks what is needed to apply them.
    """
    record = read_json(sidecar(fields))
    lacking = [key for key in ("Method", "Offset", "BrainMedian") if key not in record]
    if lacking:
        raise UserError(
            f"{participant_id}: {sidecar(fields).name} lacks {', '.join(lacking)}. Fields of "
            "your own need these entries of the file that they replace: corrected = (image - "
            "Offset) / exp(field)."
        )
    return BiasEstimate(Volume.load(fields), record)


def _fields_on(bias: BiasEstimate, grid: Volume) -> tuple[np.ndarray, np.ndarray]:
    """Return the logs of both fields on another grid."""
    t1w, t2w = np.moveaxis(bias.log_fields.data, -1, 0)
    where = bias.log_fields.affine, grid.affine, grid.shape
    return field_on_grid(t1w, *where), field_on_grid(t2w, *where)


def _n4_fields(images: FitImages) -> np.ndarray:
    from rt1t2.tissue.n4 import n4_log_field  # SimpleITK only where N4 runs

    fields = [
        n4_log_field(image, images.brain, images.prior.voxel_mm)
        for image in (images.t1w, images.t2w)
    ]
    return np.stack(fields, axis=-1)
