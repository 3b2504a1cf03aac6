"""The boxes of figure 4: the steps of the pipeline, the rules that run them, the values in use."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from rt1t2.ratio.ratio import MEASURES

# Lower edges of the rows of boxes, mm; the steps before the ratio map stand in the upper two.
UPPER_ROW, LOWER_ROW, LAST_ROW = 91.0, 51.0, 6.0


@dataclass(frozen=True)
class Step:
    """One box: where its lower left corner is (mm), what it shows, its rules and parameters."""

    key: str
    x: float
    y: float
    title: str
    rules: str
    values: str = ""
    follows: tuple[str, ...] = ()


def steps(config: Mapping[str, Any], scanned: bool = True) -> list[Step]:
    """Return the pipeline's steps with the values of the configuration.

    Where nobody was ``scanned``, the steps from finished maps on.
    """
    every = _every_step(config)
    if scanned:
        return every
    last = {step.key: step for step in every}
    given = Step(
        "smoothed", 14, LAST_ROW, "Finished maps", "participants table", "as given"
    )
    return [
        given,
        replace(last["group"], x=71),
        replace(last["receptors"], x=128),
    ]


def _every_step(config: Mapping[str, Any]) -> list[Step]:
    conform, bias = config["conform"], config["bias_correction"]
    calibration, normalise = config["calibration"], config["normalisation"]
    smooth, statistics = config["smoothing"], config["statistics"]
    receptors = config["receptors"]
    upper, middle, lower = UPPER_ROW, (UPPER_ROW + LOWER_ROW) / 2, LOWER_ROW
    x = [1.5 + i * 34.4 for i in range(5)]
    last = [1.5 + i * 45.9 for i in range(4)]
    return [
        Step("raw", x[0], middle, "DICOM or NIfTI", "import_participant", "to BIDS"),
        Step(
            "t1w",
            x[1],
            upper,
            "T1w",
            "conform, correct_bias",
            f"AC origin, {conform['voxel_mm']:g} mm, bias: {bias['method']}",
            ("raw",),
        ),
        Step(
            "t2w",
            x[1],
            lower,
            "T2w",
            "conform, correct_bias",
            f"rigid to T1w, bias: {bias['method']}",
            ("raw",),
        ),
        Step(
            "tissue",
            x[2],
            middle,
            "Brain and tissue",
            "segment",
            "from both contrasts",
            ("t1w", "t2w"),
        ),
        Step(
            "calibrated_t1w",
            x[3],
            upper,
            "Calibrated T1w",
            "calibrate",
            f"{calibration['method']}, by tissue outside the brain",
            ("t1w", "tissue"),
        ),
        Step(
            "calibrated_t2w",
            x[3],
            lower,
            "Calibrated T2w",
            "calibrate",
            f"{calibration['method']}, by tissue outside the brain",
            ("t2w", "tissue"),
        ),
        Step(
            "ratio",
            x[4],
            middle,
            f"{MEASURES[config['ratio']['formula']]} ratio",
            "ratio_map",
            "undefined: no data",
            ("calibrated_t1w", "calibrated_t2w"),
        ),
        Step(
            "mni_ratio",
            last[0],
            LAST_ROW,
            "In template space",
            "normalise, to_template",
            "MNI152NLin2009aSym, "
            f"warp at {normalise['estimate_mm']:g} mm, to {normalise['voxel_mm']:g} mm",
            ("ratio",),
        ),
        Step(
            "smoothed",
            last[1],
            LAST_ROW,
            "Smoothed",
            "smooth",
            f"{smooth['fwhm_mm']:g} mm FWHM, edges: {smooth['edges']}",
            ("mni_ratio",),
        ),
        Step(
            "group",
            last[2],
            LAST_ROW,
            "Groups compared",
            "group_ttest,\ngroup_clusters",
            f"t, {statistics['variance']} variance, p < {statistics['height_p']:g}, "
            f"k \N{GREATER-THAN OR EQUAL TO} {statistics['extent_voxels']}",
            ("smoothed",),
        ),
        Step(
            "receptors",
            last[3],
            LAST_ROW,
            "Receptor maps",
            "receptor_correlations",
            f"Spearman over regions, {receptors['permutations']:,} permutations",
            ("smoothed",),
        ),
    ]
