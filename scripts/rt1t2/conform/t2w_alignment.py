"""The T2w on the T1w: rigid registration, coverage of the brain, one resampling."""

from dataclasses import dataclass

import numpy as np

from rt1t2.geometry.resampling import field_of_view
from rt1t2.geometry.transforms import translation
from rt1t2.geometry.volume import Volume
from rt1t2.registration.linear import register_rigid
from rt1t2.registration.mutual_information import MutualInformation

# Less of the brain in the T2w's field of view leaves too little to calibrate and to map.
MINIMUM_COVERAGE = 0.8
MINIMUM_GAP = 0.15

# Ellipsoid that overlaps most (Dice 0.91) with the brain mask of ICBM152 2009a (RAS mm).
BRAIN_CENTRE_MM = np.array([0.0, -22.0, 9.0])
BRAIN_RADII_MM = np.array([74.0, 88.0, 72.0])


# Registration and coverage work on images reduced to this voxel size.
WORKING_MM = 3.0


@dataclass(frozen=True)
class T2wAlignment:
    """T1w to T2w points (4x4 RAS mm), and the mutual information with the headers alone.

    ``gap``: see :class:`rt1t2.registration.linear.Alignment`. ``head_coverage`` and
    ``brain_coverage``: shares of the T1w's head and brain in the T2w's field of view.
    """

    t1w_to_t2w: np.ndarray
    mutual_information_before: float
    mutual_information_after: float
    gap: float
    head_coverage: float
    brain_coverage: float

    def problem(self) -> str | None:
        """Say why the alignment cannot be used, or return ``None``."""
        if self.brain_coverage < MINIMUM_COVERAGE:
            return (
                f"the T2w covers {100 * self.brain_coverage:.0f} % of the T1w's brain "
                f"(needs {100 * MINIMUM_COVERAGE:.0f} %)"
            )
        if self.gap < MINIMUM_GAP:
            return (
                "the T2w fits the T1w in no position clearly better than in others (by "
                f"{100 * self.gap:.0f} %, needs {100 * MINIMUM_GAP:.0f} %)"
            )
        return None


def align_t2w(t1w: Volume, t2w: Volume, template_to_t1w: np.ndarray) -> T2wAlignment:
    """Register rigidly by mutual information, with no prior on size or position.

    Parameters
    ----------
    t1w
        The conformed T1w.
    t2w
        The native T2w, NaN nowhere.
    template_to_t1w
        4x4 matrix, template RAS mm to T1w RAS mm: says where the brain is.
    """
    t1w, t2w = t1w.reduced_to(WORKING_MM), t2w.reduced_to(WORKING_MM)
    head = t1w.like(t1w.head)
    brain = t1w.head & brain_region(t1w, template_to_t1w)
    found = register_rigid(t1w, head, t2w)
    information = MutualInformation((t1w,), head, (t2w,), WORKING_MM)
    seen = field_of_view(
        t2w.shape, t2w.affine, t1w.affine, t1w.shape, point_map=found.matrix
    )
    return T2wAlignment(
        found.matrix,
        information(np.eye(4)),
        information(found.matrix),
        found.gap,
        head_coverage=float(seen[t1w.head].mean()),
        brain_coverage=float(seen[brain].mean()),
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


def brain_region(image: Volume, template_to_image: np.ndarray) -> np.ndarray:
    """Mark about where the brain is: an ellipsoid like the template's brain, carried over.

    Parameters
    ----------
    image
        Of the participant; only its grid counts.
    template_to_image
        4x4 matrix, template RAS mm to the image's RAS mm.
    """
    to_unit_sphere = np.diag([*(1 / BRAIN_RADII_MM), 1.0]) @ translation(
        -BRAIN_CENTRE_MM
    )
    to_sphere = to_unit_sphere @ np.linalg.inv(template_to_image) @ image.affine
    i, j, k = np.ogrid[tuple(slice(n) for n in image.shape)]
    squared = np.zeros(image.shape)
    for a, b, c, start in to_sphere[:3]:
        squared += ((a * i + start) + b * j + c * k) ** 2
    return squared < 1
