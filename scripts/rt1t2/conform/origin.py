"""Where a head lies: its alignment with the template and its anterior commissure."""

import logging
from dataclasses import dataclass
from typing import Any

import numpy as np

from rt1t2.conform.contrast_order import look_exchanged
from rt1t2.errors import UserError
from rt1t2.geometry.morphology import dilate
from rt1t2.geometry.transforms import (
    apply,
    displacement_mm,
    rotation_deg,
    translation,
)
from rt1t2.geometry.volume import Volume
from rt1t2.registration.linear import (
    Alignment,
    refine_affine,
    register_affine,
    register_rigid,
)
from rt1t2.template.template_head import TemplateHead

log = logging.getLogger("rt1t2")

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


@dataclass(frozen=True)
class Origin:
    """Where a head and its anterior commissure lie.

    Attributes
    ----------
    ac_mm
        Anterior commissure, T1w scanner RAS mm: found, or the participants table's.
    alignment
        How the template's head lies in the T1w's scanner space.
    from_table
        Whether ``ac_mm`` is the table's.
    """

    ac_mm: np.ndarray
    alignment: HeadAlignment
    from_table: bool

    @property
    def template_to_t1w(self) -> np.ndarray:
        """4x4, template RAS mm to AC-centred RAS mm."""
        matrix: np.ndarray = translation(-self.ac_mm) @ self.alignment.template.matrix
        return matrix

    def record(self) -> dict[str, Any]:
        """Return what the sidecar tells."""
        template, t2w = self.alignment.template, self.alignment.t2w
        return {
            "ac_mm": self.ac_mm,
            "Method": "table" if self.from_table else "automatic",
            "ac_automatic_mm": self.alignment.ac_mm,
            "ac_from_template_mm": apply(template.matrix, AC_TEMPLATE_MM),
            "template_to_t1w": self.template_to_t1w,
            "Determinant": self.alignment.determinant,
            "MutualInformation": template.mutual_information,
            "MutualInformationGap": template.gap,
            "T2wPositionBeforeAlignment": {
                "RotationDeg": rotation_deg(t2w.matrix),
                "TranslationMm": displacement_mm(t2w.matrix, self.ac_mm),
            },
        }


def find_origin(
    t1w: Volume,
    t2w: Volume,
    template: TemplateHead,
    participant_id: str,
    ac_mm: str | list[float] | None,
) -> Origin:
    """Align the template's head and find the commissure, or take the table's.

    Raises
    ------
    UserError
        If ``ac_mm`` is no point, the T1w shows no head like the template's, or T1w and T2w
        are exchanged.
    """
    table_ac_mm = parse_ac(ac_mm, participant_id)
    alignment = align_head(t1w, t2w, template, table_ac_mm)
    problem = alignment.problem()
    if are_exchanged(t1w, t2w, template, alignment):
        raise UserError(
            f"{participant_id}: T1w and T2w are exchanged: CSF is brighter than white matter "
            "in the T1w and darker in the T2w. Exchange t1w and t2w in the participants "
            "table; if they are right there, check the series in the ledger of the import."
        )
    if problem:
        raise UserError(
            f"{participant_id}: the template's head does not match the T1w: {problem}. "
            "Look at the image: is it a whole head with the orientation that its header "
            "tells? If so, give the anterior commissure as ac_mm in the participants table "
            "(x,y,z in scanner mm); otherwise set exclude there."
        )
    from_table = table_ac_mm is not None
    origin = Origin(
        alignment.ac_mm if table_ac_mm is None else table_ac_mm, alignment, from_table
    )
    ac = origin.ac_mm
    log.info("anterior commissure at %s mm (scanner)", np.round(ac, 1).tolist())
    log.info(
        "found automatically %.1f mm away, by the whole head's fit alone %.1f mm",
        np.linalg.norm(alignment.ac_mm - ac),
        np.linalg.norm(apply(alignment.template.matrix, AC_TEMPLATE_MM) - ac),
    )
    log.info(
        "determinant %.2f, mutual information %.3f, next best solution %.0f %% worse",
        alignment.determinant,
        alignment.template.mutual_information,
        100 * alignment.template.gap,
    )
    return origin


def are_exchanged(
    t1w: Volume, t2w: Volume, template: TemplateHead, alignment: HeadAlignment
) -> bool:
    """Tell whether the T1w is a T2w and the reverse.

    An alignment that cannot be right says nothing: the two then align in each other's place.
    """
    if not alignment.problem():
        pair = _pair(t1w, t2w, alignment.t2w.matrix, SEARCH_MM)
        return look_exchanged(*pair, template, alignment.template.matrix)
    other = align_head(t2w, t1w, template)
    on_t2w = _pair(t2w, t1w, other.t2w.matrix, SEARCH_MM)
    return not other.problem() and look_exchanged(
        on_t2w[1], on_t2w[0], template, other.template.matrix
    )


def align_head(
    t1w: Volume,
    t2w: Volume,
    template: TemplateHead,
    ac_mm: np.ndarray | None = None,
) -> HeadAlignment:
    """Align the template's whole head with a participant's, by both contrasts.

    Both images at :data:`SEARCH_MM`; the T2w is first moved onto the T1w (rigid), because
    people move between scans. A known ``ac_mm`` (T1w scanner RAS mm) tells where to search.
    """
    head = t1w.reduced_to(SEARCH_MM)
    to_t2w = register_rigid(
        head, head.like(head.head), t2w.reduced_to(SEARCH_MM), voxel_mm=(6.0, SEARCH_MM)
    )
    brain = dilate(template.parenchyma > 0.5, 16.0, template.t1w.voxel_mm)
    alignment = register_affine(
        (template.t1w, template.t2w),
        template.t1w.like(brain),
        _pair(t1w, t2w, to_t2w.matrix, SEARCH_MM),
        known_point=None if ac_mm is None else (AC_TEMPLATE_MM, np.asarray(ac_mm)),
    )
    commissure = refine_affine(
        (template.t1w, template.t2w),
        _surroundings_of_commissure(template.t1w),
        _pair(t1w, t2w, to_t2w.matrix, SURROUNDINGS_VOXEL_MM),
        alignment.matrix,
        voxel_mm=SURROUNDINGS_VOXEL_MM,
        bins=24,
        rigid=True,
    )
    return HeadAlignment(alignment, to_t2w, commissure)


def _pair(
    t1w: Volume, t2w: Volume, t1w_to_t2w: np.ndarray, voxel_mm: float
) -> tuple[Volume, Volume]:
    """Return the reduced T1w, and the T2w on its grid (NaN outside its view)."""
    reduced = t1w.reduced_to(voxel_mm)
    moved = t2w.reduced_to(voxel_mm).on(reduced, t1w_to_t2w, outside=np.nan)
    return reduced, moved


def _surroundings_of_commissure(template: Volume) -> Volume:
    """Mark the template within :data:`SURROUNDINGS_MM` of its anterior commissure."""
    commissure = np.zeros(template.shape, dtype=bool)
    voxel = apply(np.linalg.inv(template.affine), AC_TEMPLATE_MM)
    commissure[tuple(np.round(voxel).astype(int))] = True
    return template.like(dilate(commissure, SURROUNDINGS_MM, template.voxel_mm))


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
