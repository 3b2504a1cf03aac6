"""Head and background."""

import numpy as np
from scipy import ndimage

from rt1t2.geometry.morphology import close


def head_mask(
    image: np.ndarray, voxel_mm: float | np.ndarray = 2.0, closing_mm: float = 6.0
) -> np.ndarray:
    """Mark the head: above a low Otsu threshold, largest part, closed, holes filled.

    Parameters
    ----------
    image
        T1w or T2w of a whole head, shape (x, y, z), not negative; NaN counts as 0.
    voxel_mm
        Voxel size, one number or three.
    closing_mm
        Gaps in the skull and the scalp up to twice this wide are bridged before filling.

    Returns
    -------
    np.ndarray
        bool, the image's shape.
    """
    size = np.broadcast_to(np.asarray(voxel_mm, dtype=float), 3)
    smooth = ndimage.gaussian_filter(
        np.nan_to_num(image, nan=0.0).astype(np.float32), np.minimum(2.0 / size, 2.0)
    )
    # Otsu splits air from tissue, but dark tissue (muscle, cortical bone) lies below it
    mask = smooth > 0.6 * otsu_threshold(
        np.minimum(smooth, np.percentile(smooth, 99.5))
    )
    mask = largest_part(mask)
    filled: np.ndarray = ndimage.binary_fill_holes(close(mask, closing_mm, size))
    return filled


def otsu_threshold(values: np.ndarray, bins: int = 256) -> float:
    """Return the threshold that maximises the variance between two classes.

    Otsu 1979, doi:10.1109/TSMC.1979.4310076. The threshold of a constant image is its value.
    """
    counts, edges = np.histogram(values, bins=bins)
    centres = (edges[:-1] + edges[1:]) / 2
    below = np.cumsum(counts)
    above = below[-1] - below
    total = np.cumsum(counts * centres)
    with np.errstate(invalid="ignore", divide="ignore"):
        difference = total / below - (total[-1] - total) / above
    between = np.nan_to_num(below * above * difference**2)
    return float(edges[1:][np.argmax(between)]) if between.any() else float(edges[0])


def largest_part(mask: np.ndarray) -> np.ndarray:
    """Keep the largest connected part (six neighbours) of a mask."""
    labels, n = ndimage.label(mask)
    if n < 2:
        return mask
    largest: np.ndarray = labels == 1 + np.argmax(np.bincount(labels.ravel())[1:])
    return largest
