"""Which reference tissues set a participant's scale, and what speaks against it."""

from typing import Any, NamedTuple

import numpy as np

from rt1t2.errors import UserError
from rt1t2.tissue.anchor_weights import (
    IMAGES,
    AnchorWeights,
    anchor_weights,
    equal_weights,
)
from rt1t2.tissue.assumed_sequence import sequences_of
from rt1t2.tissue.levels_reference import has_anchors, names_of, rescaled

WEIGHTED = "weighted"
WEIGHTED_ANCHORS = ("csf", "fat", "muscle")
MAX_ANCHOR_Z, SMALLEST_SPREAD = 2.5, 0.05
NOTHING = 1e-9


class Scale(NamedTuple):
    """Weights of a participant's anchors, the controls on that scale, and what is doubtful."""

    weights: AnchorWeights
    reference: dict[str, Any]
    flags: list[str]


def choose_scale(
    method: str, landmarks: dict[str, Any], reference: dict[str, Any]
) -> Scale:
    """Return what sets a participant's scale under a method that has a reference.

    Parameters
    ----------
    method
        ``weighted``, ``affine`` or ``nonlinear``, see :func:`rt1t2.ratio.calibration.calibrate`.
    landmarks
        The participant's landmarks.
    reference
        :func:`~rt1t2.tissue.levels_reference.build_reference`.

    Raises
    ------
    UserError
        No tissue can set the scale.
    """
    if method == WEIGHTED:
        return _weighted_scale(landmarks, reference)
    anchors, flags = usable_anchors(landmarks, tuple(reference["Anchors"]))
    return Scale(equal_weights(anchors), reference, flags)


def transmit_gauge(landmarks: dict[str, Any], reference: dict[str, Any]) -> float:
    """Return ln of the transmit field beside the median control's, as the anchors tell it.

    The T1w of CSF answers most to the flip angle, that of fat least; their difference is the
    gauge, shrunk by its own error (0.03 of an MPRAGE). NaN where too little was measured. What a
    measured map took off the levels is put back: it is one gauge with a map and without.

    Parameters
    ----------
    landmarks
        The participant's landmarks; a control is left out of the median.
    reference
        :func:`~rt1t2.tissue.levels_reference.build_reference`.
    """
    if not reference["Controls"]:
        return np.nan
    try:
        scale = _weighted_scale(landmarks, reference)
    except UserError:
        return np.nan
    weights, rescaled_to = scale.weights, scale.reference["Classes"]
    if np.abs(weights.gauge).max() < NOTHING:
        return np.nan
    mapped = reference.get("LnResponse", {})
    own = landmarks.get("TransmitMap", {}).get("LnResponse", {})

    def told(levels: dict[str, Any], response: dict[str, Any]) -> float:
        return weights.ln_b1(levels) + weights.ln_b1(
            {n: {i: np.exp(response[n][i]) for i in IMAGES} for n in weights.anchors}
            if response
            else {n: dict.fromkeys(IMAGES, 1.0) for n in weights.anchors}
        )

    others = [
        told(
            {n: {i: rescaled_to[n][i][k] for i in IMAGES} for n in weights.anchors},
            mapped.get(name, {}),
        )
        for k, name in enumerate(scale.reference["Controls"])
        if name != landmarks["participant_id"]
        and all(rescaled_to[n]["t1w"][k] is not None for n in weights.anchors)
    ]
    if not others:
        return np.nan
    return float(told(landmarks["Classes"], own) - np.median(others))


def _weighted_scale(landmarks: dict[str, Any], reference: dict[str, Any]) -> Scale:
    """Weigh all anchors that are there, fat only in images where it is plain for all.

    The weights allow for the transmit field even where it was measured: those that do not lean
    on CSF, which is measured worst (`tests/benchmarks/ratio_error.py --b1 --map`).
    """
    dark = {*landmarks["DarkFat"], *reference["DarkFat"]}
    usual = [name for name in WEIGHTED_ANCHORS if _is_usual(name, reference)]
    if dark >= set(IMAGES) and "fat" in usual:
        usual.remove("fat")
    anchors = tuple(n for n in usual if has_anchors(landmarks["Classes"], (n,)))
    flags = []
    new = [image for image in landmarks["DarkFat"] if image not in reference["DarkFat"]]
    if new and "fat" in (reference["Anchors"]):
        flags.append(
            f"fat is dark in the {names_of(new)}, not so in controls: it has no weight there, "
            "not comparable with the others"
        )
    missing = [name for name in usual if name not in anchors]
    if missing:
        flags.append(
            f"{' and '.join(missing)} could not be measured: scaled on "
            f"{' and '.join(anchors) or 'nothing'}"
        )
    if not set(anchors) - {"fat"} and (dark or not anchors):
        raise _nothing_to_scale_on(landmarks, flags)
    weights = anchor_weights(
        sequences_of(reference.get("Acquisition", {})), anchors, dark
    )
    return Scale(weights, rescaled(reference, weights), flags)


def _is_usual(name: str, reference: dict[str, Any]) -> bool:
    """Tell whether a class was measured in at least half of the controls."""
    levels = reference["Classes"].get(name, {}).get("t1w", [])
    return 2 * sum(v is not None for v in levels) >= max(len(levels), 1)


def _nothing_to_scale_on(landmarks: dict[str, Any], problems: list[str]) -> UserError:
    return UserError(
        f"{landmarks['participant_id']}: {'; '.join(problems)}, and there is nothing else to "
        "scale on. Check the field of view, choose calibration.method none, or set exclude in "
        "the participants table."
    )


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
    raise _nothing_to_scale_on(landmarks, [problem])


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
    classes: dict[str, Any], target: dict[str, Any], weights: AnchorWeights
) -> dict[str, float]:
    """Return by how many percent the ratio would differ on other classes' scale."""
    deviation = {
        name: np.log(classes[name]["t1w"] / classes[name]["t2w"])
        - np.log(target[name]["t1w"] / target[name]["t2w"])
        for name in ("csf", "fat", "muscle")
        if has_anchors(classes, (name,)) and has_anchors(target, (name,))
    }
    chosen = np.subtract(*(weights.moved(classes) - weights.moved(target)))
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
