"""Do two images show one head? Where one has an edge, the other has it in the same direction."""

import numpy as np
from scipy import ndimage

from rt1t2.geometry.morphology import erode
from rt1t2.geometry.volume import Volume

N_RANKS = 32
SMOOTH_VOXELS = 0.7
BORDER_MM = 4.0  # beside the end of a field of view every image has an edge
MIN_VOXELS = 1000


def edge_agreement(t1w: Volume, t2w: Volume, brain: np.ndarray) -> float:
    """Return how much better edges agree in direction than by chance, which is 1.

    Grey values become ranks, and gradients g / sqrt(|g|² + e²) with the median e of |g|, as
    in doi:10.1007/11866763_89: contrasts and gains have no say, directions do. The mean
    square of the products of both images' gradients is divided by what it would be if each
    image kept its preferred directions (thick slices have some) but knew nothing of the
    other. Heads of two people fit each other in outline, size and pose, and so in mutual
    information; their folds do not.

    Parameters
    ----------
    t1w, t2w
        On one grid of about 3 mm, aligned; the T2w is NaN outside its field of view.
    brain
        Where to look (bool): brain and CSF.

    Returns
    -------
    float
        NaN with fewer than MIN_VOXELS to look at.
    """
    seen = np.isfinite(t2w.data)
    where = brain & erode(seen, BORDER_MM, t1w.voxel_mm)
    if np.count_nonzero(where) < MIN_VOXELS:
        return float("nan")
    edges = [
        _directions(image, where) for image in (t1w.data, np.where(seen, t2w.data, 0))
    ]
    agreement = (np.sum(edges[0] * edges[1], axis=0) ** 2).mean()
    preferred = [np.einsum("iv,jv->ij", e, e) / e.shape[1] for e in edges]
    return float(agreement / np.sum(preferred[0] * preferred[1]))


def _directions(image: np.ndarray, where: np.ndarray) -> np.ndarray:
    """Return damped unit gradients of an image's ranks, shape (3, voxels of ``where``)."""
    levels = np.quantile(image[where], np.linspace(0, 1, N_RANKS))
    ranks = np.interp(image, levels, np.arange(N_RANKS)).astype("f4")
    gradient = np.stack(
        [
            ndimage.gaussian_filter(ranks, SMOOTH_VOXELS, np.eye(3, dtype=int)[axis])[
                where
            ]
            for axis in range(3)
        ]
    )
    size = np.linalg.norm(gradient, axis=0)
    directions: np.ndarray = gradient / np.maximum(
        np.hypot(size, np.median(size)), 1e-9
    )
    return directions
