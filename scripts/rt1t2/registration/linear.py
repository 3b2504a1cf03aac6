"""Linear registration by mutual information and Powell's method.

Every matrix takes points of the fixed image (RAS mm) to points of the moving image (RAS mm):
that is what resampling the moving image onto the fixed grid needs. Gradient steps on mutual
information diverge on heads with thick slices; Powell's method, which needs no gradient and
accepts only improvements, does not.
"""

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import ndimage, optimize

from rt1t2.geometry.transforms import apply, from_parameters, to_parameters
from rt1t2.geometry.volume import Volume
from rt1t2.registration.mutual_information import MutualInformation

# Template to head: logarithm of the scales in per cent along x, y, z (the ICBM brain is large)
# with their SD, SD of the shears in per cent, and the weight against mutual information: while
# a head is searched for, and once it is found, when the images know an unusual size better.
SIZE_PER_CENT = np.array([-9.0, -6.0, -11.0])
SIZE_SD = 6.0
SHEAR_SD = 3.0
SEARCH_SIZE_WEIGHT = 0.015
SIZE_WEIGHT = SEARCH_SIZE_WEIGHT / 4

# The search starts from heads of the usual size and from some as large as the template:
# template sizes in per cent, how many poses start, and how many of them get their own affine.
FULL_SIZE_PER_CENT = np.zeros(3)
SEARCHES = ((SIZE_PER_CENT, 7, 2), (FULL_SIZE_PER_CENT, 4, 1))

# Around the centre of the upper head, which face, neck and a cut field of view displace.
SEARCH_SHIFTS_MM = np.array(
    list(itertools.product([0.0], [-15.0, 15.0], [-25.0, 0.0, 25.0]))
)
# Mutual information of the best pose over that of another; below this the coarse images
# cannot tell which is right.
CLEAR_GAP = 0.15
BRAIN_HEIGHT_MM = 130.0  # vertex to foramen magnum
HEAD_HEIGHT_MM = 160.0  # with the skull base and the cerebellum


@dataclass(frozen=True)
class Alignment:
    """A matrix (fixed to moving, RAS mm), its mutual information, and how unique it is.

    ``gap`` is the share of the best mutual information by which the best clearly different
    solution (more than 15 mm away on average) falls short; 1 where none was found.
    """

    matrix: np.ndarray
    mutual_information: float
    gap: float


def register_affine(
    fixed: Sequence[Volume],
    mask: Volume,
    moving: Sequence[Volume],
    *,
    known_point: tuple[np.ndarray, np.ndarray] | None = None,
) -> Alignment:
    """Find a whole head anywhere: twelve parameters, from a grid of 162 poses in two sizes.

    Parameters
    ----------
    fixed
        Template head, one image per contrast on one grid, not negative.
    mask
        Its brain (bool), dilated to include skull and scalp.
    moving
        Head of the participant, the same contrasts on one grid, NaN where undefined; within
        about 40 degrees of upright.
    known_point
        A point of the fixed image and where it lies in the moving image (mm), if known: the
        search starts from there, otherwise from the centre of the head's top 130 mm.

    Returns
    -------
    Alignment
        With a penalty on sizes unlike ``SIZE_PER_CENT``, weak once the head is found.
    """
    centre = _centre(mask)
    coarse = MutualInformation(fixed, mask, moving, voxel_mm=8.0, bins=24)
    if known_point is None:
        shifts = upper_head_centre(moving[0]) - centre + SEARCH_SHIFTS_MM
    solutions, affine = [], []
    for size_per_cent, n_starts, n_affine in SEARCHES:
        poses = []
        for turn in itertools.product((-28, 0, 28), (-24, 0, 24), (-24, 0, 24)):
            pose = np.r_[np.zeros(3), turn, size_per_cent, np.zeros(3)]
            if known_point is not None:
                fixed_point, moving_point = known_point
                at = apply(from_parameters(pose, centre), fixed_point)
                shifts = [moving_point - at]
            poses += [np.r_[shift, pose[3:]] for shift in shifts]
        poses.sort(key=lambda p: -coarse(from_parameters(p, centre)))
        rigid = [_maximise(coarse, p, centre, 6) for p in _distinct(poses, n_starts)]
        rigid = [
            (p, value - _size_penalty(p, SEARCH_SIZE_WEIGHT)) for p, value in rigid
        ]
        rigid.sort(key=lambda result: -result[1])
        solutions += rigid
        affine += [
            _maximise(coarse, p, centre, 12, size_weight=SEARCH_SIZE_WEIGHT)
            for p, _ in rigid[:n_affine]
        ]
    best = max(affine, key=lambda result: result[1])
    fine = MutualInformation(fixed, mask, moving, voxel_mm=4.0)
    parameters = _maximise_affine(fine, best[0], centre, step=2.0)
    matrix = from_parameters(parameters, centre)
    return Alignment(matrix, fine(matrix), _gap([*affine, *solutions], best, centre))


def register_rigid(
    fixed: Volume,
    mask: Volume,
    moving: Volume,
    *,
    voxel_mm: Sequence[float] = (6.0, 4.0, 3.0),
) -> Alignment:
    """Align two images of one head: six parameters, from several poses.

    The poses: as the headers say, and the centres of the upper heads on one another (or 15 mm
    above or below), turned by up to 24 degrees about each axis in steps of 12. At 8 mm or in
    steps of 20 degrees the right pose does not stand out from the others; so it does.

    Parameters
    ----------
    fixed, mask
        One contrast, and where to compare (bool).
    moving
        The other contrast.
    voxel_mm
        Voxel sizes of the stages, coarse to fine.
    """
    # every stage works on the finest one's images: reducing them again costs little
    mask = mask.reduced_to(voxel_mm[-1])
    mask = mask.like((mask.data > 0.5) & above_neck(mask))
    fixed, moving = fixed.reduced_to(voxel_mm[-1]), moving.reduced_to(voxel_mm[-1])
    images = (fixed,), mask, (moving,)
    centre = upper_head_centre(fixed)
    coarse = MutualInformation(*images, voxel_mm=voxel_mm[0], bins=24, max_samples=6000)
    shift = upper_head_centre(moving) - centre
    poses = [
        np.r_[shift + up, turn]
        for up in ([0, 0, -15], [0, 0, 0], [0, 0, 15])
        for turn in itertools.product((-24, -12, 0, 12, 24), repeat=3)
    ]
    poses.sort(key=lambda p: -coarse(from_parameters(p, centre)))
    # what the headers say is nearly always near, however low it stands among the poses
    starts = [np.zeros(6), *_distinct(poses, 3)]
    solutions = [_maximise(coarse, p, centre, 6) for p in starts]
    best = max(solutions, key=lambda result: result[1])
    gap, contenders = _gap(solutions, best, centre), [best]
    if gap < CLEAR_GAP:  # at this size too close to call: let the finer stages decide
        least = (1 - CLEAR_GAP) * best[1]
        contenders = [s for s in solutions if s[1] > least] or [best]
    for size_mm in voxel_mm[1:]:
        stage = MutualInformation(*images, voxel_mm=size_mm)
        contenders = [
            _maximise(stage, parameters, centre, 6, step=size_mm / 2)
            for parameters, _ in contenders
        ]
    if len(contenders) > 1:
        best = max(contenders, key=lambda result: result[1])
        gap = _gap(contenders, best, centre)
    else:
        best = contenders[0]
    return Alignment(from_parameters(best[0], centre), best[1], gap)


def refine_affine(
    fixed: Sequence[Volume],
    mask: Volume,
    moving: Sequence[Volume],
    initial: np.ndarray,
    *,
    voxel_mm: float = 4.0,
    step: float = 2.0,
    bins: int = 32,
    rigid: bool = False,
) -> np.ndarray:
    """Improve a 4x4 matrix (template to head, twelve parameters) from where it is.

    ``step`` (mm, degrees, per cent) is the first step of the search; see
    :func:`register_affine` for the rest. ``rigid``: sizes and shears stay, the fixed image
    turns about its mask's centre and shifts.
    """
    centre = _centre(mask)
    information = MutualInformation(fixed, mask, moving, voxel_mm=voxel_mm, bins=bins)
    if rigid:
        motion, _ = _maximise(
            lambda m: information(initial @ m),
            np.zeros(6),
            centre,
            6,
            step=step,
            ftol=1e-5,
        )
        refined: np.ndarray = initial @ from_parameters(motion, centre)
        return refined
    start = to_parameters(initial, centre)
    parameters = _maximise_affine(information, start, centre, step=step)
    return from_parameters(parameters, centre)


def upper_head_centre(image: Volume) -> np.ndarray:
    """Return the centre (RAS mm) of the top 130 mm of a head, however far its neck reaches."""
    coarse = image.reduced_to(4.0)
    points = apply(coarse.affine, np.argwhere(coarse.head).astype(float))
    vertex = np.percentile(points[:, 2], 99.8)
    centre: np.ndarray = points[points[:, 2] > vertex - BRAIN_HEIGHT_MM].mean(axis=0)
    return centre


def above_neck(head: Volume) -> np.ndarray:
    """Mark (bool) the image's top ``HEAD_HEIGHT_MM`` below the vertex of a head (share > 0.5).

    The neck bends between two scans, and what is seen of it differs.
    """
    shape = head.shape
    z_mm = sum(
        (head.affine[2, axis] * np.arange(n)).reshape(
            [-1 if i == axis else 1 for i in range(3)]
        )
        for axis, n in enumerate(shape)
    )
    inside = head.data > 0.5
    if not inside.any():
        return inside
    vertex = np.percentile(np.broadcast_to(z_mm, shape)[inside], 99.8)
    marked: np.ndarray = np.broadcast_to(z_mm > vertex - HEAD_HEIGHT_MM, shape)
    return marked


def _maximise(
    information: Callable[[np.ndarray], float],
    start: np.ndarray,
    centre: np.ndarray,
    n: int,
    *,
    size_weight: float = 0.0,
    step: float = 4.0,
    ftol: float = 1e-3,
) -> tuple[np.ndarray, float]:
    """Vary the first ``n`` parameters; return all of them and the value with its penalty."""
    full = np.zeros(12)
    full[: len(start)] = start

    def loss(scaled: np.ndarray) -> float:
        full[:n] = scaled * step
        value = information(from_parameters(full, centre))
        return (_size_penalty(full, size_weight) if size_weight else 0.0) - value

    found = optimize.minimize(
        loss,
        full[:n] / step,
        method="Powell",
        options={"xtol": 0.02, "ftol": ftol, "maxiter": 8},
    )
    full[:n] = found.x * step
    return full.copy(), -float(found.fun)


def _maximise_affine(
    information: Callable[[np.ndarray], float],
    start: np.ndarray,
    centre: np.ndarray,
    *,
    step: float,
) -> np.ndarray:
    """Vary all twelve parameters, and once more in half steps until little is gained."""
    parameters = start
    for size, ftol in ((step, 1e-3), (step / 2, 1e-5)):
        parameters, _ = _maximise(
            information,
            parameters,
            centre,
            12,
            size_weight=SIZE_WEIGHT,
            step=size,
            ftol=ftol,
        )
    return parameters


def _size_penalty(parameters: np.ndarray, weight: float) -> float:
    size = (parameters[6:9] - SIZE_PER_CENT) / SIZE_SD
    shear = parameters[9:12] / SHEAR_SD
    return weight * float((size**2).sum() + (shear**2).sum())


def _centre(mask: Volume) -> np.ndarray:
    centre_voxel = ndimage.center_of_mass(mask.data.astype(np.float32))
    return apply(mask.affine, np.array(centre_voxel))


def _distinct(poses: list[np.ndarray], n: int) -> list[np.ndarray]:
    """Take the first ``n`` poses that differ by more than 20 mm or 20 degrees."""
    chosen: list[np.ndarray] = []
    for pose in poses:
        if all(np.abs(pose[:6] - other[:6]).max() >= 20 for other in chosen):
            chosen.append(pose)
    return chosen[:n]


def _gap(
    solutions: list[tuple[np.ndarray, float]],
    best: tuple[np.ndarray, float],
    centre: np.ndarray,
) -> float:
    around = centre + 60 * np.vstack([np.eye(3), -np.eye(3)])
    target = apply(from_parameters(best[0], centre), around)
    others = [
        value
        for parameters, value in solutions
        if np.linalg.norm(
            apply(from_parameters(parameters, centre), around) - target, axis=1
        ).mean()
        > 15
    ]
    return 1 - max(others) / best[1] if others else 1.0
