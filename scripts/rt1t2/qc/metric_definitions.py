"""The numbers of a participant's quality page: meaning, plausible range, what to do.

The participant's page, the cohort's table and the methods text all read this one list.
"""

import math
import re
from dataclasses import dataclass

from rt1t2.qc.page_parts import PANELS
from rt1t2.registration.usual_fit import (
    MAX_BRAIN_ML,
    MAX_JACOBIAN,
    MAX_JACOBIAN_DEEP,
    MIN_BRAIN_ML,
    MIN_JACOBIAN,
    MIN_JACOBIAN_DEEP,
)
from rt1t2.tissue import mask_check, prior_check

# Where a metric that looks wrong is seen: numbers of panels
BIAS = 1 + PANELS.index("Bias correction")
T2W_ON_T1W = 1 + PANELS.index("T2w on T1w")
TISSUE = 1 + PANELS.index("Brain and tissue")
LEVELS = 1 + PANELS.index("Tissue that sets the scale")
RATIO = 1 + PANELS.index("Ratio map")
NORMALISATION = 1 + PANELS.index("Normalisation to MNI152NLin2009aSym")
IN_TEMPLATE = 1 + PANELS.index("Ratio in template space")


@dataclass(frozen=True)
class Metric:
    """One number of a participant: its meaning, its plausible range, and what to do.

    ``may_be_missing``: not every scan has it (a field of view that ends, a mask drawn by
    hand), so that its absence is no mark.
    """

    name: str
    label: str
    meaning: str
    low: float = -math.inf
    high: float = math.inf
    advice: str = ""
    decimals: int = 2
    may_be_missing: bool = False

    def holds(self, value: float) -> bool:
        """Tell whether a value is in the plausible range."""
        return self.low <= value <= self.high


OUTSIDE_PARTS = {
    "Frontal": "frontal",
    "Occipital": "occipital",
    "Top": "vertex",
    "Sides": "sides",
}


def snake(name: str) -> str:
    """Turn ``TemporalLeft`` into ``temporal_left``."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()


METRICS: tuple[Metric, ...] = (
    Metric(
        "t2w_coverage_percent",
        "Brain covered by the T2w (%)",
        "Share of the brain inside the T2w field of view.",
        95,
        100,
        f"Look at panel {T2W_ON_T1W}. A brain cut by the T2w loses voxels from the group analysis.",
        1,
    ),
    Metric(
        "t2w_shift_mm",
        "T2w to T1w shift (mm)",
        "Length of the translation found by the rigid registration.",
        0,
        30,
        f"Check in panel {T2W_ON_T1W} that the edges agree; scans that are far apart often "
        "do not belong together.",
    ),
    Metric(
        "t2w_rotation_deg",
        "T2w to T1w rotation (deg)",
        "Angle of the rotation found by the rigid registration.",
        0,
        15,
        f"Check in panel {T2W_ON_T1W} that the edges agree.",
    ),
    Metric(
        "mutual_information",
        "Mutual information",
        "After registration; compare within the cohort only.",
        decimals=3,
    ),
    Metric(
        "mutual_information_gain",
        "Gain by registration",
        "Mutual information after minus before registration; must not be negative.",
        -0.01,
        math.inf,
        f"The registration made the match worse: look at panel {T2W_ON_T1W}.",
        3,
    ),
    Metric(
        "field_sd_ratio",
        "Ratio bias field (log SD)",
        "Size of the field that was removed from the ratio.",
        0,
        0.3,
        f"A very strong field: panel {BIAS} shows whether the corrected images are flat.",
        3,
    ),
    Metric(
        "brain_volume_ml",
        "Brain mask (ml)",
        "Volume of the brain mask in native space.",
        MIN_BRAIN_ML,
        MAX_BRAIN_ML,
        f"Look at panel {TISSUE}: dura or eyes inside, or cortex cut off.",
        0,
    ),
    *(
        Metric(
            f"outside_mask_{part.lower()}_ml",
            f"Like brain outside the mask, {where} (ml)",
            "Tissue outside the brain mask, connected to it, that looks like brain in T1w and T2w.",
            0,
            mask_check.MAX_OUTSIDE_ML[part],
            f"Brain may be cut off: look around the red line in panel {TISSUE}.",
            1,
            may_be_missing=True,
        )
        for part, where in OUTSIDE_PARTS.items()
    ),
    *(
        Metric(
            f"uncovered_{snake(place)}_mm",
            f"Brain between mask and skull, {mask_check.NAMES[place]} (mm)",
            "Largest depth of tissue like brain on the way from the brain mask to the inner skull.",
            0,
            high,
            f"Brain may be cut off: look at the poles in panel {TISSUE}.",
            1,
            may_be_missing=True,
        )
        for place, high in mask_check.MAX_UNCOVERED_MM.items()
    ),
    *(
        Metric(
            f"to_skull_{snake(place)}_mm",
            f"Mask to inner skull, {mask_check.NAMES[place]} (mm)",
            "Median distance; with wide CSF spaces it is large in a whole brain.",
            decimals=1,
        )
        for place in mask_check.DIRECTIONS
    ),
    *(
        Metric(
            f"short_{snake(place)}_mm",
            f"Mask short of the template, {mask_check.NAMES[place]} (mm)",
            "How far the mask ends before the template's brain does, after the affine alignment.",
            -math.inf,
            mask_check.MAX_SHORT_MM,
            f"A pole may be cut off: look at the poles in panel {TISSUE}.",
            1,
            may_be_missing=True,
        )
        for place in mask_check.DIRECTIONS
    ),
    Metric(
        "mask_asymmetry_mm",
        "Brain mask, left and right (mm)",
        "Largest distance of the mask's surface from its own mirror image.",
        0,
        mask_check.MAX_ASYMMETRY_MM,
        f"One side may be cut, or swollen: compare the sides in panel {TISSUE}.",
        1,
        may_be_missing=True,
    ),
    Metric(
        "prior_inward_mm",
        "Head prior inside the aligned template (mm)",
        "Largest distance of its brain's surface, smoothed, above the skull base.",
        0,
        prior_check.MAX_INWARD_MM,
        f"The prior may be pulled into or out of the brain: look at the poles in panel {TISSUE}.",
        1,
        may_be_missing=True,
    ),
    Metric(
        "prior_outward_mm",
        "Head prior outside the aligned template (mm)",
        "Largest distance of its brain's surface, smoothed, above the skull base.",
        0,
        prior_check.MAX_OUTWARD_MM,
        f"The prior may be pulled into or out of the brain: look at the poles in panel {TISSUE}.",
        1,
        may_be_missing=True,
    ),
    Metric(
        "intracranial_volume_ml",
        "Inside of the skull (ml)",
        "Brain mask and the CSF around it: head size. Larger heads have a deeper transmit field.",
        1000,
        2400,
        f"Look at panel {TISSUE}: a cut head, or CSF taken for bone.",
        0,
    ),
    Metric(
        "gm_volume_ml",
        "Grey matter (ml)",
        "Sum of the grey-matter probabilities inside the brain.",
        350,
        1100,
        f"Look at the grey-matter contour in panel {TISSUE}.",
        0,
    ),
    Metric(
        "wm_volume_ml",
        "White matter (ml)",
        "Sum of the white-matter probabilities inside the brain.",
        250,
        900,
        f"Look at the white-matter contour in panel {TISSUE}.",
        0,
    ),
    Metric(
        "lesion_volume_ml",
        "Lesion mask (ml)",
        "No ratio there. Smoothing carries values from around into it.",
        0,
        150,
        f"A very large lesion: check the normalisation in panel {NORMALISATION}.",
    ),
    Metric(
        "excluded_percent",
        "Brain without a ratio (%)",
        "Outside the T2w, in the lesion, or with too weak a T2w.",
        0,
        5,
        f"Panel {RATIO} shows them in magenta: a cut field of view or a large lesion.",
    ),
    Metric(
        "calibration_t1w_gain",
        "Calibration gain T1w",
        "Depends on the scanner's arbitrary units; compare within one converter.",
        1e-9,
        math.inf,
        "The calibration inverted the T1w: check the reference tissues.",
        4,
    ),
    Metric(
        "calibration_t2w_gain",
        "Calibration gain T2w",
        "Depends on the scanner's arbitrary units; compare within one converter.",
        1e-9,
        math.inf,
        "The calibration inverted the T2w: check the reference tissues.",
        4,
    ),
    Metric(
        "ratio_wm_median",
        "Ratio, white matter",
        "Median of the native ratio where P(WM) > 0.9.",
        decimals=3,
    ),
    Metric(
        "ratio_gm_median",
        "Ratio, grey matter",
        "Median of the native ratio where P(GM) > 0.9.",
        decimals=3,
    ),
    Metric(
        "ratio_deep_gm_median",
        "Ratio, deep grey matter",
        "Median of the native ratio in the thalamus and the striatum.",
        decimals=3,
    ),
    Metric(
        "t1w_beyond_landmarks_percent",
        "T1w beyond the reference tissues (%)",
        "Brain that is darker or brighter than all tissue outside it: extrapolated.",
        decimals=1,
    ),
    Metric(
        "t2w_beyond_landmarks_percent",
        "T2w beyond the reference tissues (%)",
        "Brain that is darker or brighter than all tissue outside it: extrapolated.",
        decimals=1,
    ),
    Metric(
        "ratio_wm_gm_contrast",
        "Ratio, white / grey",
        "Independent of the calibration's scale; below 1 the contrast is inverted.",
        1.1,
        4,
        f"Check that T1w and T2w are what the table says, and the tissue in panel {TISSUE}.",
    ),
    Metric(
        "ratio_wm_spread_percent",
        "Spread in white matter (%)",
        "Half the 16th to 84th percentile range over the median.",
        0,
        25,
        f"Residual bias field, movement or partial volume: see panels {BIAS} and {RATIO}.",
        1,
    ),
    Metric(
        "ratio_left_right_percent",
        "White matter, left - right (%)",
        "Difference of the medians in MNI space; residual bias shows here.",
        -4,
        4,
        f"A side difference beyond 4 % is more often bias than biology: see panel {IN_TEMPLATE}.",
        1,
    ),
    Metric(
        "ratio_front_back_percent",
        "White matter, front - back (%)",
        "Difference of the medians in MNI space; residual bias shows here.",
        -12,
        12,
        f"A gradient from front to back is more often bias than biology: see panel {IN_TEMPLATE}.",
        1,
    ),
    Metric(
        "b1_gauge",
        "Transmit field (gauge, ln)",
        "Flip angles beside the controls', told by CSF, fat and muscle: 0.03 is 3 % higher.",
        -0.15,
        0.15,
        f"Flip angles far from the controls', or CSF or fat badly measured: see panel {LEVELS}.",
        3,
        may_be_missing=True,
    ),
    Metric(
        "b1_map",
        "Transmit field (map, ln)",
        "Mean over the brain where it was measured: 0.03 is 3 % above what was prescribed.",
        -0.3,
        0.3,
        f"Check the map's unit and the FlipAngle of its sidecar; its effect is in panel {BIAS}.",
        3,
        may_be_missing=True,
    ),
    Metric(
        "transmit_voltage",
        "Transmit voltage (V)",
        "Reference amplitude of the scanner, where the header has it; grows with the head.",
        decimals=0,
    ),
    Metric(
        "dice_gm",
        "Dice GM with template",
        "Overlap of the warped grey matter with the template's.",
        0.6,
        1,
        f"The normalisation failed: compare contours and cortex in panel {NORMALISATION}.",
        3,
    ),
    Metric(
        "dice_wm",
        "Dice WM with template",
        "Overlap of the warped white matter with the template's.",
        0.6,
        1,
        f"The normalisation failed: compare contours and ventricles in panel {NORMALISATION}.",
        3,
    ),
    Metric(
        "cross_correlation",
        "Correlation with template",
        "Of the warped T1w with the template's T1w inside the brain.",
        0.6,
        1,
        f"The normalisation failed, or the T1w is unusual: see panel {NORMALISATION}.",
        3,
    ),
    Metric(
        "jacobian_p0_1",
        "Jacobian, 0.1st percentile",
        "The strongest local compression of the deformation.",
        MIN_JACOBIAN,
        math.inf,
        f"The deformation is close to folding: look for smeared tissue in panel {NORMALISATION}.",
    ),
    Metric(
        "jacobian_p99_9",
        "Jacobian, 99.9th percentile",
        "The strongest local expansion of the deformation.",
        0,
        MAX_JACOBIAN,
        f"The deformation is extreme: look for smeared tissue in panel {NORMALISATION}.",
    ),
    Metric(
        "jacobian_thalamus_low",
        "Local volume, deep nuclei, 5 %",
        "5th percentile of the local volume factor in the deep nuclei, relative to the head's.",
        MIN_JACOBIAN_DEEP,
        MAX_JACOBIAN_DEEP,
        f"Deep nuclei are squeezed: compare them in the close-up of panel {NORMALISATION}.",
        may_be_missing=True,
    ),
    Metric(
        "jacobian_thalamus_high",
        "Local volume, deep nuclei, 95 %",
        "95th percentile of the local volume factor in the deep nuclei, relative to the head's.",
        MIN_JACOBIAN_DEEP,
        MAX_JACOBIAN_DEEP,
        f"Deep nuclei are stretched: compare them in the close-up of panel {NORMALISATION}.",
        may_be_missing=True,
    ),
    Metric(
        "deep_core_moved_mm",
        "Deep nuclei moved (mm)",
        "Median way of the core of the deep nuclei from where the head's affine puts it.",
        0,
        4.0,  # right ones: 1.6 to 2.9 mm in five real heads, 2.1 to 4.0 in simulated ones
        "Wide ventricles move them in truth; else look at the close-up of panel "
        f"{NORMALISATION}.",
        may_be_missing=True,
    ),
    Metric(
        "folded_voxels",
        "Folded voxels",
        "Voxels with a Jacobian of 0 or less; must be 0.",
        0,
        0,
        "The deformation is not one-to-one: do not use this map as it is.",
        0,
    ),
)

BY_NAME = {metric.name: metric for metric in METRICS}
