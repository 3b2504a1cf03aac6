"""The voxels of a head as the mixture sees them: both images over white matter, and priors."""

import numpy as np
from scipy import ndimage

from rt1t2.geometry.volume import Volume
from rt1t2.template.head_classes import HEAD_CLASSES
from rt1t2.tissue.contrast_checks import tissue_medians
from rt1t2.tissue.mixture import BRIGHTEST, TISSUES

NEVER_AIR = 0.98  # voxels with a higher prior of air are air


def sample_priors(prior: Volume, image: Volume) -> tuple[np.ndarray, np.ndarray]:
    """Return flat indices of the voxels that may be head, and the priors there (11, n)."""
    to_priors = np.linalg.inv(prior.affine) @ image.affine
    air = ndimage.affine_transform(
        prior.data[..., HEAD_CLASSES.index("air")],
        to_priors[:3, :3],
        to_priors[:3, 3],
        image.shape,
        order=1,
        mode="constant",
        cval=1.0,
    )
    voxels = np.flatnonzero(air < NEVER_AIR)
    index = np.stack(np.unravel_index(voxels, image.shape)).astype("f4")
    at = to_priors[:3, :3].astype("f4") @ index + to_priors[:3, 3:].astype("f4")
    sampled = np.empty((len(HEAD_CLASSES), len(voxels)), "f4")
    for k in range(len(HEAD_CLASSES)):
        ndimage.map_coordinates(
            prior.data[..., k], at, order=1, mode="nearest", output=sampled[k]
        )
    return voxels, sampled


def tissue_priors(classes: np.ndarray) -> np.ndarray:
    """Sum priors of HEAD_CLASSES (11, n) to those of the mixture's TISSUES (9, n)."""
    prior = np.empty((len(TISSUES), classes.shape[1]), "f4")
    for row, members in zip(prior, TISSUES.values(), strict=True):
        row[:] = sum(classes[HEAD_CLASSES.index(name)] for name in members)
    return prior


def scaled_pair(
    t1w: Volume,
    t2w: Volume,
    voxels: np.ndarray,
    prior: np.ndarray,
    healthy: np.ndarray,
    participant_id: str,
) -> tuple[np.ndarray, dict[str, tuple[float, float]]]:
    """Return both images (2, n) in units of their white matter, and the tissues' medians.

    Parameters
    ----------
    t1w, t2w
        On one grid; the T2w is NaN outside its field of view, and so is the pair there.
    voxels
        Flat indices.
    prior
        Of TISSUES, (9, n).
    healthy
        bool (n,): the others have no part in the medians.
    participant_id
        Named in messages.
    """
    pair = np.stack([t1w.data.ravel()[voxels], t2w.data.ravel()[voxels]])
    both = np.isfinite(pair).all(axis=0) & healthy
    medians = tissue_medians(
        pair[:, both],
        {name: row[both] for name, row in zip(TISSUES, prior, strict=True)},
        participant_id,
    )
    pair /= np.array(medians["wm"], np.float32)[:, None]
    pair[1] = np.minimum(pair[1], BRIGHTEST)
    return pair, medians
