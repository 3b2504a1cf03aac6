"""Voxels of a head that show one tissue alone: where the levels of tissues are measured."""

import numpy as np
from scipy import ndimage

from rt1t2.geometry.morphology import depth_mm
from rt1t2.template.head_classes import HEAD_CLASSES, PARENCHYMA

# Fitted groups of the head priors. Air and bone give no signal and have no logarithm.
GROUPS = {
    "csf": ("csf", "vitreous"),
    "muscle": ("muscle", "temporalis"),
    "fat": ("fat",),
    "gm": ("gm",),
    "wm": ("wm",),
    "deep": ("deep",),
    "stem": ("stem",),
    "thin_csf": (),  # what is not deep of the class csf
}
CSF = HEAD_CLASSES.index("csf")

VENTRICLES_MM = 30.0
DARKEST = (0.06, 0.036)  # signal below this share of the 95th percentile is not tissue
PURE_SHARE = 0.5  # of each class: the voxels with the least local contrast
CLEAREST_SHARE = 0.25  # of CSF and fat: the voxels least like anything else


def group_priors(priors: np.ndarray, voxel_mm: np.ndarray) -> np.ndarray:
    """Sum head priors (x, y, z, HEAD_CLASSES) into (groups, x, y, z) in the order of GROUPS.

    Deep CSF and the vitreous body are the group ``csf``; other CSF has a level of its own.
    """
    groups = np.stack(
        [
            priors[..., [HEAD_CLASSES.index(name) for name in names]].sum(-1)
            for names in GROUPS.values()
        ]
    )
    thin = priors[..., CSF] - deep_csf(priors, voxel_mm)
    groups[list(GROUPS).index("csf")] -= thin
    groups[list(GROUPS).index("thin_csf")] = thin
    return groups


def deep_csf(priors: np.ndarray, voxel_mm: np.ndarray) -> np.ndarray:
    """Return the prior of CSF at least VENTRICLES_MM below the skull, 0 elsewhere.

    The film of CSF under the skull is thinner than voxels, and thicker in the template
    than in many people: what lies there is as often dura, vein, cortex or bone.

    Parameters
    ----------
    priors
        Head priors (x, y, z, HEAD_CLASSES).
    voxel_mm
        Voxel sizes of their grid.
    """
    brain = sum(priors[..., HEAD_CLASSES.index(name)] for name in PARENCHYMA)
    inside = brain + priors[..., CSF] > 0.5
    deep = depth_mm(inside, voxel_mm) >= VENTRICLES_MM
    return np.where(deep, priors[..., CSF], 0)


def sample_voxels(
    t1w: np.ndarray,
    t2w: np.ndarray,
    groups: np.ndarray,
    mask: np.ndarray,
    n_voxels: int,
    seed: int,
) -> np.ndarray:
    """Draw flat indices of head voxels with signal that show one tissue alone.

    Of each group the share PURE_SHARE with the least local contrast is kept; of CSF the share
    CLEAREST_SHARE with the lowest log(T1w / T2w) around it, and of fat that with the highest
    mean log: partial volume moves both away from there. CSF is rare and all of it is drawn.

    Parameters
    ----------
    t1w, t2w, mask
        Images and usable voxels on one grid (x, y, z).
    groups
        Of :func:`group_priors`, on that grid.
    n_voxels, seed
        Size and seed of the draw.
    """
    darkest = [
        max(share * float(np.percentile(image[mask], 95)), 1e-6)
        for share, image in zip(DARKEST, (t1w, t2w), strict=True)
    ]
    usable = mask & (t1w > darkest[0]) & (t2w > darkest[1])
    logs = [
        np.log(np.maximum(image / low, 1)).astype("f4")
        for image, low in zip((t1w, t2w), darkest, strict=True)
    ]
    contrast = local_contrast(t1w, t2w, *darkest)
    special = {
        "csf": (ndimage.uniform_filter(logs[0] - logs[1], 3), CLEAREST_SHARE),
        "fat": (-ndimage.uniform_filter(logs[0] + logs[1], 3), CLEAREST_SHARE),
    }
    no_signal = 1 - groups.sum(axis=0)
    likeliest = np.where(groups.max(axis=0) > no_signal, groups.argmax(axis=0), -1)
    kept = np.zeros_like(usable)
    for group, name in enumerate(GROUPS):
        members = usable & (likeliest == group)
        if members.any():
            doubt, share = special.get(name, (contrast, PURE_SHARE))
            kept |= members & (doubt <= np.quantile(doubt[members], share))
    # a number for every voxel of the grid: one voxel more or less changes no other's chance
    voxels = np.flatnonzero(kept)
    draw = np.random.default_rng(seed).random(t1w.size)[voxels]
    draw[likeliest.ravel()[voxels] == list(GROUPS).index("csf")] -= 1
    return voxels[np.argsort(draw)[:n_voxels]]


def local_contrast(
    t1w: np.ndarray, t2w: np.ndarray, darkest_t1w: float, darkest_t2w: float
) -> np.ndarray:
    """Return the variance of the logs of both images in 3x3x3 voxels, summed.

    Intensities below ``darkest`` count as that: noise in air and bone is no contrast.
    """
    contrast = np.zeros(t1w.shape, "f4")
    for image, low in ((t1w, darkest_t1w), (t2w, darkest_t2w)):
        # relative to `low`: small numbers, so that the difference below keeps its digits
        log = np.log(np.maximum(image / low, 1))
        variance = ndimage.uniform_filter(log**2, 3)
        variance -= ndimage.uniform_filter(log, 3) ** 2
        contrast += np.maximum(variance, 0)
    return contrast
