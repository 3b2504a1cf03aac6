"""What is measured on every participant, judged by the definitions, and robust z."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from rt1t2.qc.metric_definitions import METRICS, OUTSIDE_PARTS, Metric, snake
from rt1t2.tissue.mask_check import DIRECTIONS

# A robust z beyond this marks an outlier (Iglewicz and Hoaglin 1993).
OUTLIER_Z = 3.5
MOST_DECIMALS = 5


def native_metrics(
    ratio: np.ndarray,
    brain: np.ndarray,
    gm: np.ndarray,
    wm: np.ndarray,
    lesion: np.ndarray,
    voxel_ml: float,
) -> dict[str, float]:
    """Measure volumes and the ratio of the tissues in native space.

    Parameters
    ----------
    ratio
        Ratio, NaN where undefined; all arrays are on one grid.
    brain, lesion
        Boolean masks.
    gm, wm
        Tissue probabilities, 0 to 1.
    voxel_ml
        Volume of a voxel in ml.
    """
    defined = brain & np.isfinite(ratio)
    in_wm = ratio[defined & (wm > 0.9)]
    in_gm = ratio[defined & (gm > 0.9)]
    wm_median, gm_median = median(in_wm), median(in_gm)
    n_brain = int(brain.sum())
    low, high = np.quantile(in_wm, (0.16, 0.84)) if in_wm.size else (math.nan, math.nan)
    return {
        "brain_volume_ml": n_brain * voxel_ml,
        "gm_volume_ml": float(gm[brain].sum(dtype=np.float64)) * voxel_ml,
        "wm_volume_ml": float(wm[brain].sum(dtype=np.float64)) * voxel_ml,
        "lesion_volume_ml": int(lesion.sum()) * voxel_ml,
        "excluded_percent": _percent(n_brain - int(defined.sum()), n_brain),
        "ratio_wm_median": wm_median,
        "ratio_gm_median": gm_median,
        "ratio_wm_gm_contrast": _divide(wm_median, gm_median),
        "ratio_wm_spread_percent": 100 * _divide(float(high - low) / 2, wm_median),
    }


def symmetry_metrics(
    ratio: np.ndarray, wm: np.ndarray, affine: np.ndarray
) -> dict[str, float]:
    """Compare the halves of the white matter in MNI space: what is left of a bias field.

    Parameters
    ----------
    ratio
        Ratio in template space, NaN where undefined.
    wm
        The template's white-matter probability on the same grid.
    affine
        Voxel to RAS mm, without rotation.

    Returns
    -------
    dict
        Left minus right and front minus back, in % of the median of all white matter.
    """
    inside = (wm > 0.9) & np.isfinite(ratio)
    x_mm = affine[0, 0] * np.arange(ratio.shape[0])[:, None, None] + affine[0, 3]
    y_mm = affine[1, 1] * np.arange(ratio.shape[1])[None, :, None] + affine[1, 3]
    middle = median(ratio[inside])
    left, right = ratio[inside & (x_mm < 0)], ratio[inside & (x_mm > 0)]
    front, back = ratio[inside & (y_mm > -18)], ratio[inside & (y_mm < -18)]
    return {
        "ratio_left_right_percent": 100 * _divide(median(left) - median(right), middle),
        "ratio_front_back_percent": 100 * _divide(median(front) - median(back), middle),
    }


def recorded_metrics(
    register: Mapping[str, Any],
    bias: Mapping[str, Any],
    curve: Mapping[str, Any],
    normalise: Mapping[str, Any],
) -> dict[str, float]:
    """Take from the steps' records what the cohort's table shows."""
    before = number(register.get("MutualInformationBefore"))
    after = number(register.get("MutualInformationAfter"))
    field_sd = bias.get("FieldSD") or {}
    return {
        "t2w_coverage_percent": 100 * number(register.get("T2wBrainCoverage")),
        "t2w_head_coverage_percent": 100 * number(register.get("T2wCoverage")),
        "t2w_shift_mm": length(register.get("TranslationMm")),
        "t2w_rotation_deg": length(register.get("RotationDeg")),
        "mutual_information": after,
        "mutual_information_gain": after - before,
        "field_sd_ratio": number(field_sd.get("Ratio")),
        "calibration_t1w_gain": number((curve.get("T1w") or {}).get("Gain")),
        "calibration_t1w_offset": number((curve.get("T1w") or {}).get("Offset")),
        "calibration_t2w_gain": number((curve.get("T2w") or {}).get("Gain")),
        "calibration_t2w_offset": number((curve.get("T2w") or {}).get("Offset")),
        "b1_gauge": number(curve.get("B1Gauge")),
        "b1_map": number(curve.get("B1Map")),
        "dice_gm": number(normalise.get("DiceGM")),
        "dice_wm": number(normalise.get("DiceWM")),
        "cross_correlation": number(normalise.get("CrossCorrelation")),
        "jacobian_p0_1": number(normalise.get("JacobianP0_1")),
        "jacobian_p50": number(normalise.get("JacobianP50")),
        "jacobian_p99_9": number(normalise.get("JacobianP99_9")),
        "folded_voxels": number(normalise.get("FoldedVoxels")),
        "jacobian_thalamus_low": number(normalise.get("JacobianDeepP5")),
        "jacobian_thalamus_high": number(normalise.get("JacobianDeepP95")),
        "deep_core_moved_mm": number(normalise.get("DeepCoreMovedMm")),
    }


def mask_metrics(mask: Mapping[str, Any]) -> dict[str, float]:
    """Take from the sidecar of the brain mask what was asked of the images about it.

    What was not measured, and everything of a mask that was put there by hand, is NaN.
    """
    checked = mask.get("MaskCheck") or {}

    def of(entry: str, name: str) -> Any:
        return (checked.get(entry) or {}).get(name)

    measured = {
        f"outside_mask_{part.lower()}_ml": of("BrainLikeOutsideMl", part)
        for part in OUTSIDE_PARTS
    }
    for place in DIRECTIONS:
        where = snake(place)
        to_skull = of("ToSkullMm", place) or {}
        measured[f"uncovered_{where}_mm"] = of("UncoveredMm", place)
        measured[f"to_skull_{where}_mm"] = to_skull.get("Median")
        measured[f"to_skull_{where}_largest_mm"] = to_skull.get("Largest")
        measured[f"short_{where}_mm"] = of("ShortOfTemplateMm", place)
    measured |= {
        "mask_asymmetry_mm": of("AsymmetryMm", "Largest"),
        "mask_asymmetry_p95_mm": of("AsymmetryMm", "P95"),
        "prior_inward_mm": of("PriorShiftMm", "Inward"),
        "prior_outward_mm": of("PriorShiftMm", "Outward"),
    }
    return {name: number(value) for name, value in measured.items()}


@dataclass(frozen=True)
class Finding:
    """One line of the verdict: a metric, its value, and whether it is plausible."""

    metric: Metric
    value: float
    flagged: bool

    @property
    def text(self) -> str:
        """The value as it is printed: with as many digits as show that it is out of range."""
        decimals = self.metric.decimals
        while (
            self.flagged
            and decimals < MOST_DECIMALS
            and self.metric.holds(round(self.value, decimals))
        ):
            decimals += 1
        return formatted(self.value, decimals)

    @property
    def plausible(self) -> str:
        """The plausible range as it is printed."""
        low, high = self.metric.low, self.metric.high
        if math.isinf(low) and math.isinf(high):
            return "compare within the cohort"
        if math.isinf(high):
            return "positive" if 0 < low < 1e-6 else f"at least {low:g}"
        if math.isinf(low):
            return f"at most {high:g}"
        return f"{low:g} to {high:g}" if low != high else f"{low:g}"


def verdict(metrics: Mapping[str, Any]) -> list[Finding]:
    """Judge every metric; an undefined one is flagged if it must be there and has a range."""
    findings = []
    for metric in METRICS:
        value = number(metrics.get(metric.name))
        bounded = not (math.isinf(metric.low) and math.isinf(metric.high))
        inside = metric.holds(value)
        missing = metric.may_be_missing and math.isnan(value)
        findings.append(Finding(metric, value, bounded and not inside and not missing))
    return findings


def robust_z(values: Sequence[float | None]) -> np.ndarray:
    """Return (x - median) / (1.4826 MAD); NaN where x or the spread is undefined.

    The MAD is that of the defined values; 1.4826 makes it the SD of a normal distribution.
    """
    x = np.asarray([number(v) for v in values], dtype=np.float64)
    defined = x[np.isfinite(x)]
    if defined.size < 3:
        return np.full(x.shape, np.nan)
    middle = np.median(defined)
    spread = 1.4826 * np.median(np.abs(defined - middle))
    if spread <= 1e-12 * max(abs(middle), 1e-300):
        return np.full(x.shape, np.nan)
    z: np.ndarray = (x - middle) / spread
    return z


def number(value: Any) -> float:
    """Read a number from a record; what is missing or no number is NaN."""
    if isinstance(value, bool) or value is None:
        return math.nan
    try:
        return float(value)
    except (TypeError, ValueError):
        return math.nan


def length(value: Any) -> float:
    """Return the length of a vector, or the size of a single number."""
    parts = value if isinstance(value, list | tuple) else [value]
    return math.sqrt(sum(number(part) ** 2 for part in parts))


def formatted(value: float, decimals: int = 2) -> str:
    """Write a number for a reader; undefined is n/a."""
    if not math.isfinite(number(value)):
        return "n/a"
    text = f"{value:,.{decimals}f}"
    if not any(digit in text for digit in "123456789"):
        text = text.removeprefix("-")
    return text.replace("-", "\N{MINUS SIGN}")


def significant(value: float, digits: int = 4) -> str:
    """Write a number of unknown size with a few significant digits; undefined is n/a."""
    if not math.isfinite(number(value)):
        return "n/a"
    return f"{value + 0.0:.{digits}g}".replace("-", "\N{MINUS SIGN}")


def median(values: np.ndarray) -> float:
    """Return the median, NaN of nothing."""
    return float(np.median(values)) if values.size else math.nan


def _divide(a: float, b: float) -> float:
    return a / b if b else math.nan


def _percent(part: int, whole: int) -> float:
    return 100 * part / whole if whole else math.nan
