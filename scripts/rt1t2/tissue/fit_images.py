"""A pair on the coarser grid of its head prior, where bias fields and tissue levels are fitted."""

from dataclasses import dataclass, replace

import numpy as np
from scipy import ndimage

from rt1t2.errors import UserError
from rt1t2.geometry.volume import Volume
from rt1t2.images import same_grid
from rt1t2.template.head_classes import HEAD_CLASSES, PARENCHYMA

PARENCHYMA_INDEX = [HEAD_CLASSES.index(name) for name in PARENCHYMA]
AIR = HEAD_CLASSES.index("air")


@dataclass(frozen=True, eq=False)
class FitImages:
    """Both images and where they may be used, on the grid of the head prior.

    Attributes
    ----------
    t1w, t2w
        Not negative; 0 where the T2w sees nothing.
    prior
        Head prior (x, y, z, HEAD_CLASSES).
    mask, brain, air
        Voxels (bool) that may be fitted: the head inside both fields of view, without the
        lesion; those of them that the prior calls brain; and air that both images see.
    """

    t1w: np.ndarray
    t2w: np.ndarray
    prior: Volume
    mask: np.ndarray
    brain: np.ndarray
    air: np.ndarray

    def minus(self, offset_t1w: float, offset_t2w: float) -> "FitImages":
        """Return the images with a constant taken off each."""
        t1w, t2w = (
            np.maximum(image - offset, 0)
            for image, offset in ((self.t1w, offset_t1w), (self.t2w, offset_t2w))
        )
        return replace(self, t1w=t1w, t2w=t2w)

    def over(self, log_field_t1w: np.ndarray, log_field_t2w: np.ndarray) -> "FitImages":
        """Return the images divided by their fields, given on the same grid."""
        t1w, t2w = self.t1w / np.exp(log_field_t1w), self.t2w / np.exp(log_field_t2w)
        return replace(self, t1w=t1w, t2w=t2w)


def fit_images(
    t1w: Volume, t2w: Volume, prior: Volume, lesion: np.ndarray, participant_id: str
) -> FitImages:
    """Bring a pair to the grid of its head prior.

    Parameters
    ----------
    t1w, t2w
        On one grid; the T2w is NaN outside its field of view.
    prior
        Head prior (x, y, z, HEAD_CLASSES) on its own grid.
    lesion
        bool, on the grid of the images; it has no part in any fit.
    participant_id
        Named in messages.

    Raises
    ------
    UserError
        The T2w does not show the brain.
    """
    seen = np.isfinite(t2w.data)
    one_grid = same_grid(t1w.shape, t1w.affine, prior.shape, prior.affine)

    def on_prior(data: np.ndarray) -> np.ndarray:
        return data if one_grid else t1w.like(data).on(prior).data

    inside = on_prior(seen.astype("f4")) > 0.99
    # one voxel more than the lesion: local contrast is taken in 3x3x3 voxels
    touched = np.ones((3, 3, 3), bool)
    free = ~ndimage.binary_dilation(on_prior(lesion.astype("f4")) > 0.01, touched)
    mask = inside & free & (prior.data[..., AIR] < 0.5)
    brain = mask & (prior.data[..., PARENCHYMA_INDEX].sum(axis=-1) > 0.5)
    if not brain.any():
        raise UserError(
            f"{participant_id}: the T2w shows nothing of the brain where the template expects "
            "it. Check that T1w and T2w are of one person and session, or set exclude in the "
            "participants table."
        )
    return FitImages(
        np.maximum(on_prior(t1w.data), 0),
        np.maximum(on_prior(np.where(seen, t2w.data, 0)), 0),
        prior,
        mask,
        brain,
        inside & (prior.data[..., AIR] > 0.99),
    )
