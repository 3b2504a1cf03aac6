"""Is the brain mask whole? Asked of the images themselves, whatever way the mask was made.

Everything is measured on a coarse grid along the axes of the template, its voxels as large as
GRID_MM in the participant, in units of white matter's level inside the mask. The limits lie
between whole masks (real heads, phantoms, their true masks) and masks with a pole cut off.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from scipy import ndimage

from rt1t2.errors import UserError
from rt1t2.geometry.head_mask import largest_part
from rt1t2.geometry.morphology import depth_mm, dilate, erode
from rt1t2.geometry.resampling import resample
from rt1t2.geometry.volume import Volume
from rt1t2.tissue.brain_surface import (
    BASE_Z_MM,
    above_skull_base,
    axis_mm,
    smoothed_over,
)
from rt1t2.tissue.prior_check import prior_flags

log = logging.getLogger("rt1t2")

GRID_MM = 2.0
MARGIN_MM = 34.0  # around the mask
REACH_MM = 20.0  # how far outside the mask brain-like tissue is looked for
RAY_MM = 30.0  # how far outside the mask the skull is looked for
OPENING_MM = 3.0  # thinner than twice this: dura, nerves, muscles of the eye
COARSEST_MM = (
    1.6  # in larger voxels the skull's inner table does not part brain and marrow
)
PURE = 0.85  # probability of a tissue where its level is taken
MIN_VOXELS = 200  # of a tissue, for its level
MIN_RAYS = 20  # fewer say nothing about a direction
FRONT_Y_MM, BACK_Y_MM, TOP_Z_MM = 35.0, -70.0, 50.0  # parts of the surface, template


class Direction(NamedTuple):
    """Rays from the mask's surface along one axis of the template.

    ``boxes`` are the template's mm where they begin, one box for each half of the brain (x, y,
    z; low and high); only surface within ``depth_mm`` of the outermost counts. ``tip_mm`` is
    where the template's own brain ends.
    """

    axis: int
    sign: int
    boxes: tuple[tuple[tuple[float, float], ...], ...]
    depth_mm: float
    tip_mm: float


_ANY = (-np.inf, np.inf)
_HALVES = ((-40.0, 0.0), (0.0, 40.0))
_TEMPORAL = ((-10.0, 32.0), (-44.0, -28.0))
DIRECTIONS = {
    "Frontal": Direction(1, 1, tuple((x, _ANY, (-12, 45)) for x in _HALVES), 15, 72),
    "Occipital": Direction(
        1, -1, tuple((x, _ANY, (-15, 40)) for x in _HALVES), 15, -106
    ),
    "TemporalLeft": Direction(1, 1, (((-60, -22), *_TEMPORAL),), 12, 24),
    "TemporalRight": Direction(1, 1, (((22, 60), *_TEMPORAL),), 12, 24),
    "Vertex": Direction(2, 1, tuple((x, (-55, 25), _ANY) for x in _HALVES), 12, 80),
}
PARTS = ("Frontal", "Occipital", "Top", "Sides")  # of what lies outside the mask

MAX_OUTSIDE_ML = {"Frontal": 1.5, "Occipital": 4.0, "Top": 8.0, "Sides": 3.0}
MAX_UNCOVERED_MM = {"Frontal": 7.0, "Occipital": 10.0, "Vertex": 8.0}
MAX_UNCOVERED_MM |= {"TemporalLeft": 7.0, "TemporalRight": 7.0}
MAX_SHORT_MM = 8.0
MAX_ASYMMETRY_MM = 9.0
REFUSED_OUTSIDE_ML = 50.0  # and a mask that ends far short of the template
NAMES = {
    "Frontal": "frontal poles",
    "Occipital": "occipital poles",
    "TemporalLeft": "left temporal pole",
    "TemporalRight": "right temporal pole",
    "Vertex": "vertex",
    "Top": "vertex",
    "Sides": "sides",
}
LOOK = "Look at the brain mask on the whole head."


class Rays(NamedTuple):
    """What rays in one direction met, mm; NaN where it could not be measured.

    ``skull`` is the median distance from the mask to the inner skull, ``skull_largest`` and
    ``uncovered`` the largest smoothed ones of the way and of tissue like brain on it;
    ``short`` is how far the mask ends before the template's brain does (template's mm).
    """

    skull: float
    skull_largest: float
    uncovered: float
    short: float


@dataclass(frozen=True)
class MaskCheck:
    """What :func:`check_mask` measured.

    Attributes
    ----------
    record
        For the sidecar of the mask; NaN is not measured.
    flags
        What a reader should look at.
    """

    record: dict[str, Any]
    flags: list[str]


@dataclass(frozen=True)
class _Head:
    """The images on the coarse grid, relative to white matter.

    ``affine`` takes voxels to the template's mm; ``levels`` are (T1w, T2w) of csf, gm, wm.
    ``clear``: both images have data, and no lesion was drawn.
    """

    t1w: np.ndarray
    t2w: np.ndarray
    brain: np.ndarray
    clear: np.ndarray
    seen: np.ndarray
    affine: np.ndarray
    levels: dict[str, tuple[float, float]]

    def template_mm(self, axis: int) -> np.ndarray:
        """Return where voxels lie along one axis of the template, to be broadcast."""
        return axis_mm(self.affine, self.brain.shape, axis)

    def dark(self) -> np.ndarray:
        """Mark what is darker than brain in the T1w: CSF, bone, air."""
        limit = (self.levels["csf"][0] + self.levels["gm"][0]) / 2
        dark: np.ndarray = self.seen & (self.t1w < limit)
        return dark

    def bone(self) -> np.ndarray:
        """Mark bone and air: dark in both images, or darker than brain in the T2w."""
        bone: np.ndarray = self.seen & (
            (self.t2w < 0.65) | (self.dark() & (self.t2w < 1.1))
        )
        return bone

    def brain_like(self) -> np.ndarray:
        """Mark what looks like grey or white matter in both images."""
        csf, gm = self.levels["csf"][1], self.levels["gm"][1]
        in_t2w = (self.t2w > 0.65) & (self.t2w < gm + 0.4 * (csf - gm))
        like: np.ndarray = self.clear & ~self.dark() & (self.t1w < 1.3) & in_t2w
        return like


def check_mask(
    t1w: Volume,
    t2w: Volume,
    brain: np.ndarray,
    tissue: Mapping[str, np.ndarray],
    lesion: np.ndarray,
    template_to_t1w: np.ndarray,
    prior_shift: dict[str, float],
    participant_id: str,
) -> MaskCheck:
    """Measure whether a brain mask is whole, and say what to look at.

    Parameters
    ----------
    t1w, t2w
        Corrected, on one grid; the T2w is NaN where it has no data. What only one image sees
        is left out: a field of view that ends is no cut. In voxels larger than COARSEST_MM
        only the shape of the mask is measured.
    brain, lesion
        bool, on that grid; lesions are left out.
    tissue
        Probabilities of ``gm``, ``wm`` and ``csf``, on that grid.
    template_to_t1w
        4x4, RAS mm of the template to RAS mm of the T1w.
    prior_shift
        :func:`rt1t2.tissue.prior_check.prior_shift_mm`.
    participant_id
        Named in messages.

    Raises
    ------
    UserError
        Much brain lies outside the mask.
    """
    flags = prior_flags(prior_shift)
    record: dict[str, Any] = {"PriorShiftMm": prior_shift, "Flags": flags}
    head = _coarse_head(t1w, t2w, brain, tissue, lesion, template_to_t1w)
    if head is None:
        flags.append(
            "the brain mask could not be checked: T1w and T2w together see too little of "
            f"grey matter, white matter or CSF. {LOOK}"
        )
        return _told(record, flags)
    rays = {name: _rays(head, way) for name, way in DIRECTIONS.items()}
    if t1w.voxel_mm.max() > COARSEST_MM:
        # brain, skull and scalp are mixed: shape is left
        outside = dict.fromkeys(PARTS, np.nan)
        rays = {n: Rays(np.nan, np.nan, np.nan, r.short) for n, r in rays.items()}
    else:
        outside = _outside_ml(head)
    asymmetry = _asymmetry_mm(head)
    cut = _flags_of_cut(outside, rays)
    total = sum(outside.values())
    short = max(np.nan_to_num(found.short) for found in rays.values())
    if total > REFUSED_OUTSIDE_ML and short > MAX_SHORT_MM:
        most = max(outside, key=lambda part: outside[part])
        raise UserError(
            f"{participant_id}: the brain mask is cut: {total:.0f} ml that look like brain lie "
            f"outside it, most at the {NAMES[most]}. Check the T1w and T2w there (fat as "
            "bright as brain, signal that fades), and ac_mm in the participants table, or "
            "set exclude."
        )
    flags[:0] = cut
    if asymmetry["Largest"] > MAX_ASYMMETRY_MM:
        flags.append(
            f"left and right of the brain mask differ by {asymmetry['Largest']:.0f} mm. {LOOK}"
        )
    record |= {
        "BrainLikeOutsideMl": outside,
        "ToSkullMm": {
            n: {"Median": r.skull, "Largest": r.skull_largest} for n, r in rays.items()
        },
        "UncoveredMm": {n: r.uncovered for n, r in rays.items()},
        "ShortOfTemplateMm": {n: r.short for n, r in rays.items()},
        "AsymmetryMm": asymmetry,
    }
    return _told(record, flags)


def _told(record: dict[str, Any], flags: list[str]) -> MaskCheck:
    for flag in flags:
        log.warning("%s", flag)
    return MaskCheck(record, flags)


def _flags_of_cut(outside: dict[str, float], rays: dict[str, Rays]) -> list[str]:
    """Return what says that brain was cut off."""
    flags = [
        f"{ml:.1f} ml that look like brain lie outside the brain mask at the {NAMES[part]}. "
        f"{LOOK}"
        for part, ml in outside.items()
        if ml > MAX_OUTSIDE_ML[part]
    ]
    for name, found in rays.items():
        if found.uncovered > MAX_UNCOVERED_MM[name]:
            flags.append(
                f"{found.uncovered:.0f} mm of tissue like brain between the brain mask and "
                f"the skull at the {NAMES[name]}. {LOOK}"
            )
        if found.short > MAX_SHORT_MM:
            flags.append(
                f"the brain mask ends {found.short:.0f} mm before the template's brain does "
                f"at the {NAMES[name]}. {LOOK}"
            )
    return flags


def _coarse_head(
    t1w: Volume,
    t2w: Volume,
    brain: np.ndarray,
    tissue: Mapping[str, np.ndarray],
    lesion: np.ndarray,
    template_to_t1w: np.ndarray,
) -> _Head | None:
    """Bring images to the coarse grid; nothing if a tissue is not seen by both."""
    scale = 1 / np.linalg.norm(template_to_t1w[:3, :3], axis=0)
    step = GRID_MM * scale
    to_template = np.linalg.inv(template_to_t1w) @ t1w.affine
    points = np.argwhere(brain) @ to_template[:3, :3].T + to_template[:3, 3]
    low = np.floor(points.min(axis=0) - MARGIN_MM * scale)
    high = points.max(axis=0) + MARGIN_MM * scale
    affine = np.diag([*step, 1.0])
    affine[:3, 3] = low
    shape = tuple(int(n) for n in np.ceil((high - low) / step) + 1)
    grid = Volume(np.empty(shape, np.float32), affine)

    def coarse(data: np.ndarray) -> np.ndarray:
        volume = t1w.like(np.asarray(data, np.float32)).reduced_to(GRID_MM)
        return volume.on(grid, template_to_t1w).data

    def nearest(data: np.ndarray) -> np.ndarray:
        way = t1w.affine, affine, grid.shape, template_to_t1w
        return resample(data, *way, order=0, antialias=False)

    finite = np.isfinite(t2w.data)
    seen = coarse(finite) > 0.99
    clear = seen & (coarse(lesion) < 0.05) if lesion.any() else seen
    mask = coarse(brain) > 0.5
    pair = coarse(t1w.data), coarse(np.where(finite, t2w.data, 0))
    levels = {}
    for name in ("csf", "gm", "wm"):
        inside = mask & clear & (nearest(tissue[name]) > PURE)
        if inside.sum() < MIN_VOXELS:
            return None
        levels[name] = np.array([np.median(image[inside]) for image in pair])
    white = levels["wm"]
    relative = {
        n: (float(a), float(b))
        for n, (a, b) in ((n, v / white) for n, v in levels.items())
    }
    return _Head(
        pair[0] / white[0], pair[1] / white[1], mask, clear, seen, affine, relative
    )


def _outside_ml(head: _Head) -> dict[str, float]:
    """Return what looks like brain, and is as thick, outside the mask, by part of the surface."""
    y, z = head.template_mm(1), head.template_mm(2)
    # below the skull base muscles, glands and the spinal cord touch the brain
    near = dilate(head.brain, REACH_MM, GRID_MM)
    near &= above_skull_base(head.affine, head.brain.shape)
    candidates = _without_barrier(head.brain_like() & ~head.brain & near, head)
    both = head.brain | candidates
    core = largest_part(erode(both, OPENING_MM, GRID_MM))
    thick = dilate(core, OPENING_MM + 1e-3, GRID_MM) & candidates
    top = z > TOP_Z_MM
    front, back = ~top & (y > FRONT_Y_MM), ~top & (y < BACK_Y_MM)
    parts = (front, back, top, ~(front | back | top))
    return {
        name: float((thick & part).sum() * GRID_MM**3 / 1000)
        for name, part in zip(PARTS, parts, strict=True)
    }


def _without_barrier(candidates: np.ndarray, head: _Head) -> np.ndarray:
    """Keep what has tissue like brain on its straight way to the mask: no skull, no CSF."""
    nearest = ndimage.distance_transform_edt(
        ~head.brain, return_distances=False, return_indices=True
    )
    voxels = np.argwhere(candidates)
    way = nearest[:, candidates].T - voxels
    passable = candidates | head.brain
    steps = 8
    met = np.zeros(len(voxels), int)
    for step in range(1, steps):
        at = np.round(voxels + way * (step / steps)).astype(int)
        met += ~passable[tuple(at.T)]
    kept = np.zeros_like(candidates)
    kept[tuple(voxels[met <= 1].T)] = True
    return kept


def _rays(head: _Head, way: Direction) -> Rays:
    """Return the worse of the two halves."""
    halves = np.array([_rays_in(head, way, box) for box in way.boxes])
    defined = np.where(np.isfinite(halves), halves, -np.inf).max(axis=0)
    return Rays(*(float(v) if np.isfinite(v) else np.nan for v in defined))


def _rays_in(head: _Head, way: Direction, box: tuple[tuple[float, float], ...]) -> Rays:
    def outside_first(volume: np.ndarray) -> np.ndarray:
        turned = np.moveaxis(volume, way.axis, 0)
        return turned[::-1] if way.sign > 0 else turned

    allowed = np.ones(head.brain.shape, bool)
    for axis, (low, high) in enumerate(box):
        mm = head.template_mm(axis)
        allowed = allowed & (mm >= low) & (mm <= high)
    brain = outside_first(head.brain)
    surface = brain.argmax(axis=0)
    at = surface[None]
    rays = np.take_along_axis(brain & outside_first(allowed), at, 0)[0]
    if rays.sum() < MIN_RAYS:
        return Rays(*[np.nan] * 4)
    tip = np.sort(surface[rays])[5]
    rays &= surface <= tip + way.depth_mm / GRID_MM
    bone, like, clear, dark = (
        outside_first(v)
        for v in (head.bone(), head.brain_like(), head.clear, head.dark())
    )
    skull = np.full(surface.shape, np.nan)
    uncovered = np.full(surface.shape, np.nan)
    count = np.zeros(surface.shape)
    running, counting, was_dark = rays.copy(), rays.copy(), np.zeros_like(rays)
    for step in range(1, int(RAY_MM / GRID_MM) + 1):
        at = np.maximum(surface - step, 0)[None]
        is_bone, is_like, is_clear, is_dark = (
            np.take_along_axis(v, at, 0)[0] for v in (bone, like, clear, dark)
        )
        running &= (surface >= step) & is_clear
        # CSF ends what belongs to the brain
        counting &= running & ~(was_dark & is_dark)
        met = running & is_bone
        skull[met] = (step - 0.5) * GRID_MM
        uncovered[met] = count[met] * GRID_MM
        running &= ~met
        count += running & counting & is_like
        was_dark = is_dark
    known = np.isfinite(skull)
    if known.sum() < max(MIN_RAYS, rays.sum() / 3):
        return Rays(*[np.nan] * 4)
    mm = head.template_mm(way.axis).ravel()
    end_mm = (mm[::-1] if way.sign > 0 else mm)[tip]
    return Rays(
        float(np.median(skull[known])),
        _largest(skull, known),
        _largest(uncovered, known),
        float(way.sign * (way.tip_mm - end_mm)),
    )


def _largest(values: np.ndarray, known: np.ndarray) -> float:
    """Return the largest smoothed value of a surface."""
    smooth, weight = smoothed_over(known, values, GRID_MM)
    inner = weight > min(0.5, float(np.median(weight)))
    return float(smooth[inner].max() if inner.any() else smooth.max())


def _asymmetry_mm(head: _Head) -> dict[str, float]:
    """Return how far the mask's surface lies from its mirror image, above the skull base."""
    brain = head.brain
    middle = float(ndimage.center_of_mass(brain)[0])
    turn = np.diag([-1.0, 1.0, 1.0])
    mirrored = ndimage.affine_transform(
        brain.astype(np.float32), turn, [2 * middle, 0, 0], order=1
    )
    other = mirrored > 0.5
    distance = depth_mm(other, GRID_MM)
    distance -= depth_mm(~other, GRID_MM)
    # where the image ends on one side, the mask must
    inner = ndimage.binary_erosion(head.seen, iterations=2)
    both = ndimage.affine_transform(
        inner.astype(np.float32), turn, [2 * middle, 0, 0], order=0
    )
    surface = brain & ~ndimage.binary_erosion(brain) & inner & (both > 0)
    surface = surface & (head.template_mm(2) > BASE_Z_MM)
    if surface.sum() < MIN_VOXELS:
        return {"P95": np.nan, "Largest": np.nan}
    smooth, _ = smoothed_over(surface, distance, GRID_MM)
    apart = np.abs(smooth)
    return {"P95": float(np.percentile(apart, 95)), "Largest": float(apart.max())}
