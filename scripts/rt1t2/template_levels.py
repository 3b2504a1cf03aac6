"""Levels of the template's own tissues: a scale for cohorts without enough controls."""

from typing import Any

import numpy as np

from rt1t2.bias import correct_pair
from rt1t2.head_classes import HEAD_CLASSES, HEAD_LABELS
from rt1t2.landmarks import landmark_record, measure_landmarks
from rt1t2.pure_voxels import BRAIN

NAME = "template"  # in place of a participant's id
SEED = 0
LABEL_OF_CLASS = {"vitreous": "eye", "muscle": "soft"} | dict.fromkeys(BRAIN, "brain")


def template_landmarks(
    t1w: np.ndarray, t2w: np.ndarray, classes: np.ndarray, affine: np.ndarray
) -> dict[str, Any]:
    """Measure the template's landmarks as those of a participant are measured.

    Parameters
    ----------
    t1w, t2w
        Whole-head images in template space (x, y, z), free of bias fields.
    classes
        Share of every class in the voxels (x, y, z, HEAD_CLASSES).
    affine
        Voxel to RAS mm.

    Returns
    -------
    dict
        A record (:func:`rt1t2.landmarks.landmark_record`) with ``participant_id``.

    Raises
    ------
    UserError
        The T2w does not show the brain.
    """
    no_lesion = np.zeros(t1w.shape, bool)
    _, _, fit = correct_pair(
        t1w, t2w, affine, classes, affine, no_lesion, NAME, "none", SEED
    )
    labels = [HEAD_LABELS[LABEL_OF_CLASS.get(name, name)] for name in HEAD_CLASSES]
    found = measure_landmarks(
        t1w,
        t2w,
        affine,
        np.array(labels, "u1")[classes.argmax(axis=-1)],
        classes[..., [HEAD_CLASSES.index(name) for name in BRAIN]].sum(axis=-1) > 0.5,
        classes,
        affine,
        no_lesion,
        fit["Landmarks"],
    )
    return {"participant_id": NAME} | landmark_record(found, from_mixture=True)
