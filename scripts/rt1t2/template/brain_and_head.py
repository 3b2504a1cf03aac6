"""The template: an average brain on the output grid, and a modelled head around it."""

from dataclasses import dataclass
from typing import cast

import numpy as np

from rt1t2.errors import UserError
from rt1t2.geometry.resampling import resample
from rt1t2.geometry.template_grid import grid_over, image_box
from rt1t2.template.head_classes import HEAD_CLASSES
from rt1t2.template.head_model import Head
from rt1t2.template.signals import tissue_signals

# Which tissues of the head model make up a class. Cord and optic nerves, outside the brain,
# look like the brainstem but are nobody's brain: they go with muscle.
CLASS_PARTS = {
    "air": ("air",),
    "bone": ("bone",),
    "csf": ("csf",),
    "vitreous": ("vitreous",),
    "muscle": ("muscle", "skin", "lens"),
    "temporalis": ("temporalis",),
    "fat": ("fat", "marrow"),
    "gm": ("gm",),
    "wm": ("wm",),
    "deep": ("thalamus", "striatum"),
    "stem": ("pallidum",),
}

MIN_OVERLAP = 0.8  # Dice with the ICBM brain that a brain in MNI space reaches easily
MIN_SCALP = (
    0.5  # share of the modelled head's fat that has signal: it is 0 in a bare brain
)


@dataclass(frozen=True)
class BrainMaps:
    """A template brain on one grid.

    Attributes
    ----------
    t1w
        Brain only (0 outside the mask), white matter = 1.
    mask
        Brain mask, bool.
    gm, wm
        Probabilities between 0 and 1.
    affine
        Voxel to RAS mm.
    """

    t1w: np.ndarray
    mask: np.ndarray
    gm: np.ndarray
    wm: np.ndarray
    affine: np.ndarray


def icbm152() -> tuple[list[np.ndarray], np.ndarray]:
    """Return T1w, brain mask, GM and WM of ICBM 2009a (1 mm), and their affine.

    Non-linear symmetric average of 152 adults, Fonov et al. 2011,
    10.1016/j.neuroimage.2010.07.033; the copy that comes with nilearn.
    """
    from nilearn import datasets  # costs seconds to import, and only this needs it

    images = [
        datasets.load_mni152_template(resolution=1),
        datasets.load_mni152_brain_mask(resolution=1),
        datasets.load_mni152_gm_template(resolution=1),
        datasets.load_mni152_wm_template(resolution=1),
    ]
    data = [np.asarray(image.dataobj, dtype=np.float32) for image in images]
    return data, images[0].affine


def brain_maps(
    maps: list[np.ndarray], affine: np.ndarray, voxel_mm: float
) -> BrainMaps:
    """Bring T1w, brain mask, GM and WM of a template onto the output grid.

    Parameters
    ----------
    maps
        T1w, brain mask, GM and WM, all of one shape (x, y, z).
    affine
        Their voxel to RAS mm.
    voxel_mm
        Voxel size of the output; 0, 0, 0 becomes a voxel centre.
    """
    shape, out_affine = grid_over(*image_box(maps[0].shape, affine), voxel_mm)
    t1w, mask, gm, wm = (
        resample(np.nan_to_num(data), affine, out_affine, shape) for data in maps
    )
    brain = mask > 0.5
    white = t1w[brain & (wm > 0.9 * wm.max())]
    return BrainMaps(
        t1w * brain / np.median(white),
        brain,
        np.clip(gm, 0, 1),
        np.clip(wm, 0, 1),
        out_affine,
    )


def check_brain_maps(brain: BrainMaps, head: Head) -> None:
    """Stop if a user's template is not a brain in MNI space.

    The modelled head surrounds the ICBM brain: a brain elsewhere would lie outside its skull.

    Raises
    ------
    UserError
        If the brain mask and the head's brain overlap with a Dice below ``MIN_OVERLAP``.
    """
    mask = resample(brain.mask, brain.affine, head.affine, head.brain.shape) > 0.5
    overlap = 2 * np.sum(mask & head.brain) / max(mask.sum() + head.brain.sum(), 1)
    if overlap < MIN_OVERLAP:
        raise UserError(
            f"template: the brain mask overlaps the MNI brain with a Dice of {overlap:.2f} "
            f"(needs {MIN_OVERLAP}). Give a template in MNI space, or set "
            "template: {source: nilearn}."
        )


def class_maps(head: Head) -> np.ndarray:
    """Return the fractions of :data:`HEAD_CLASSES`, shape (x, y, z, 11), summing to 1."""
    part = head.fractions
    maps = {
        name: sum(part[p] for p in parts if p in part)
        for name, parts in CLASS_PARTS.items()
    }
    maps["stem"] = maps["stem"] + part["stem"] * head.brain
    maps["muscle"] = maps["muscle"] + part["stem"] * ~head.brain
    stacked = np.stack([maps[name] for name in HEAD_CLASSES], axis=-1)
    shares: np.ndarray = (stacked / stacked.sum(axis=-1, keepdims=True)).astype(
        np.float32
    )
    return shares


def head_images(head: Head) -> tuple[np.ndarray, np.ndarray]:
    """Return the noise-free T1w and T2w of a head, white matter = 1 in both."""
    signals = tissue_signals()
    t1w, t2w = (
        cast(
            np.ndarray,
            sum(share * signals[name][i] for name, share in head.fractions.items()),
        )
        for i in (0, 1)
    )
    white = signals["wm"]
    return (t1w / white[0]).astype(np.float32), (t2w / white[1]).astype(np.float32)


def own_head_images(
    images: list[np.ndarray], affine: np.ndarray, head: Head
) -> tuple[np.ndarray, np.ndarray]:
    """Bring a user's whole-head T1w and T2w onto the head's grid, white matter = 1 in both.

    Parameters
    ----------
    images
        T1w and T2w in template space, of one shape (x, y, z).
    affine
        Their voxel to RAS mm.
    head
        The modelled head: its tissue classes go with the images.

    Raises
    ------
    UserError
        Skull-stripped, in another space, or not a T1w and a T2w.
    """
    part = head.fractions
    found = []
    for name, data in zip(("head_t1w", "head_t2w"), images, strict=True):
        image = resample(np.nan_to_num(data), affine, head.affine, head.brain.shape)
        image = np.maximum(image, 0)
        white = float(np.median(image[part["wm"] > 0.9]))
        scalp = image[part["fat"] > 0.5] > 0.1 * white
        if white <= 0 or scalp.mean() < MIN_SCALP:
            raise UserError(
                f"template: {name} shows no head around the brain in MNI space. Give a "
                "whole-head template, not a skull-stripped one, or leave head_t1w and "
                "head_t2w out."
            )
        found.append((image / white).astype(np.float32))
    t1w, t2w = found
    ventricles = (part["csf"] > 0.9) & head.brain
    if not np.median(t1w[ventricles]) < 0.8 < 1.2 < np.median(t2w[ventricles]):
        raise UserError(
            "template: CSF must be darker than white matter in head_t1w and brighter in "
            "head_t2w. Check which image is which, and that both are in MNI space."
        )
    return t1w, t2w
