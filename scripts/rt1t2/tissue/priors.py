"""Prior probabilities of a participant's head: the template's classes, carried over."""

import logging

import numpy as np
from scipy import ndimage

from rt1t2.geometry.resampling import isotropic_grid, resample
from rt1t2.geometry.template_grid import grid_around
from rt1t2.registration.syn import register_syn
from rt1t2.template.head_classes import HEAD_CLASSES

PARENCHYMA = [HEAD_CLASSES.index(name) for name in ("gm", "wm", "deep", "stem")]
AIR = HEAD_CLASSES.index("air")

NEAR_BRAIN_MM = 20.0  # skull, scalp and eyes; the neck's posture is nobody's anatomy
STEP = 1 / 4096  # of the probabilities: they sum to 1 exactly

log = logging.getLogger("rt1t2")


def head_priors(
    t1w: np.ndarray,
    t1w_affine: np.ndarray,
    head_t1w: np.ndarray,
    head_affine: np.ndarray,
    head_classes: np.ndarray,
    template_to_t1w: np.ndarray,
    voxel_mm: float = 2.0,
) -> tuple[np.ndarray, np.ndarray]:
    """Carry the template's head onto a participant: the probability of every class.

    Parameters
    ----------
    t1w, t1w_affine
        Participant (x, y, z), T1w space.
    head_t1w, head_affine, head_classes
        Template head, its voxel to RAS mm, and its classes (x, y, z, 11).
    template_to_t1w
        4x4, RAS mm to RAS mm.
    voxel_mm
        Voxel size of the priors; they cover the T1w.

    Returns
    -------
    tuple
        Priors (x, y, z, 11), float32, summing to 1, and their voxel to RAS mm.
    """
    displacement, displacement_affine = inverse_head_displacement(
        t1w, t1w_affine, head_t1w, head_classes, head_affine, template_to_t1w
    )
    length_mm = np.linalg.norm(displacement, axis=-1)
    log.info(
        "head priors: displacement median %.1f, largest %.1f mm",
        np.median(length_mm),
        length_mm.max(),
    )
    shape, affine = isotropic_grid(t1w.shape, t1w_affine, voxel_mm)
    priors = carry_classes(
        head_classes,
        head_affine,
        displacement,
        displacement_affine,
        np.linalg.inv(template_to_t1w),
        affine,
        shape,
    )
    return priors, affine


def inverse_head_displacement(
    t1w: np.ndarray,
    t1w_affine: np.ndarray,
    head_t1w: np.ndarray,
    head_classes: np.ndarray,
    head_affine: np.ndarray,
    template_to_t1w: np.ndarray,
    voxel_mm: float = 4.0,
) -> tuple[np.ndarray, np.ndarray]:
    """Register head to head, near the brain and inside the field of view (SyN, local CC).

    The windows are small (2 voxels): the T1w may still have its bias field.

    Parameters
    ----------
    t1w, t1w_affine
        Participant, T1w space.
    head_t1w, head_classes, head_affine
        Template head and its classes (x, y, z, 11), template space.
    template_to_t1w
        4x4, RAS mm to RAS mm.

    Returns
    -------
    displacement
        Shape (x, y, z, 3), mm: from the participant, brought to template space by the
        inverse affine, to the template.
    affine
        Voxel to RAS mm of its grid, in template space.
    """
    parenchyma = head_classes[..., PARENCHYMA].sum(axis=-1)
    # two voxels more than is compared, because SyN keeps the outermost ones in place
    margin_mm = NEAR_BRAIN_MM + 2 * voxel_mm
    shape, affine = grid_around(parenchyma > 0.5, head_affine, voxel_mm, margin_mm)
    static = resample(head_t1w, head_affine, affine, shape)
    brain = resample(parenchyma, head_affine, affine, shape)
    moving = resample(
        np.nan_to_num(t1w), t1w_affine, affine, shape, template_to_t1w, outside=np.nan
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
    return found.backward, affine


def carry_classes(
    head_classes: np.ndarray,
    head_affine: np.ndarray,
    displacement: np.ndarray,
    displacement_affine: np.ndarray,
    t1w_to_template: np.ndarray,
    affine: np.ndarray,
    shape: tuple[int, int, int],
    sigma_mm: float = 3.0,
) -> np.ndarray:
    """Carry the template's classes onto a participant's grid, smoothed.

    Parameters
    ----------
    head_classes, head_affine
        Classes (x, y, z, 11) on a template grid. Beyond it the nearest voxel counts: the
        neck goes on.
    displacement, displacement_affine
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
            displacement[..., axis],
            displacement_affine,
            affine,
            shape,
            t1w_to_template,
            antialias=False,
        )
        + sum(np.float32(to_template[axis, i]) * grid[i] for i in range(3))
        + np.float32(to_template[axis, 3])
        for axis in range(3)
    ]
    to_voxel = np.linalg.inv(head_affine)  # axis-aligned, like all template grids
    voxels = np.stack(
        [points[i] * np.float32(to_voxel[i, i]) + to_voxel[i, 3] for i in range(3)]
    )
    sigma = sigma_mm * np.diag(to_voxel)[:3]

    def sample(index: int, at: np.ndarray) -> np.ndarray:
        smooth = ndimage.gaussian_filter(
            head_classes[..., index], sigma, mode="nearest"
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
