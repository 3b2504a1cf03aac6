"""Prior probabilities of a participant's head: the template's classes, carried over."""

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from rt1t2.geometry.resampling import isotropic_grid, resample
from rt1t2.geometry.template_grid import grid_around
from rt1t2.geometry.volume import Volume
from rt1t2.registration.greedy import register_greedy
from rt1t2.template.head_classes import HEAD_CLASSES, PARENCHYMA
from rt1t2.template.template_head import share_of
from rt1t2.tissue.bias import correct_bias, estimate_bias
from rt1t2.tissue.head_sample import sample_priors, scaled_pair, tissue_priors
from rt1t2.tissue.mixture import TISSUES, fit_mixture

AIR = HEAD_CLASSES.index("air")

SEARCH_MM = 4.0
AFFINE_SIGMA_MM = 5.0  # how far the affine alone is from the truth
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
    t2w: Volume,
    classes: Volume,
    template_to_t1w: np.ndarray,
    participant_id: str,
    seed: int,
    voxel_mm: float = 2.0,
) -> HeadPrior:
    """Carry the template's head onto a participant: the probability of every class.

    The affine alone says roughly where each tissue is, and so how bright it is in this
    participant's images. The template's head in these intensities is then registered to
    the T1w: fat that is dark here is dark there, and pulls nothing into the brain.

    Parameters
    ----------
    t1w, t2w
        Participant, on one grid in T1w space; the T2w is NaN outside its field of view.
    classes
        Of the template's head (x, y, z, HEAD_CLASSES).
    template_to_t1w
        4x4, RAS mm to RAS mm.
    participant_id
        Named in messages.
    seed
        Draws the voxels of the bias fit.
    voxel_mm
        Voxel size of the prior; it covers the T1w.

    Raises
    ------
    UserError
        The T2w does not show the brain, or a tissue has no place in it.
    """
    t1w_to_template = np.linalg.inv(template_to_t1w)
    pair = t1w.reduced_to(SEARCH_MM), t2w.reduced_to(SEARCH_MM)
    shape, affine = isotropic_grid(t1w.shape, t1w.affine, SEARCH_MM)
    nothing = Volume(np.zeros((2, 2, 2, 3), np.float32), np.eye(4))
    first = Volume(
        carry_classes(
            classes, nothing, t1w_to_template, affine, shape, AFFINE_SIGMA_MM
        ),
        affine,
    )
    flat, levels = participant_levels(*pair, first, participant_id, seed)
    displacement = inverse_head_displacement(flat, levels, classes, template_to_t1w)
    shape, affine = isotropic_grid(t1w.shape, t1w.affine, voxel_mm)
    prior = carry_classes(classes, displacement, t1w_to_template, affine, shape)
    length_mm = np.linalg.norm(displacement.data, axis=-1)
    return HeadPrior(Volume(prior, affine), length_mm)


def participant_levels(
    t1w: Volume, t2w: Volume, prior: Volume, participant_id: str, seed: int
) -> tuple[Volume, np.ndarray]:
    """Return the T1w without its bias, white matter = 1, and every class's level in it.

    Parameters
    ----------
    t1w, t2w
        On one grid; the T2w is NaN outside its field of view.
    prior
        Head prior (x, y, z, HEAD_CLASSES) by the affine alone.
    participant_id, seed
        As in :func:`head_prior`.

    Returns
    -------
    tuple
        T1w, and levels (HEAD_CLASSES,): means of a mixture of both contrasts.
    """
    no_lesion = np.zeros(t1w.shape, bool)
    bias = estimate_bias(t1w, t2w, prior, no_lesion, participant_id, "joint", seed)
    t1w, t2w = correct_bias(bias, t1w, t2w)
    voxels, sampled = sample_priors(prior, t1w)
    tissues = tissue_priors(sampled)
    everywhere = np.ones(len(voxels), bool)
    pair, medians = scaled_pair(t1w, t2w, voxels, tissues, everywhere, participant_id)
    both = np.isfinite(pair).all(axis=0)
    mixture = fit_mixture(pair[:, both], tissues[:, both])
    of_class = {name: t for t, members in TISSUES.items() for name in members}
    levels = [mixture.level(of_class[name])[0] for name in HEAD_CLASSES]
    return t1w.like(t1w.data / medians["wm"][0]), np.array(levels, np.float32)


def inverse_head_displacement(
    t1w: Volume,
    levels: np.ndarray,
    classes: Volume,
    template_to_t1w: np.ndarray,
) -> Volume:
    """Register head to head, near the brain and inside the field of view (local CC).

    Stiff, because it has to bring the brain's outline only: what is left is in the width of
    the priors.

    Parameters
    ----------
    t1w
        Participant, T1w space, white matter = 1.
    levels
        Level of each of HEAD_CLASSES in it.
    classes
        Of the template's head (x, y, z, HEAD_CLASSES).
    template_to_t1w
        4x4, RAS mm to RAS mm.

    Returns
    -------
    Volume
        Displacement, shape (x, y, z, 3), mm, in template space: from the participant,
        brought there by the inverse affine, to the template.
    """
    parenchyma = share_of(classes, *PARENCHYMA)
    margin_mm = NEAR_BRAIN_MM + 2 * SEARCH_MM
    shape, affine = grid_around(parenchyma > 0.5, classes.affine, SEARCH_MM, margin_mm)
    template = resample(classes.data @ levels, classes.affine, affine, shape)
    brain = resample(parenchyma, classes.affine, affine, shape)
    head = resample(
        np.nan_to_num(t1w.data),
        t1w.affine,
        affine,
        shape,
        template_to_t1w,
        outside=np.nan,
    )
    compared = ndimage.binary_dilation(
        brain > 0.3, iterations=round(NEAR_BRAIN_MM / SEARCH_MM)
    ) & np.isfinite(head)
    # fat is brighter than any brain: it must not decide alone
    fixed, moving = (
        np.where(compared, np.clip(image, 0, 1.3), 0) for image in (head, template)
    )
    found = register_greedy(
        fixed,
        moving,
        affine,
        iterations=(40, 20),
        radius=2,
        smoothing=(3.0, 1.5),
        fixed_mask=compared,
    )
    return Volume(found, affine)


def carry_classes(
    classes: Volume,
    displacement: Volume,
    t1w_to_template: np.ndarray,
    affine: np.ndarray,
    shape: tuple[int, int, int],
    sigma_mm: float = 2.5,
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
