"""Checks of a freshly imported image: whether it can be a head, and whether two are the same."""

import numpy as np

from rt1t2.errors import UserError
from rt1t2.geometry.grids import canonical_grid, same_voxels
from rt1t2.images import grid_difference, voxel_sizes_mm
from rt1t2.nifti import nib

MIN_SLICES = 10
MIN_EXTENT_MM = 100.0  # of a head, in at least two directions
FARTHEST_MM = 5000.0  # from the magnet's centre
MAX_EXTENT_MM = 700.0  # no scanner's field of view is larger
VOXEL_MM = (0.05, 20.0)
MIN_VALUES = 20
SAME_IMAGE_CORRELATION = 0.995  # on one grid
RESAMPLED_CORRELATION = 0.97  # between grids; T1w and T2w of one head stay below 0.9
STRIPPED_ZEROS = 0.6
STRIPPED_ML = (500.0, 2200.0)
SAMPLES_PER_AXIS = 40


def check_head_image(data: np.ndarray, affine: np.ndarray, name: str) -> list[str]:
    """Refuse what cannot be a scan of a head; return what is only suspicious.

    Parameters
    ----------
    data
        Voxels (x, y, z).
    affine
        Voxel to RAS mm.
    name
        Of the image, for messages.

    Returns
    -------
    list of str
        Flags for the sidecar.

    Raises
    ------
    UserError
        Undefined values, a constant image, a singular affine, too few slices, or a field
        of view below 100 mm in two directions.
    """
    undefined = int((~np.isfinite(data)).sum())
    if undefined:
        raise UserError(
            f"{name} has {undefined} undefined voxels (NaN or infinite). Give the image as "
            "scanned."
        )
    if data.size == 0 or data.min() == data.max():
        raise UserError(
            f"{name} has the same value everywhere. Export or convert it again."
        )
    if len(np.unique(data[::3, ::3, ::3])) < MIN_VALUES:
        raise UserError(
            f"{name} has fewer than {MIN_VALUES} different values: a mask, not a scan. Check "
            "the path in the participants table."
        )
    placed = np.isfinite(affine).all() and abs(affine[:3, 3]).max() < FARTHEST_MM
    if abs(np.linalg.det(affine[:3, :3])) < 1e-6 or not placed:
        raise UserError(f"{name} has no usable position in space. Convert it again.")
    voxel_mm = voxel_sizes_mm(affine)
    extent = np.array(data.shape) * voxel_mm
    if (
        voxel_mm.min() < VOXEL_MM[0]
        or voxel_mm.max() > VOXEL_MM[1]
        or extent.max() > MAX_EXTENT_MM
    ):
        raise UserError(
            f"{name} has voxels of {' x '.join(f'{mm:.4g}' for mm in voxel_mm)} mm, which "
            "no scan of a head has. Its unit may not be mm: convert it again."
        )
    if min(data.shape) < MIN_SLICES or (extent >= MIN_EXTENT_MM).sum() < 2:
        raise UserError(
            f"{name} has {' x '.join(map(str, data.shape))} voxels and covers "
            f"{' x '.join(f'{mm:.0f}' for mm in extent)} mm, too small for a head. Check the "
            "path in the participants table."
        )
    return [text for text in (_stripped(data, affine),) if text]


def same_image(
    data_a: np.ndarray, affine_a: np.ndarray, data_b: np.ndarray, affine_b: np.ndarray
) -> bool:
    """Tell whether two images show the same scan: a copy, rescaled, turned or resampled.

    Values of ``b`` on a coarse grid of its voxels are correlated with those of ``a`` at the
    same points (trilinear).
    """
    nodes = [
        np.unique(np.linspace(0, n - 1, min(n, SAMPLES_PER_AXIS)).round().astype(int))
        for n in data_b.shape
    ]
    voxels_b = np.stack(np.meshgrid(*nodes, indexing="ij"), axis=-1).reshape(-1, 3)
    b_to_a = np.linalg.inv(affine_a) @ affine_b
    voxels_a = nib.affines.apply_affine(b_to_a, voxels_b)
    last = np.array(data_a.shape) - 1
    inside = ((voxels_a > -0.05) & (voxels_a < last + 0.05)).all(axis=1)
    if inside.sum() < 0.1 * len(inside):
        return False
    a = _trilinear(data_a, voxels_a[inside])
    b = data_b[tuple(voxels_b[inside].T)].astype(np.float64)
    if a.std() == 0 or b.std() == 0:
        return False
    on_grid = np.abs(voxels_a - np.rint(voxels_a)).max() < 0.05
    limit = SAME_IMAGE_CORRELATION if on_grid else RESAMPLED_CORRELATION
    return bool(np.corrcoef(a, b)[0, 1] > limit)


def check_lesion(
    lesion: np.ndarray,
    lesion_affine: np.ndarray,
    t1w_shape: tuple[int, ...],
    t1w_affine: np.ndarray,
    name: str,
) -> list[str]:
    """Refuse a lesion mask that is not binary or not drawn on this T1w.

    Grids are compared in closest-canonical order, because drawing programs reorder axes.

    Returns
    -------
    list of str
        A flag if the mask is empty.

    Raises
    ------
    UserError
        Other values than 0 and 1, or another grid.
    """
    lesion = lesion.astype(np.float64)  # the smallest integer has no absolute value
    if not (np.minimum(abs(lesion), abs(lesion - 1)) <= 1e-3).all():
        raise UserError(
            f"{name} is no lesion mask: it has other values than 0 and 1. Export the label "
            "as a binary image (1 = lesion)."
        )
    if not same_voxels(lesion.shape, lesion_affine, t1w_shape, t1w_affine, 0.1):
        ours = canonical_grid(lesion.shape, lesion_affine)
        theirs = canonical_grid(t1w_shape, t1w_affine)
        difference = grid_difference(*ours, *theirs)
        raise UserError(
            f"{name} is not on the grid of the T1w: {difference}. Draw the "
            "lesion on results/bids/*_T1w.nii.gz, or resample the mask to it (nearest "
            "neighbour)."
        )
    return [] if (lesion > 0.5).any() else ["the lesion mask is empty"]


def _trilinear(data: np.ndarray, voxels: np.ndarray) -> np.ndarray:
    """Sample data at voxel coordinates (n, 3); scipy would cost more to import than this."""
    low = np.clip(np.floor(voxels).astype(int), 0, np.array(data.shape) - 2)
    fraction = np.clip(voxels - low, 0, 1)
    total = np.zeros(len(voxels))
    for corner in np.ndindex(2, 2, 2):
        weight = np.where(corner, fraction, 1 - fraction).prod(axis=1)
        total += weight * data[tuple((low + corner).T)]
    return total


def _stripped(data: np.ndarray, affine: np.ndarray) -> str:
    """Flag an image in which the brain has been cut out.

    Masked backgrounds are usual; a volume of the size of a brain whose values start well
    above zero is not.
    """
    inside = data[data != 0]
    zeros = 1 - inside.size / data.size
    volume_ml = inside.size * abs(np.linalg.det(affine[:3, :3])) / 1000
    if zeros < STRIPPED_ZEROS or not STRIPPED_ML[0] < volume_ml < STRIPPED_ML[1]:
        return ""
    return (
        f"looks skull-stripped: {100 * zeros:.0f} % of the voxels are exactly 0 and the rest "
        f"is {volume_ml:.0f} mL; fat and bone are missing as calibration landmarks"
    )
