"""Threshold-free cluster enhancement: clusters and heights in one number per voxel."""

import cc3d
import numpy as np

from rt1t2.geometry.morphology import bounding_box

EXTENT_POWER = 0.5  # of the height it is 2, whose integral is h³ / 3
# Smith & Nichols: 0.1 for t and z. Extents hardly change within it, heights are exact.
STEP = 0.1
# The next clusters lie inside these: when so much fewer voxels are left, their own box is searched.
FEWER = 0.6


def tfce(t: np.ndarray, step: float = STEP) -> np.ndarray:
    r"""Return threshold-free cluster enhancement of the values above 0, else 0.

    Parameters
    ----------
    t
        Statistic, shape (x, y, z); 0 where not analysed.
    step
        Heights at which clusters are formed, the same for every map.

    Notes
    -----
    :math:`\int_0^t e(h)^{0.5} h^2 dh` (Smith & Nichols 2009,
    10.1016/j.neuroimage.2008.03.061), where e(h) is the number of voxels of the cluster
    above h that the voxel is in, joined at faces. The extent is taken once in each step, in
    its middle; the heights are integrated exactly, up to the voxel's own t. A voxel that
    stands alone has t³/3.
    """
    total = np.zeros(t.shape)
    heights = _heights(float(t.max()), step)
    edges = np.r_[0.0, (heights[1:] + heights[:-1]) / 2, np.inf]
    box, values = tuple(slice(0, n) for n in t.shape), t
    gains = np.zeros(values.size)
    reached = values[values > 0]
    in_box = values.size
    for height, next_height, low, high in zip(
        heights, np.r_[heights[1:], np.inf], edges, edges[1:], strict=False
    ):
        reached = reached[reached > height]
        if not reached.size:
            break
        above = values > height
        if reached.size < FEWER * in_box:
            in_box, inside = reached.size, bounding_box(above)
            total[box] += gains.reshape(values.shape)
            box = tuple(
                slice(outer.start + inner.start, outer.start + inner.stop)
                for outer, inner in zip(box, inside, strict=True)
            )
            values, above = np.ascontiguousarray(values[inside]), above[inside]
            gains = np.zeros(values.size)
        at = np.flatnonzero(above)
        labels = cc3d.connected_components(above, connectivity=6).ravel()[at]
        extents = np.bincount(labels)[labels]
        # from half a step below to half a step above; a voxel that ends before the next
        # height has all that is left here
        to = np.where(reached > next_height, high, reached)
        gains[at] += extents**EXTENT_POWER * (to * to * to - low**3) / 3
    total[box] += gains.reshape(values.shape)
    return total


def _heights(top: float, step: float) -> np.ndarray:
    """Return the same heights for every map; far beyond any t of a permuted map wider ones."""
    heights = np.arange(max(int(top / step), 0) + 1) * step
    if len(heights) > 1000:
        heights = np.r_[heights[:500], np.geomspace(500 * step, top, 500)[:-1]]
    return heights
