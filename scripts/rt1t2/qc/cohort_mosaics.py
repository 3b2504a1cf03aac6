"""Maps of the cohort on the template: how many participants have data, where lesions overlap."""

import numpy as np

from rt1t2.qc import mosaics
from rt1t2.qc.page_parts import Picture, percentile


def count_picture(counts: np.ndarray, template_t1w: np.ndarray, what: str) -> Picture:
    """Lay a map of counts over the template; zero stays grey.

    Parameters
    ----------
    counts
        Number a voxel, template space; 0 or NaN where nobody counts.
    template_t1w
        The template's T1w on the same grid, 0 outside the brain.
    what
        What is counted, for the caption.
    """
    brain = template_t1w > 0
    where = mosaics.layout(brain, [[2] * 6, [1, 1, 1, 0, 0, 0]], margin=3)
    bright = percentile(template_t1w, brain, 99.5)
    picture = mosaics.grey(mosaics.assemble(template_t1w, where), 0, bright)
    counted = mosaics.assemble(counts, where, smooth=False)
    most = float(np.nanmax(counts)) if np.isfinite(counts).any() else 0.0
    low = float(counts[counts > 0].min()) if (counts > 0).any() else 0.0
    if most > 0:
        low = 0.0 if low == most else low
        coloured = mosaics.colours(counted, low, most)
        mixed = 0.75 * coloured + 0.25 * picture
        picture = np.where((counted > 0)[..., None], mixed, picture).astype(np.uint8)
    return Picture(
        mosaics.jpeg_uri(mosaics.mark_sides(picture, where)),
        f"Number of {what} at each voxel: at most {most:g}.",
        bar=(f"{low:g}", f"{most:g}"),
    )
