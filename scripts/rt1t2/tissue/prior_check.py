"""How far a head prior lies from where the affine alone puts the template's brain."""

import numpy as np
from scipy import ndimage

from rt1t2.geometry.template_grid import grid_around
from rt1t2.geometry.volume import Volume
from rt1t2.template.head_classes import PARENCHYMA
from rt1t2.template.template_head import share_of

GRID_MM = 3.0
MARGIN_MM = 28.0
SMOOTHING_MM = 4.0  # SD over the surface, before the largest value is taken
# Below, the prior follows the neck's posture: template's z in front of and behind FACE_Y_MM
FACE_Y_MM, FACE_Z_MM, BASE_Z_MM = 15.0, -12.0, -30.0
# Real heads and simulated ones of any anatomy: up to 5 mm in, 9 mm out; a prior that was pulled
# 12 mm into the brain: 7-12 mm in.
MAX_INWARD_MM, MAX_OUTWARD_MM = 6.2, 11.0


def prior_shift_mm(
    prior: Volume, classes: Volume, template_to_t1w: np.ndarray
) -> dict[str, float]:
    """Measure the surface of the prior's brain against the template's.

    Parameters
    ----------
    prior
        Head prior (x, y, z, HEAD_CLASSES), T1w space.
    classes
        Of the template's head (x, y, z, HEAD_CLASSES).
    template_to_t1w
        4x4, RAS mm to RAS mm: the affine that the prior started from.

    Returns
    -------
    dict
        ``Inward`` and ``Outward``: the largest distances (mm of the template, smoothed over
        the surface of brain and CSF above the skull base, where the prior's image has data)
        of the prior's surface inside and outside the template's; NaN where no surface is.
    """
    parenchyma = share_of(classes, *PARENCHYMA) > 0.5
    shape, affine = grid_around(parenchyma, classes.affine, GRID_MM, MARGIN_MM)
    grid = Volume(np.empty(shape, np.float32), affine)
    template, carried = (
        image.like(share_of(image, *PARENCHYMA, "csf")).on(grid, way).data > 0.5
        for image, way in ((classes, None), (prior, template_to_t1w))
    )
    everywhere = prior.like(np.ones(prior.data.shape[:3], np.float32))
    seen = everywhere.on(grid, template_to_t1w).data > 0.99
    seen = ndimage.binary_erosion(
        seen, iterations=2
    )  # where the image ends, so it does
    y, z = (
        (np.arange(n) * GRID_MM + affine[axis, 3]).reshape(
            [-1 if i == axis else 1 for i in range(3)]
        )
        for axis, n in ((1, shape[1]), (2, shape[2]))
    )
    above_base = z > np.where(y > FACE_Y_MM, FACE_Z_MM, BASE_Z_MM)
    surface = carried & ~ndimage.binary_erosion(carried) & seen & above_base
    if not surface.any():
        return {"Inward": np.nan, "Outward": np.nan}
    # both surfaces lie half a voxel outside their outermost voxels
    outward = ndimage.distance_transform_edt(~template, sampling=GRID_MM)
    outward -= ndimage.distance_transform_edt(template, sampling=GRID_MM)
    outward += GRID_MM * template
    sigma = SMOOTHING_MM / GRID_MM
    weight = ndimage.gaussian_filter(surface.astype(float), sigma)
    total = ndimage.gaussian_filter(np.where(surface, outward, 0.0), sigma)
    smooth = total[surface] / weight[surface]
    return {"Inward": float(-smooth.min()), "Outward": float(smooth.max())}


def prior_flags(shift_mm: dict[str, float]) -> list[str]:
    """Say in words that a prior was pulled away; empty where it was not."""
    return [
        f"the head prior lies {mm:.0f} mm {side} of where the template's alignment puts the "
        "brain's surface. Look at the brain mask on the whole head."
        for side, mm, most in (
            ("inside", shift_mm["Inward"], MAX_INWARD_MM),
            ("outside", shift_mm["Outward"], MAX_OUTWARD_MM),
        )
        if mm > most
    ]
