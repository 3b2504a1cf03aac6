"""How far a head prior lies from where the affine alone puts the template's brain."""

import numpy as np
from scipy import ndimage

from rt1t2.geometry.morphology import depth_mm
from rt1t2.geometry.template_grid import grid_around
from rt1t2.geometry.volume import Volume
from rt1t2.template.head_classes import PARENCHYMA
from rt1t2.template.template_head import share_of
from rt1t2.tissue.brain_surface import above_skull_base, smoothed_over

GRID_MM = 3.0
MARGIN_MM = 28.0
# Heads of any anatomy: up to 4.5 mm in, 9 mm out; where scalp fat is dark, up to 6 mm in. A prior
# that was pulled 12 mm into the brain: 5.6-12 mm in.
MAX_INWARD_MM, MAX_OUTWARD_MM = 5.0, 11.0


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
    seen = ndimage.binary_erosion(seen, iterations=2)  # the image's end is no surface
    surface = carried & ~ndimage.binary_erosion(carried) & seen
    surface &= above_skull_base(affine, shape)
    if not surface.any():
        return {"Inward": np.nan, "Outward": np.nan}
    # both surfaces lie half a voxel outside their outermost voxels
    outward = depth_mm(~template, GRID_MM)
    outward -= depth_mm(template, GRID_MM)
    outward += GRID_MM * template
    smooth, _ = smoothed_over(surface, outward, GRID_MM)
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
