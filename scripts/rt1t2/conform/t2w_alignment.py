"""The T2w on the T1w: rigid registration, is it the same head, one resampling."""

from dataclasses import dataclass

import numpy as np

from rt1t2.conform.edge_agreement import edge_agreement
from rt1t2.conform.fields_of_view import BrainView, brain_view
from rt1t2.geometry.resampling import field_of_view
from rt1t2.geometry.volume import Volume
from rt1t2.registration.linear import register_rigid
from rt1t2.registration.mutual_information import MutualInformation
from rt1t2.template.template_head import TemplateHead

# Less of the brain in the T2w's field of view leaves too little to calibrate and to map.
MINIMUM_COVERAGE = 0.8
MINIMUM_GAP = 0.15
# Agreement of the edges, 1 by chance. 18 real pairings of two people: 1.2-1.7; simulated ones, who
# share the template's folds: 1.4-2.5. One person: real 2.6-2.8, simulated 2.9-3.4.
MINIMUM_AGREEMENT, USUAL_AGREEMENT = 2.1, 2.5

# Registration works on images reduced to this voxel size.
WORKING_MM = 3.0


@dataclass(frozen=True)
class T2wAlignment:
    """T1w to T2w points (4x4 RAS mm), and the mutual information with the headers alone.

    ``gap``: see :class:`rt1t2.registration.linear.Alignment`. ``head_coverage``: share of the
    T1w's head in the T2w's field of view. ``brain``: what of the brain the T2w sees.
    ``edge_agreement``: see :func:`rt1t2.conform.edge_agreement.edge_agreement`.
    """

    t1w_to_t2w: np.ndarray
    mutual_information_before: float
    mutual_information_after: float
    gap: float
    head_coverage: float
    brain: BrainView
    edge_agreement: float

    def problem(self) -> str | None:
        """Say why the alignment cannot be used, or return ``None``."""
        if self.brain.share < MINIMUM_COVERAGE:
            return (
                f"the T2w covers {100 * self.brain.share:.0f} % of the brain "
                f"(needs {100 * MINIMUM_COVERAGE:.0f} %)"
            )
        if self.edge_agreement < MINIMUM_AGREEMENT:
            return (
                "T1w and T2w do not show the same brain: their edges agree "
                f"{self.edge_agreement:.1f} times as often as by chance, as those of two people do "
                f"(one person's: over {USUAL_AGREEMENT:g}, at least {MINIMUM_AGREEMENT:g} needed)"
            )
        if self.gap < MINIMUM_GAP:
            return (
                "the T2w fits the T1w in no position clearly better than in others (by "
                f"{100 * self.gap:.0f} %, needs {100 * MINIMUM_GAP:.0f} %)"
            )
        return None

    def flags(self) -> list[str]:
        """Say what is doubtful about an alignment that can be used."""
        flags = self.brain.flags("T2w")
        if self.edge_agreement < USUAL_AGREEMENT:
            flags.append(
                f"edges of T1w and T2w agree only {self.edge_agreement:.1f} times as often as by "
                f"chance (usual: over {USUAL_AGREEMENT:g}): are they of one person, and is the T2w "
                "registered?"
            )
        return flags


def align_t2w(
    t1w: Volume, t2w: Volume, template: TemplateHead, template_to_t1w: np.ndarray
) -> T2wAlignment:
    """Register rigidly by mutual information, with no prior on size or position.

    Parameters
    ----------
    t1w
        The conformed T1w.
    t2w
        The native T2w, NaN nowhere.
    template, template_to_t1w
        The template's head, and 4x4 from its RAS mm to those of the T1w: says where the
        brain is.
    """
    view = t2w
    t1w, t2w = t1w.reduced_to(WORKING_MM), t2w.reduced_to(WORKING_MM)
    head = t1w.like(t1w.head)
    found = register_rigid(t1w, head, t2w)
    information = MutualInformation((t1w,), head, (t2w,), WORKING_MM)
    seen = field_of_view(
        t2w.shape, t2w.affine, t1w.affine, t1w.shape, point_map=found.matrix
    )
    intracranial = template.classes.like(template.intracranial)
    inside = intracranial.on(t1w, np.linalg.inv(template_to_t1w)).data > 0.5
    return T2wAlignment(
        found.matrix,
        information(np.eye(4)),
        information(found.matrix),
        found.gap,
        head_coverage=float(seen[t1w.head].mean()),
        brain=brain_view(view, template, found.matrix @ template_to_t1w),
        edge_agreement=edge_agreement(
            t1w, t2w.on(t1w, found.matrix, outside=np.nan), inside
        ),
    )


def resample_t2w(
    t2w: Volume, t1w: Volume, t1w_to_t2w: np.ndarray
) -> tuple[Volume, int]:
    """Sample the native T2w once, by a cubic B-spline, on the T1w grid.

    Between thick slices a cubic spline is about 15 % nearer the truth than a linear one. It
    undershoots beside sharp edges: values below 0 become 0. Returns the image, NaN outside
    the T2w's field of view, and the number of such values.
    """
    on_t1w = t2w.on(t1w, t1w_to_t2w, order=3, outside=np.nan)
    n_below_zero = int(np.count_nonzero(on_t1w.data < 0))
    return t1w.like(np.maximum(on_t1w.data, 0)), n_below_zero
