"""Where a head lies: its alignment with the template and its anterior commissure."""

from dataclasses import dataclass

import numpy as np

from rt1t2.errors import UserError
from rt1t2.geometry.morphology import widened
from rt1t2.geometry.resampling import downsample, resample
from rt1t2.geometry.transforms import apply
from rt1t2.images import voxel_sizes_mm
from rt1t2.registration.head_mask import head_mask
from rt1t2.registration.linear import (
    Alignment,
    refine_affine,
    register_affine,
    register_rigid,
)

# Centre of the commissure's white matter in the midsagittal plane of ICBM152 2009a (RAS mm).
AC_TEMPLATE_MM = np.array([0.0, 2.5, -4.5])

# Reduced to this voxel size, a head is aligned as well as in full and much faster.
SEARCH_MM = 4.0

# People differ in shape: near the commissure a rigid fit of its surroundings alone is nearer
# the truth than the affine of the head. Wider surroundings follow less, narrower ones lose hold.
SURROUNDINGS_MM = 25.0
SURROUNDINGS_VOXEL_MM = 3.0
LARGEST_CORRECTION_MM = 10.0

# A template-to-head determinant of 0.65-0.80 is typical (the ICBM brain is large), about 1 for
# simulated heads, which have the template's own size; more is the brain on the scalp.
DETERMINANT_RANGE = (0.5, 1.25)
MINIMUM_GAP = 0.15


@dataclass(frozen=True)
class HeadAlignment:
    """Template to head, and T1w to T2w (both 4x4, RAS mm, world of the T1w).

    ``commissure``: the template's head, turned and shifted to fit around the commissure.
    """

    template: Alignment
    t2w: Alignment
    commissure: np.ndarray

    @property
    def determinant(self) -> float:
        """Volume of the head relative to the template."""
        return float(np.linalg.det(self.template.matrix[:3, :3]))

    @property
    def ac_mm(self) -> np.ndarray:
        """The anterior commissure: that of the whole head's fit if the local one went astray."""
        of_head = apply(self.template.matrix, AC_TEMPLATE_MM)
        local = apply(self.commissure, AC_TEMPLATE_MM)
        astray = np.linalg.norm(local - of_head) > LARGEST_CORRECTION_MM
        return of_head if astray else local

    def problem(self) -> str | None:
        """Say why the alignment cannot be right, or return ``None``."""
        low, high = DETERMINANT_RANGE
        if not low <= self.determinant <= high:
            return (
                f"the head would have {self.determinant:.2f} times the template's volume "
                f"(plausible: {low}-{high})"
            )
        if self.template.gap < MINIMUM_GAP:
            return (
                f"another position of the head fits nearly as well (the best one by "
                f"{100 * self.template.gap:.0f} %, at least {100 * MINIMUM_GAP:.0f} % needed)"
            )
        return None


def align_head(
    t1w: np.ndarray,
    t1w_affine: np.ndarray,
    t2w: np.ndarray,
    t2w_affine: np.ndarray,
    template_t1w: np.ndarray,
    template_t2w: np.ndarray,
    template_brain: np.ndarray,
    template_affine: np.ndarray,
    ac_mm: np.ndarray | None = None,
) -> HeadAlignment:
    """Align the template's whole head with a participant's, by both contrasts.

    Both images at :data:`SEARCH_MM`; the T2w is first moved onto the T1w (rigid), because
    people move between scans. A known ``ac_mm`` (T1w scanner RAS mm) tells where to search.
    """
    scans = t1w, t1w_affine, t2w, t2w_affine
    t1w, grid = downsample(t1w, t1w_affine, SEARCH_MM)
    t2w, t2w_affine = downsample(t2w, t2w_affine, SEARCH_MM)
    head = head_mask(t1w, voxel_sizes_mm(grid))
    to_t2w = register_rigid(t1w, grid, head, t2w, t2w_affine, voxel_mm=(6.0, SEARCH_MM))
    t2w_on_t1w = resample(
        t2w, t2w_affine, grid, t1w.shape, point_map=to_t2w.matrix, outside=np.nan
    )
    template = register_affine(
        template_t1w,
        template_affine,
        widened(template_brain, 16.0, voxel_sizes_mm(template_affine)),
        t1w,
        grid,
        fixed2=template_t2w,
        moving2=t2w_on_t1w,
        known_point=None if ac_mm is None else (AC_TEMPLATE_MM, np.asarray(ac_mm)),
    )
    head_model = template_t1w, template_t2w, template_affine
    commissure = _fit_commissure(*scans, to_t2w.matrix, *head_model, template.matrix)
    return HeadAlignment(template, to_t2w, commissure)


def _fit_commissure(
    t1w: np.ndarray,
    t1w_affine: np.ndarray,
    t2w: np.ndarray,
    t2w_affine: np.ndarray,
    t1w_to_t2w: np.ndarray,
    template_t1w: np.ndarray,
    template_t2w: np.ndarray,
    template_affine: np.ndarray,
    template_to_t1w: np.ndarray,
) -> np.ndarray:
    """Improve a matrix (template to head) around the anterior commissure alone."""
    t1w, grid = downsample(t1w, t1w_affine, SURROUNDINGS_VOXEL_MM)
    t2w, t2w_affine = downsample(t2w, t2w_affine, SURROUNDINGS_VOXEL_MM)
    t2w_on_t1w = resample(
        t2w, t2w_affine, grid, t1w.shape, point_map=t1w_to_t2w, outside=np.nan
    )
    at_commissure = np.zeros(template_t1w.shape, dtype=bool)
    voxel = apply(np.linalg.inv(template_affine), AC_TEMPLATE_MM)
    at_commissure[tuple(np.round(voxel).astype(int))] = True
    return refine_affine(
        template_t1w,
        template_affine,
        widened(at_commissure, SURROUNDINGS_MM, voxel_sizes_mm(template_affine)),
        t1w,
        grid,
        template_to_t1w,
        fixed2=template_t2w,
        moving2=t2w_on_t1w,
        voxel_mm=SURROUNDINGS_VOXEL_MM,
        bins=24,
        rigid=True,
    )


def parse_ac(value: str | list[float] | None, participant: str) -> np.ndarray | None:
    """Read the table's ``ac_mm``: x,y,z in T1w scanner RAS mm; ``None`` where not given.

    Raises
    ------
    UserError
        If it is anything but three finite numbers.
    """
    if value is None or value in ("", "n/a"):
        return None
    parts = value.split(",") if isinstance(value, str) else value
    try:
        ac = np.array([float(part) for part in parts])
    except (TypeError, ValueError):
        ac = np.empty(0)
    if ac.shape != (3,) or not np.isfinite(ac).all():
        raise UserError(
            f"{participant}: ac_mm is {value!r}. Give three numbers x,y,z (scanner mm of the "
            "T1w, as an image viewer shows them) or n/a in the participants table."
        )
    return ac
