"""Intensity calibration: one curve per image, from tissues outside the brain and CSF."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from rt1t2.errors import UserError
from rt1t2.ratio.quantile_matching import matched_residual
from rt1t2.ratio.scale import (
    WEIGHTED,
    alternative_scales,
    anchor_flags,
    choose_scale,
    other_fat_flags,
)
from rt1t2.tissue.air_offset import LOW_PROBABILITY, offset_from_low
from rt1t2.tissue.anchor_weights import IMAGES
from rt1t2.tissue.levels_reference import without

# Levels (modes) of the template in Ganzetti 2014, doi:10.3389/fnhum.2014.00671.
EYE_MUSCLE_REFERENCE = {
    "t1w": {"temporalis": 59.11, "eye": 30.29},
    "t2w": {"temporalis": 20.14, "eye": 99.69},
}
# Methods that lead to the scale of the reference
ON_REFERENCE = (WEIGHTED, "affine", "nonlinear")


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
    """What a calibration does to a participant's images.

    Attributes
    ----------
    curves
        Of both images ("t1w", "t2w").
    flags
        What is doubtful.
    alternatives
        By how many percent the ratio would differ on other classes' scale.
    weights
        Image -> anchor -> image -> weight of that level's logarithm in the image's gain.
    """

    curves: dict[str, Curve]
    flags: list[str] = field(default_factory=list)
    alternatives: dict[str, float] = field(default_factory=dict)
    weights: dict[str, Any] = field(default_factory=dict)


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
        ``weighted``: offset from air where air is not dark, gain from CSF, fat and muscle
        with the weights of :mod:`rt1t2.tissue.anchor_weights`. ``affine``: gain from CSF and
        fat with equal weights of their logs. ``nonlinear``: the affine map plus a smooth residual
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

    scale = choose_scale(method, landmarks, reference)
    target = without(scale.reference, who)
    moved, offsets = classes, {}
    for image in IMAGES:
        offsets[image] = _air_offset(classes, image, reference["Probabilities"])
        moved = _shifted(moved, image, offsets[image])
    gains = np.exp(scale.weights.moved(target) - scale.weights.moved(moved))
    curves = {}
    for image, gain in zip(IMAGES, gains.tolist(), strict=True):
        curves[image] = affine_curve(gain, -gain * offsets[image], brightest[image])
        if method == "nonlinear":
            known = dict(moved)
            if image in (*landmarks["DarkFat"], *reference["DarkFat"]):
                known.pop("fat", None)
            curves[image] = _nonlinear_curve(
                known, target, image, curves[image], reference["Probabilities"]
            )
    flags = [*scale.flags, *other_fat_flags(landmarks, reference)]
    flags += anchor_flags(classes, reference, who)
    return Calibration(
        curves,
        flags,
        alternative_scales(classes, target, scale.weights),
        scale.weights.as_json(),
    )


def affine_curve(scale: float, offset: float, brightest: float) -> Curve:
    """Return calibrated = scale * intensity + offset, tabulated from 0 to ``brightest``."""
    knots = np.array([0.0, brightest if brightest > 0 else 1.0])
    return Curve(scale, offset, knots, scale * knots + offset)


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
    """Subtract an offset from the levels and quantiles of one image, missing ones left out."""
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
