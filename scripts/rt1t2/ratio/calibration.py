"""Intensity calibration: one curve per image, from tissues outside the brain and CSF."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from rt1t2.errors import UserError
from rt1t2.ratio.quantile_matching import matched_residual
from rt1t2.tissue.air_offset import LOW_PROBABILITY, offset_from_low
from rt1t2.tissue.levels_reference import (
    IMAGES,
    gain,
    has_anchors,
    names_of,
    without,
)

# Levels (modes) of the template in Ganzetti 2014, doi:10.3389/fnhum.2014.00671.
EYE_MUSCLE_REFERENCE = {
    "t1w": {"temporalis": 59.11, "eye": 30.29},
    "t2w": {"temporalis": 20.14, "eye": 99.69},
}
MAX_ANCHOR_Z, SMALLEST_SPREAD = 2.5, 0.05
ON_REFERENCE = (
    "affine",
    "nonlinear",
)  # methods that lead to the scale of the reference


@dataclass(frozen=True)
class Curve:
    """Piecewise linear map of one image's intensities.

    Attributes
    ----------
    gain, offset
        The affine part, calibrated = gain * intensity + offset; its slope continues the
        curve beyond the outer knots.
    knots_in, knots_out
        Strictly increasing.
    """

    gain: float
    offset: float
    knots_in: np.ndarray
    knots_out: np.ndarray

    def __call__(self, image: np.ndarray) -> np.ndarray:
        """Calibrate an image; below 0 is clipped to 0, NaN stays NaN."""
        first, last = self.knots_in[0], self.knots_in[-1]
        mapped = np.interp(image, self.knots_in, self.knots_out)
        mapped += self.gain * (
            np.minimum(image - first, 0) + np.maximum(image - last, 0)
        )
        calibrated: np.ndarray = np.maximum(mapped, 0).astype(np.float32)
        return calibrated

    def as_json(self) -> dict[str, Any]:
        """Return the curve as it is stored."""
        return {
            "Gain": self.gain,
            "Offset": self.offset,
            "KnotsIn": self.knots_in,
            "KnotsOut": self.knots_out,
        }


@dataclass(frozen=True)
class Calibration:
    """Curves of both images ("t1w", "t2w"), what is doubtful, and other scales' effect."""

    curves: dict[str, Curve]
    flags: list[str] = field(default_factory=list)
    alternatives: dict[str, float] = field(default_factory=dict)


def calibrate(
    method: str,
    landmarks: dict[str, Any],
    reference: dict[str, Any],
    brightest: dict[str, float],
) -> Calibration:
    """Find the curves that bring a participant's images onto the controls' scale.

    Parameters
    ----------
    method
        ``affine``: offset from air where air is not dark, gain from CSF and fat with equal
        weights of their logs. ``nonlinear``: the affine map plus a smooth residual
        matched to the controls' histograms outside the brain.
        ``linear_eye_muscle``: Ganzetti 2014. ``none``.
    landmarks
        The participant's landmarks (:func:`rt1t2.tissue.reference_tissues.reference_record`).
    reference
        :func:`~rt1t2.tissue.levels_reference.build_reference`; a control is left out of its own.
    brightest
        Largest intensity of each image ("t1w", "t2w"): the curve is tabulated up to it.

    Raises
    ------
    UserError
        A landmark that the method needs is missing.
    """
    classes, who = landmarks["Classes"], landmarks["participant_id"]
    if method == "none":
        return Calibration({i: affine_curve(1.0, 0.0, brightest[i]) for i in IMAGES})
    if method == "linear_eye_muscle":
        return Calibration(
            {i: _eye_muscle_curve(classes, i, brightest[i], who) for i in IMAGES}
        )

    anchors, flags = usable_anchors(landmarks, tuple(reference["Anchors"]))
    target = without(reference, who)
    curves = {}
    for image in IMAGES:
        offset = _air_offset(classes, image, reference["Probabilities"])
        moved = _shifted(classes, image, offset)
        scale = gain(moved, image, anchors) / gain(target, image, anchors)
        curves[image] = affine_curve(scale, -scale * offset, brightest[image])
        if method == "nonlinear":
            if image in (*landmarks["DarkFat"], *reference["DarkFat"]):
                moved.pop("fat", None)
            curves[image] = _nonlinear_curve(
                moved, target, image, curves[image], reference["Probabilities"]
            )
    flags += other_fat_flags(landmarks, reference)
    flags += anchor_flags(classes, reference, who)
    return Calibration(curves, flags, alternative_scales(classes, target, anchors))


def affine_curve(scale: float, offset: float, brightest: float) -> Curve:
    """Return calibrated = scale * intensity + offset, tabulated from 0 to ``brightest``."""
    knots = np.array([0.0, brightest if brightest > 0 else 1.0])
    return Curve(scale, offset, knots, scale * knots + offset)


def usable_anchors(
    landmarks: dict[str, Any], anchors: tuple[str, ...]
) -> tuple[tuple[str, ...], list[str]]:
    """Choose the classes that scale a participant: the cohort's, or CSF in an emergency.

    Both images are scaled on the same classes, so one that is dark in one image scales none.
    """
    classes, dark = landmarks["Classes"], landmarks["DarkFat"]
    if "fat" in anchors and dark:
        problem = f"fat is dark in the {names_of(dark)}, not so in controls"
    elif has_anchors(classes, anchors):
        return anchors, []
    else:
        problem = f"not all of {', '.join(anchors)} could be measured"
    for alone in anchors if not dark else ("csf",):
        if has_anchors(classes, (alone,)):
            return (alone,), [
                f"{problem}: scaled on {alone} alone, not comparable with the others"
            ]
    raise UserError(
        f"{landmarks['participant_id']}: {problem}, and there is nothing else to scale on. "
        "Check the field of view, choose calibration.method none, or set exclude in the "
        "participants table."
    )


def other_fat_flags(landmarks: dict[str, Any], reference: dict[str, Any]) -> list[str]:
    """Say where fat, which scales nobody here, looks unlike that of most controls."""
    if "fat" in reference["Anchors"] or not landmarks["Classes"].get("fat"):
        return []
    own, usual = landmarks["DarkFat"], reference["DarkFat"]
    bright = [image for image in usual if image not in own]
    dark = [image for image in own if image not in usual]
    flags = []
    if bright:
        flags.append(f"fat is not dark in the {names_of(bright)} as in most controls")
    if dark:
        flags.append(f"fat is dark in the {names_of(dark)}, not so in most controls")
    return [f"{flag}: another protocol, not comparable with them" for flag in flags]


def alternative_scales(
    classes: dict[str, Any], target: dict[str, Any], anchors: tuple[str, ...]
) -> dict[str, float]:
    """Return by how many percent the ratio would differ on other classes' scale."""
    deviation = {
        name: np.log(classes[name]["t1w"] / classes[name]["t2w"])
        - np.log(target[name]["t1w"] / target[name]["t2w"])
        for name in ("csf", "fat", "muscle")
        if has_anchors(classes, (name,)) and has_anchors(target, (name,))
    }
    chosen = np.mean([deviation[name] for name in anchors])
    others = {name: [value] for name, value in deviation.items()}
    if len(deviation) == 3:
        others["csf+fat+muscle"] = list(deviation.values())
    return {
        f"{name}_percent": float(100 * np.expm1(chosen - np.mean(values)))
        for name, values in others.items()
    }


def anchor_flags(
    classes: dict[str, Any], reference: dict[str, Any], participant_id: str
) -> list[str]:
    """Flag a participant whose CSF and fat disagree more than those of the controls."""
    anchors = ("csf", "fat")
    if not has_anchors(classes, anchors) or tuple(reference["Anchors"]) != anchors:
        return []

    def disagreement(
        csf_t1w: float, csf_t2w: float, fat_t1w: float, fat_t2w: float
    ) -> float:
        return float(np.log(csf_t1w / csf_t2w) - np.log(fat_t1w / fat_t2w))

    columns = [
        reference["Classes"][name][image] for name in anchors for image in IMAGES
    ]
    others = [
        disagreement(*levels)
        for name, *levels in zip(reference["Controls"], *columns, strict=True)
        if name != participant_id
    ]
    if len(others) < 5:
        return []
    own = disagreement(*(classes[name][image] for name in anchors for image in IMAGES))
    centre = np.median(others)
    spread = max(
        1.4826 * np.median(np.abs(np.subtract(others, centre))), SMALLEST_SPREAD
    )
    if abs(own - centre) <= MAX_ANCHOR_Z * spread:
        return []
    return [
        f"CSF and fat disagree by {100 * (own - centre):+.0f} % about the scale of the ratio "
        f"({abs(own - centre) / spread:.1f} robust SD from the controls)"
    ]


def _air_offset(
    classes: dict[str, Any], image: str, probabilities: list[float]
) -> float:
    """Offset of an image from its air landmark, relative to its brightest landmark."""
    air = classes.get("air")
    if not air:
        return 0.0
    low = float(np.interp(LOW_PROBABILITY, probabilities, air[f"{image}_quantiles"]))
    brightest = max(entry[image] for entry in classes.values() if entry)
    return offset_from_low(low, brightest)


def _shifted(classes: dict[str, Any], image: str, offset: float) -> dict[str, Any]:
    """Subtract an offset from the levels and quantiles of one image."""
    shifted = {}
    for name, entry in classes.items():
        if entry:
            quantiles = np.array(entry[f"{image}_quantiles"]) - offset
            shifted[name] = entry | {
                image: max(entry[image] - offset, 1e-6),
                f"{image}_quantiles": quantiles,
            }
    return shifted


def _nonlinear_curve(
    classes: dict[str, Any],
    target: dict[str, Any],
    image: str,
    affine: Curve,
    probabilities: list[float],
) -> Curve:
    """Add the residual that matches the histograms outside the brain to an affine curve."""
    scaled = {
        name: entry
        | {
            image: entry[image] * affine.gain,
            f"{image}_quantiles": entry[f"{image}_quantiles"] * affine.gain,
        }
        for name, entry in classes.items()
        if name in target
    }
    level, residual = matched_residual(scaled, target, image, np.array(probabilities))
    return Curve(
        affine.gain,
        affine.offset,
        (level - affine.offset) / affine.gain,
        level + residual,
    )


def _eye_muscle_curve(
    classes: dict[str, Any], image: str, brightest: float, participant_id: str
) -> Curve:
    """Map temporal muscle and eye onto the template's modes (Ganzetti 2014, linear)."""
    for name in ("eye", "temporalis"):
        if not classes.get(name):
            raise UserError(
                f"{participant_id}: no {name} landmark (cropped or defaced?), which "
                "calibration.method linear_eye_muscle needs. Choose affine, or set exclude "
                "in the participants table."
            )
    muscle, eye = classes["temporalis"][image], classes["eye"][image]
    target = EYE_MUSCLE_REFERENCE[image]
    scale = (target["temporalis"] - target["eye"]) / (muscle - eye)
    if not scale > 0:
        raise UserError(
            f"{participant_id}: eye ({eye:.4g}) and temporal muscle ({muscle:.4g}) have the "
            f"wrong order in the {image.upper()[:2]}w. Check its contrast, or choose "
            "calibration.method affine."
        )
    offset = target["eye"] - scale * eye
    return affine_curve(scale, offset, brightest)
