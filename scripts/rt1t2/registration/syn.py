"""Symmetric diffeomorphic registration (SyN) with local cross-correlation.

Avants et al. 2008, 10.1016/j.media.2007.06.004, as implemented in DIPY. The two images lie on
one grid in template space: the affine part has been taken out before.
"""

import logging
from dataclasses import dataclass

import numpy as np
from dipy.align.imwarp import DiffeomorphicMap, SymmetricDiffeomorphicRegistration
from dipy.align.metrics import CCMetric
from scipy.ndimage import gaussian_filter

logging.getLogger("dipy").setLevel(logging.ERROR)


@dataclass(frozen=True)
class Diffeomorphism:
    """A smooth, invertible way between two images on one grid.

    Attributes
    ----------
    forward
        A point x of the static image (RAS mm) is the point x + forward(x) of the moving one;
        shape (x, y, z, 3), mm.
    backward
        The inverse: from the moving image to the static one.
    """

    forward: np.ndarray
    backward: np.ndarray


class LesionMaskedCC(CCMetric):
    """Cross-correlation that moves nothing because of a lesion.

    The update is set to 0 inside the lesion before it is smoothed: the inside follows its
    surroundings (cost-function masking, Brett et al. 2001, 10.1006/nimg.2001.0845).

    Parameters
    ----------
    lesion
        Lesion on the moving image's grid, between 0 and 1, shape (x, y, z).
    """

    moving_image: np.ndarray  # set by the optimiser before it calls anything here

    def __init__(self, lesion: np.ndarray, radius: int, sigma: float) -> None:
        super().__init__(3, sigma_diff=sigma, radius=radius)
        self.lesion = lesion.astype(np.float32)

    def use_moving_image_dynamics(
        self, original_moving_image: np.ndarray, transformation: DiffeomorphicMap
    ) -> None:
        """Carry the lesion to where the moving image is now (called by the optimiser)."""
        carried = transformation.transform(
            self.lesion,
            interpolation="linear",
            out_shape=np.array(self.moving_image.shape, dtype=np.int32),
            out_grid2world=self.moving_affine,
        )
        self.healthy = 1 - np.clip(2 * np.asarray(carried), 0, 1)

    def compute_forward(self) -> np.ndarray:
        """Return the update of the static side."""
        step, self.energy = self.compute_forward_step(
            self.gradient_static, self.factors, self.radius
        )
        return self._masked(step)

    def compute_backward(self) -> np.ndarray:
        """Return the update of the moving side."""
        step, _ = self.compute_backward_step(
            self.gradient_moving, self.factors, self.radius
        )
        return self._masked(step)

    def _masked(self, step: np.ndarray) -> np.ndarray:
        masked: np.ndarray = np.array(step) * self.healthy[..., None]
        for axis in range(3):
            masked[..., axis] = gaussian_filter(masked[..., axis], self.sigma_diff)
        return masked


def register_syn(
    static: np.ndarray,
    moving: np.ndarray,
    affine: np.ndarray,
    *,
    iterations: tuple[int, ...],
    radius: int,
    sigma: float = 2.0,
    tolerance: float = 1e-4,
    lesion: np.ndarray | None = None,
) -> Diffeomorphism:
    """Find the diffeomorphism from a static to a moving image on the same grid.

    Parameters
    ----------
    static, moving
        Images of similar content, shape (x, y, z), finite.
    affine
        Voxel to RAS mm of both.
    iterations
        Most iterations at each level of the pyramid, coarse to fine.
    radius
        Of the windows of the cross-correlation, in voxels of each level.
    sigma
        Of the Gaussian that smooths each update, in voxels of each level.
    tolerance
        A level ends when an iteration lowers the energy by less than this share of the
        energies of the last twelve.
    lesion
        Where the moving image is not to be compared (0 to 1), or ``None``.
    """
    if lesion is None:
        metric = CCMetric(3, sigma_diff=sigma, radius=radius)
    else:
        metric = LesionMaskedCC(lesion, radius, sigma)
    registration = SymmetricDiffeomorphicRegistration(
        metric, level_iters=list(iterations), opt_tol=tolerance, inv_tol=1e-2
    )
    found = registration.optimize(
        static, moving, static_grid2world=affine, moving_grid2world=affine
    )
    return Diffeomorphism(found.get_forward_field(), found.get_backward_field())
