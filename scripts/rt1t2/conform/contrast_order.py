"""Are T1w and T2w exchanged? CSF is the darkest tissue of the one, the brightest of the other."""

import numpy as np

from rt1t2.geometry.morphology import depth_mm
from rt1t2.geometry.volume import Volume
from rt1t2.template.template_head import TemplateHead, share_of

VENTRICLES_MM = 30.0  # below the skull: deeper CSF lies in the ventricles
MIN_VOXELS = 30
# CSF over white matter at 4 mm: 0.4-0.6 in T1w and 2.0-2.7 in T2w of real heads
BRIGHT = 1.2


def look_exchanged(
    t1w: Volume, t2w: Volume, template: TemplateHead, template_to_t1w: np.ndarray
) -> bool:
    """Tell whether CSF is bright in the T1w and dark in the T2w, and grey matter likewise.

    Parameters
    ----------
    t1w, t2w
        On one grid, NaN outside the field of view.
    template
        The template's head.
    template_to_t1w
        4x4, template RAS mm to the T1w's RAS mm: says where the tissues are.
    """
    classes = template.classes
    inside = template.intracranial > 0.5
    deep = depth_mm(inside, classes.voxel_mm) >= VENTRICLES_MM
    shares = {name: share_of(classes, name) for name in ("csf", "gm", "wm")}
    shares["csf"] = np.where(deep, shares["csf"], 0)
    to_template = np.linalg.inv(template_to_t1w)
    seen = np.isfinite(t1w.data) & np.isfinite(t2w.data)
    voxels = {}
    for name, share in shares.items():
        there = np.where(seen, classes.like(share).on(t1w, to_template).data, 0)
        voxels[name] = there >= max(
            0.5, min(np.sort(there, axis=None)[-MIN_VOXELS], 0.9)
        )
        if voxels[name].sum() < MIN_VOXELS:
            return False

    def over_wm(image: Volume, name: str) -> float:
        quotient = np.median(image.data[voxels[name]])
        return float(quotient / max(np.median(image.data[voxels["wm"]]), 1e-9))

    return (
        over_wm(t1w, "csf") > BRIGHT
        and over_wm(t1w, "gm") > 1
        and over_wm(t2w, "csf") < 1 / BRIGHT
        and over_wm(t2w, "gm") < 1
    )
