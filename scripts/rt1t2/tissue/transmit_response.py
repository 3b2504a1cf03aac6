"""What a measured transmit field (B1+) does to a pair, taken off: images and reference tissues.

With b, flip angles over those prescribed, the signal of a tissue is S(b), and R(b) = S(b) / S(1)
follows from the signal equations at the scan's own times and flip angle. Both images are divided
by the parenchyma's R(b) voxel by voxel. CSF and the tissues outside the brain answer otherwise:
the bias fit sees images divided by the R(b) of what lies there, else its fields would follow the
difference; and the levels of those tissues are divided by what is left, R of the tissue over R
of the parenchyma, at their own mean ln b.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from rt1t2.geometry.morphology import dilate
from rt1t2.geometry.volume import Volume
from rt1t2.template.head_classes import HEAD_CLASSES
from rt1t2.template.head_classes import PARENCHYMA as BRAIN_CLASSES
from rt1t2.tissue.anchor_weights import IMAGES, PARENCHYMA, log_signals
from rt1t2.tissue.assumed_sequence import Sequences
from rt1t2.tissue.pure_voxels import deep_csf
from rt1t2.tissue.reference_tissues import MIN_PRIOR, NEAR_BRAIN_MM

STEP = 0.05  # of b, between which the response is a straight line
# Landmark -> tissue of the signal equations, class of the head prior; the others have no level
# that matters, or no signal
ANSWERS = {
    "csf": ("csf", "csf"),
    "fat": ("fat", "fat"),
    "muscle": ("muscle", "muscle"),
    "temporalis": ("temporalis", "temporalis"),
    "eye": ("vitreous", "vitreous"),
}


class Response(NamedTuple):
    """Natural logs of what a transmit field did to T1w and T2w, each (x, y, z, 2), float32.

    ``brain`` is ln R of the parenchyma everywhere, ``head`` that of what lies there.
    """

    brain: np.ndarray
    head: np.ndarray


def response_at(
    b1: float, sequences: Sequences, tissues: Sequence[str] = PARENCHYMA
) -> np.ndarray:
    """Return ln R(b) of T1w and T2w at one b, the mean over tissues; shape (2,)."""
    found: np.ndarray = np.mean(
        [log_signals(t, sequences, b1) - log_signals(t, sequences) for t in tissues],
        axis=0,
    )
    return found


def log_response(
    field: np.ndarray, sequences: Sequences, tissues: Sequence[str] = PARENCHYMA
) -> np.ndarray:
    """Return the mean ln R(b) of tissues in T1w and T2w; shape (*field.shape, 2), float32."""
    first, last = np.floor(field.min() / STEP), np.ceil(field.max() / STEP)
    at = STEP * np.arange(first, last + 1)
    curves = np.array([response_at(b, sequences, tissues) for b in at.tolist()])
    response = [np.interp(field, at, curve) for curve in curves.T]
    return np.stack(response, axis=-1).astype("f4")


def response_of_head(
    field: np.ndarray, classes: np.ndarray, sequences: Sequences
) -> Response:
    """Return what a measured transmit field did to both images.

    Parameters
    ----------
    field
        Flip angles over those prescribed (x, y, z).
    classes
        Head prior on that grid (x, y, z, HEAD_CLASSES). Air and bone have no say; where nothing
        else lies, the head answers as the parenchyma does.
    sequences
        Times and flip angles of the scan.
    """
    brain = log_response(field, sequences)
    head, others = np.zeros_like(brain), np.zeros(field.shape, "f4")
    for tissue, of_head in ANSWERS.values():
        share = classes[..., HEAD_CLASSES.index(of_head)]
        head += share[..., None] * log_response(field, sequences, (tissue,))
        others += share
    own = classes[..., [HEAD_CLASSES.index(n) for n in BRAIN_CLASSES]].sum(axis=-1)
    own = np.maximum(own, np.float32(1e-6))
    head = (head + own[..., None] * brain) / (others + own)[..., None]
    return Response(brain, head.astype("f4"))


def mean_ln_b1(field: Volume, prior: Volume) -> dict[str, float]:
    """Return the mean ln b of every landmark that answers to it, and of the brain.

    Weighted by the head prior near the brain, where the levels are measured; of CSF the
    ventricles count.

    Parameters
    ----------
    field
        Flip angles over those prescribed, on the grid of ``prior``.
    prior
        Head prior (x, y, z, HEAD_CLASSES).
    """
    logs = np.log(field.data)
    index = [HEAD_CLASSES.index(name) for name in BRAIN_CLASSES]
    brain = prior.data[..., index].sum(axis=-1)
    near = dilate(brain > 0.5, NEAR_BRAIN_MM, prior.voxel_mm)
    weights = {"brain": brain}
    for name, (_, of_head) in ANSWERS.items():
        share = prior.data[..., HEAD_CLASSES.index(of_head)]
        weights[name] = np.where(near & (share > MIN_PRIOR), share, 0)
    weights["csf"] = deep_csf(prior.data, prior.voxel_mm)
    return {
        name: float(np.average(logs, weights=w if w.any() else brain))
        for name, w in weights.items()
    }


def record_without_field(
    record: Mapping[str, Any], ln_b1: Mapping[str, float], sequences: Sequences
) -> dict[str, Any]:
    """Take off the levels of reference tissues what the images' own correction left.

    Parameters
    ----------
    record
        :func:`rt1t2.tissue.reference_tissues.reference_record` of images that were divided by
        the parenchyma's response.
    ln_b1
        :func:`mean_ln_b1`.
    sequences
        Times and flip angles of the scan.

    Returns
    -------
    dict
        The record with ``Classes`` as if flip angles had been those prescribed, and
        ``TransmitMap``: ``MeanLnB1``, and ``LnResponse``: class -> image -> ln R of the class, by
        which levels would have been moved without any correction.
    """
    classes, responses = dict(record["Classes"]), {}
    for name, (tissue, _) in ANSWERS.items():
        b1 = float(np.exp(ln_b1[name]))
        whole = response_at(b1, sequences, (tissue,))
        responses[name] = dict(zip(IMAGES, whole.tolist(), strict=True))
        left = np.exp(whole - response_at(b1, sequences)).tolist()
        if classes.get(name):
            classes[name] = _divided(
                classes[name], dict(zip(IMAGES, left, strict=True))
            )
    found = {"MeanLnB1": dict(ln_b1), "LnResponse": responses}
    return {**record, "Classes": classes, "TransmitMap": found}


def _divided(entry: Mapping[str, Any], by: Mapping[str, float]) -> dict[str, Any]:
    """Divide level, interquartile range and quantiles of both images."""
    divided = dict(entry)
    for image, factor in by.items():
        for key in {image, f"{image}_iqr"} & entry.keys():
            divided[key] = entry[key] / factor
        divided[f"{image}_quantiles"] = [
            q / factor for q in entry[f"{image}_quantiles"]
        ]
    return divided
