"""Prior probabilities of a participant's head: the template's classes, carried over."""

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from rt1t2.geometry.resampling import isotropic_grid, resample
from rt1t2.geometry.template_grid import grid_around
from rt1t2.geometry.volume import Volume
from rt1t2.registration.syn import register_syn
from rt1t2.template.head_classes import HEAD_CLASSES, PARENCHYMA
from rt1t2.template.template_head import share_of

AIR = HEAD_CLASSES.index("air")

NEAR_BRAIN_MM = 20.0  # skull, scalp and eyes; the neck's posture is nobody's anatomy
STEP = 1 / 4096  # of the probabilities: they sum to 1 exactly


@dataclass(frozen=True, eq=False)
class HeadPrior:
    """Where the template's head says that a participant's tissues are.

    Attributes
    ----------
    prior
        Probability of every class, shape (x, y, z, HEAD_CLASSES), float32, summing to 1.
    displacement_mm
        Length of the displacement that carried it, beside the affine, at every voxel of
        the registration.
    """

    prior: Volume
    displacement_mm: np.ndarray


def head_prior(
    t1w: Volume,
    template_t1w: Volume,
    classes: Volume,
    template_to_t1w: np.ndarray,
    voxel_mm: float = 2.0,
) -> HeadPrior:
    """Carry the template's head onto a participant: the probability of every class.

    Parameters
    ----------
    t1w
        Participant, T1w space.
    template_t1w, classes
        The template's head and its classes (x, y, z, HEAD_CLASSES), on one grid.
    template_to_t1w
        4x4, RAS mm to RAS mm.
    voxel_mm
        Voxel size of the prior; it covers the T1w.
    """
    displacement = inverse_head_displacement(
        t1w, template_t1w, classes, template_to_t1w
    )
    shape, affine = isotropic_grid(t1w.shape, t1w.affine, voxel_mm)
    prior = carry_classes(
        classes,
        displacement,
        np.linalg.inv(template_to_t1w),
        affine,
        shape,
    )
    length_mm = np.linalg.norm(displacement.data, axis=-1)
    return HeadPrior(Volume(prior, affine), length_mm)


def inverse_head_displacement(
    t1w: Volume,
    template_t1w: Volume,
    classes: Volume,
    template_to_t1w: np.ndarray,
    voxel_mm: float = 4.0,
) -> Volume:
    """Register head to head, near the brain and inside the field of view (SyN, local CC).

    The windows are small (2 voxels): the T1w may still have its bias field.

    Parameters
    ----------
    t1w
        Participant, T1w space.
    template_t1w, classes
        The template's head and its classes (x, y, z, HEAD_CLASSES), on one grid.
    template_to_t1w
        4x4, RAS mm to RAS mm.

    Returns
    -------
    Volume
        Displacement, shape (x, y, z, 3), mm, in template space: from the participant,
        brought there by the inverse affine, to the template.
    """
    # two voxels more than is compared, because SyN keeps the outermost ones in place
    margin_mm = NEAR_BRAIN_MM + 2 * voxel_mm
    parenchyma = share_of(classes, *PARENCHYMA)
    shape, affine = grid_around(parenchyma > 0.5, classes.affine, voxel_mm, margin_mm)
    static = resample(template_t1w.data, template_t1w.affine, affine, shape)
    brain = resample(parenchyma, classes.affine, affine, shape)
    moving = resample(
        np.nan_to_num(t1w.data),
        t1w.affine,
        affine,
        shape,
        template_to_t1w,
        outside=np.nan,
    )
    compared = ndimage.binary_dilation(
        brain > 0.3, iterations=round(NEAR_BRAIN_MM / voxel_mm)
    ) & np.isfinite(moving)
    # fat is brighter than any brain: it must not decide alone
    white = np.percentile(moving[compared & (brain > 0.5)], 75)
    found = register_syn(
        np.where(compared, np.clip(static, 0, 1.3), 0),
        np.where(compared, np.clip(moving / white, 0, 1.3), 0),
        affine,
        iterations=(25, 10),
        radius=2,
    )
    return Volume(found.backward, affine)


def carry_classes(
    classes: Volume,
    displacement: Volume,
    t1w_to_template: np.ndarray,
    affine: np.ndarray,
    shape: tuple[int, int, int],
    sigma_mm: float = 3.0,
) -> np.ndarray:
    """Carry the template's classes onto a participant's grid, smoothed.

    Parameters
    ----------
    classes
        Of the template's head (x, y, z, HEAD_CLASSES). Beyond its grid the nearest voxel
        counts: the neck goes on.
    displacement
        From :func:`inverse_head_displacement`; 0 beyond its grid.
    t1w_to_template
        4x4, RAS mm to RAS mm, applied before the displacement.
    affine, shape
        The participant's grid, T1w space.
    sigma_mm
        Standard deviation of the Gaussian, in template space: how uncertain the way is.

    Returns
    -------
    np.ndarray
        float32, shape (x, y, z, 11), multiples of 1/4096 that sum to 1.
    """
    grid = np.indices(shape, dtype=np.float32, sparse=True)
    to_template = t1w_to_template @ affine
    points = [
        resample(
            displacement.data[..., axis],
            displacement.affine,
            affine,
            shape,
            t1w_to_template,
            antialias=False,
        )
        + sum(np.float32(to_template[axis, i]) * grid[i] for i in range(3))
        + np.float32(to_template[axis, 3])
        for axis in range(3)
    ]
    to_voxel = np.linalg.inv(classes.affine)  # axis-aligned, like all template grids
    voxels = np.stack(
        [points[i] * np.float32(to_voxel[i, i]) + to_voxel[i, 3] for i in range(3)]
    )
    sigma = sigma_mm * np.diag(to_voxel)[:3]

    def sample(index: int, at: np.ndarray) -> np.ndarray:
        smooth = ndimage.gaussian_filter(
            classes.data[..., index], sigma, mode="nearest"
        )
        probability = ndimage.map_coordinates(smooth, at, order=1, mode="nearest")
        in_steps: np.ndarray = np.round(probability / STEP) * np.float32(STEP)
        return in_steps

    air = sample(AIR, voxels)
    inside = air < 1
    head = np.stack(
        [
            air[inside] if index == AIR else sample(index, voxels[:, inside])
            for index in range(len(HEAD_CLASSES))
        ],
        axis=-1,
    )
    # what rounding took or gave goes to the most probable class
    likeliest = head.argmax(axis=-1, keepdims=True)
    share = np.take_along_axis(head, likeliest, axis=-1)
    rest = 1 - head.sum(axis=-1, keepdims=True)
    np.put_along_axis(head, likeliest, share + rest, axis=-1)
    priors = np.zeros((*shape, len(HEAD_CLASSES)), dtype=np.float32)
    priors[..., AIR] = 1
    priors[inside] = head
    return priors
