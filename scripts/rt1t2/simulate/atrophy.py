"""A head whose brain has shrunk: wider ventricles and wider sulci."""

from dataclasses import replace

import numpy as np
from scipy import ndimage

from rt1t2.geometry.morphology import dilate, erode
from rt1t2.template.head_model import Head

DEEP_MM = 15.0  # from the brain's surface to the ventricles
NARROW_MM = 1.5  # half the width of what is no ventricle
SULCI_SHARE = (
    0.5  # of the grey matter beside a sulcus: a cortex thins, it does not vanish
)
CROWN_MM = 3.0  # the crowns of the gyri stay: the skull does not follow
BLUR_MM = 0.55


def atrophied(head: Head, ventricles_mm: float = 3.0, sulci_mm: float = 1.0) -> Head:
    """Turn tissue beside the CSF of a brain into CSF.

    Parameters
    ----------
    head
        Any head; its brain mask stays.
    ventricles_mm
        How far the walls of the ventricles recede. Deep nuclei stay.
    sulci_mm
        How far from the CSF of the sulci grey matter loses SULCI_SHARE; at least a voxel.
    """
    fluid = (head.fractions["csf"] > 0.5) & head.brain
    deep = fluid & erode(head.brain, DEEP_MM, head.voxel_mm)
    wide = dilate(erode(deep, NARROW_MM, head.voxel_mm), NARROW_MM, head.voxel_mm)
    ventricles = deep & wide  # not the narrow ends of deep sulci
    sulci = fluid & erode(head.brain, CROWN_MM, head.voxel_mm) & ~ventricles
    parts = dict(head.fractions)
    beside_sulci = _soft(
        dilate(sulci, max(sulci_mm, head.voxel_mm), head.voxel_mm), head
    )
    _turn_to_csf(parts, SULCI_SHARE * beside_sulci, ("gm",))
    beside_ventricles = _soft(dilate(ventricles, ventricles_mm, head.voxel_mm), head)
    _turn_to_csf(parts, beside_ventricles, ("gm", "wm"))
    return replace(head, fractions=parts)


def _soft(mask: np.ndarray, head: Head) -> np.ndarray:
    soft: np.ndarray = ndimage.gaussian_filter(
        mask.astype(np.float32), BLUR_MM / head.voxel_mm
    )
    return soft


def _turn_to_csf(
    parts: dict[str, np.ndarray], share: np.ndarray, names: tuple[str, ...]
) -> None:
    for name in names:
        lost = parts[name] * share
        parts[name] = parts[name] - lost
        parts["csf"] = parts["csf"] + lost
