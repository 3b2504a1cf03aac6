"""The boxes of figure 4: the steps of the pipeline, the rules that run them, the values in use."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from rt1t2.ratio.ratio import MEASURES


@dataclass(frozen=True)
class Step:
    """One box: where it stands (inches), what it shows, its rules and its parameters."""

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
        "smoothed", 0.12, 2.3, "Finished maps", "participants table", "as given"
    )
    return [
        given,
        replace(last["group"], x=3.0),
        replace(last["receptors"], x=3.0),
    ]


def _every_step(config: Mapping[str, Any]) -> list[Step]:
    conform, bias = config["conform"], config["bias_correction"]
    calibration, normalise = config["calibration"], config["normalisation"]
    smooth, statistics = config["smoothing"], config["statistics"]
    receptors = config["receptors"]
    upper, middle, lower = 3.65, 2.3, 0.75
    x = [0.12 + i * 1.6 for i in range(7)]
    return [
        Step("raw", x[0], middle, "DICOM or NIfTI", "import_participant", "to BIDS"),
        Step(
            "t1w",
            x[1],
            upper,
            "T1w",
            "conform, correct_bias",
            f"AC origin, {conform['voxel_mm']:g} mm,\nbias: {bias['method']}",
            ("raw",),
        ),
        Step(
            "t2w",
            x[1],
            lower,
            "T2w",
            "conform, correct_bias",
            f"rigid to T1w,\nbias: {bias['method']}",
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
            f"{calibration['method']}, by tissue\noutside the brain",
            ("t1w", "tissue"),
        ),
        Step(
            "calibrated_t2w",
            x[3],
            lower,
            "Calibrated T2w",
            "calibrate",
            f"{calibration['method']}, by tissue\noutside the brain",
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
            x[5],
            upper,
            "In template space",
            "normalise, to_template",
            "MNI152NLin2009aSym,\n"
            f"warp at {normalise['estimate_mm']:g} mm, to {normalise['voxel_mm']:g} mm",
            ("ratio",),
        ),
        Step(
            "smoothed",
            x[5],
            lower,
            "Smoothed",
            "smooth",
            f"{smooth['fwhm_mm']:g} mm FWHM,\nedges: {smooth['edges']}",
            ("mni_ratio",),
        ),
        Step(
            "group",
            x[6],
            upper,
            "Groups compared",
            "group_ttest,\ngroup_clusters",
            f"t, {statistics['variance']} variance,\np < {statistics['height_p']:g}, "
            f"k \N{GREATER-THAN OR EQUAL TO} {statistics['extent_voxels']}",
            ("smoothed",),
        ),
        Step(
            "receptors",
            x[6],
            lower,
            "Receptor maps",
            "receptor_correlations",
            f"Spearman over regions,\n{receptors['permutations']:,} permutations",
            ("smoothed",),
        ),
    ]
