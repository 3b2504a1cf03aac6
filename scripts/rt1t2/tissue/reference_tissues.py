"""Intensities of the tissues around the brain, and of CSF: the landmarks of the calibration."""

from typing import Any

import numpy as np
from scipy import ndimage

from rt1t2.geometry.morphology import dilate
from rt1t2.geometry.volume import Volume
from rt1t2.template.head_classes import HEAD_CLASSES, HEAD_LABELS
from rt1t2.tissue.air_offset import measured_air
from rt1t2.tissue.contrast_checks import check_contrast
from rt1t2.tissue.joint_bias import TissueLevels
from rt1t2.tissue.levels_reference import dark_fat
from rt1t2.tissue.pure_voxels import DARKEST, deep_csf, local_contrast
from rt1t2.tissue.segmentation import HeadTissues

# Class of landmark -> labels of the head and classes of the priors that it is measured in.
LANDMARKS = {
    "csf": (("csf",), ("csf",)),
    "fat": (("fat",), ("fat",)),
    "muscle": (("soft", "temporalis"), ("muscle", "temporalis")),
    "bone": (("bone",), ("bone",)),
    "eye": (("eye",), ("vitreous",)),
    "temporalis": (("temporalis",), ("temporalis",)),
    "air": (("air",), ("air",)),
}
FROM_MIXTURE = ("csf", "fat", "muscle")
EYE_OVER_CSF = 0.5  # T2w; 0.8-1.3 in real heads
MIN_PRIOR = 0.35
MIN_VOXELS = 100
PURE_SHARE = 0.5
NEAR_BRAIN_MM = 25.0
PROBABILITIES = (
    0.005,
    0.025,
    *(round(0.05 * i, 2) for i in range(1, 20)),
    0.975,
    0.995,
)


def half_sample_mode(sample: np.ndarray, stop_share: float = 0.05) -> float:
    """Return the mode: the densest half, again and again (doi:10.1016/j.csda.2005.07.011).

    The halving stops at ``stop_share`` of the sample, whose median is returned: down to
    single values the mode would follow the noise.
    """
    values = np.sort(np.asarray(sample, dtype=float))
    enough = max(3, int(stop_share * values.size))
    while values.size > enough:
        half = (values.size + 1) // 2
        width = values[half - 1 :] - values[: values.size - half + 1]
        first = int(np.argmin(width))
        values = values[first : first + half]
    return float(np.median(values))


def measure_landmarks(
    t1w: Volume,
    t2w: Volume,
    head: np.ndarray,
    brain: np.ndarray,
    prior: Volume,
    lesion: np.ndarray,
) -> dict[str, dict[str, Any] | None]:
    """Measure every landmark where its label and its prior agree, away from edges.

    Parameters
    ----------
    t1w, t2w, head, brain, lesion
        Corrected images (T2w NaN outside its field of view), labels HEAD_LABELS, brain mask
        and lesion (left out), on one grid. Only tissue within NEAR_BRAIN_MM of the brain
        counts: farther off the bias field is least certain. Of CSF only the ventricles
        count.
    prior
        Head prior (x, y, z, HEAD_CLASSES) on its own grid.

    Returns
    -------
    dict
        Class -> level ("t1w", "t2w": half-sample modes), "n_voxels",
        and interquartile ranges and quantiles (at PROBABILITIES) of those voxels;
        ``None`` for a class with fewer than MIN_VOXELS voxels.
    """
    seen = np.isfinite(t2w.data) & ~lesion
    signal = seen & (head != HEAD_LABELS["air"])
    if not signal.any():
        return dict.fromkeys(LANDMARKS)
    t2w_filled = np.where(np.isfinite(t2w.data), t2w.data, 0)
    darkest = [
        max(share * float(np.percentile(image[signal], 95)), 1e-6)
        for share, image in zip(DARKEST, (t1w.data, t2w_filled), strict=True)
    ]
    contrast = local_contrast(t1w.data, t2w_filled, *darkest).ravel()
    near = seen & dilate(brain, NEAR_BRAIN_MM, t1w.voxel_mm)
    to_priors = np.linalg.inv(prior.affine) @ t1w.affine
    ventricles = deep_csf(prior.data, prior.voxel_mm)

    found: dict[str, dict[str, Any] | None] = {}
    for name, (labels, classes) in LANDMARKS.items():
        values = [HEAD_LABELS[label] for label in labels]
        voxels = np.flatnonzero(
            np.isin(head, values) & (seen if name == "air" else near)
        )
        index = np.stack(np.unravel_index(voxels, t1w.shape))
        at = to_priors[:3, :3] @ index + to_priors[:3, 3:]
        probability = sum(
            ndimage.map_coordinates(
                ventricles if c == "csf" else prior.data[..., HEAD_CLASSES.index(c)],
                at,
                order=1,
                mode="nearest",
            )
            for c in classes
        )
        voxels = voxels[probability > MIN_PRIOR]
        if name not in (
            "air",
            "bone",
        ):  # exact zeros are no measurement of anything else
            zero = (t1w.data.ravel()[voxels] == 0) | (t2w.data.ravel()[voxels] == 0)
            voxels = voxels[~zero]
        if name == "air":
            t1w_there, t2w_there = t1w.data.ravel()[voxels], t2w.data.ravel()[voxels]
            voxels = voxels[measured_air(t1w_there) & measured_air(t2w_there)]
        if voxels.size:
            limit = np.quantile(contrast[voxels], PURE_SHARE)
            voxels = voxels[contrast[voxels] <= limit]
        found[name] = (
            _describe(t1w.data.ravel()[voxels], t2w.data.ravel()[voxels])
            if voxels.size >= MIN_VOXELS
            else None
        )
    return found


def reference_record(
    t1w: Volume,
    t2w: Volume,
    tissues: HeadTissues,
    prior: Volume,
    lesion: np.ndarray,
    mixture: TissueLevels,
    doubts: list[str],
    participant_id: str,
) -> dict[str, Any]:
    """Return what is stored of a participant's reference tissues: levels, contrast, flags.

    The levels of CSF, fat and muscle are those of the mixture, the others half-sample modes.

    Parameters
    ----------
    t1w, t2w
        Corrected images; the T2w is NaN outside its field of view.
    tissues
        Brain mask, labels, medians and flags of the segmentation.
    prior
        Head prior (x, y, z, HEAD_CLASSES) on its own grid.
    lesion
        bool, on the grid of the images.
    mixture, doubts
        Of :func:`rt1t2.tissue.bias.levels_under`, in units of the corrected images.
    participant_id
        Named in messages.

    Raises
    ------
    UserError
        Proton density instead of T2w.
    """
    contrast = check_contrast(
        t1w, t2w, tissues.brain, mixture.levels, tissues.medians, participant_id
    )
    levels = measure_landmarks(t1w, t2w, tissues.head, tissues.brain, prior, lesion)
    for name in FROM_MIXTURE:
        measured = levels[name]
        if measured:
            measured |= mixture.levels[name]
    implausible = implausible_landmarks(levels)
    levels |= dict.fromkeys(implausible)
    seen = {name: mixture.levels[name] for name in FROM_MIXTURE if levels[name]}
    dark = dark_fat(seen | {"wm": mixture.levels["wm"]})
    flags = [
        *landmark_flags(levels, dark, implausible),
        *doubts,
        *contrast.pop("Flags"),
        *tissues.flags,
    ]
    return {
        "Source": f"mixture ({', '.join(FROM_MIXTURE)}), else half-sample modes",
        "Probabilities": PROBABILITIES,
        "Classes": levels,
        "DarkFat": dark,
        "Contrast": contrast,
        "Mixture": {
            "Levels": mixture.levels,
            "EffectiveVoxels": mixture.effective_voxels,
            "HalvesDifferPercent": mixture.halves_differ_percent,
        },
        "Flags": flags,
    }


def implausible_landmarks(
    found: dict[str, dict[str, Any] | None],
) -> dict[str, str]:
    """Return the classes that cannot be what their place says, and why.

    Where a head is cut or turned, the place of the eye shows air, fat or nasal sinus. The
    vitreous body is like CSF: dark in the T1w, bright in the T2w. Muscle and bone are darker
    than CSF in the T2w, bone darker than muscle in the T1w. The anchors CSF, fat and muscle are
    judged by :func:`landmark_flags`.
    """

    def level(name: str, image: str) -> float:
        entry = found[name]
        return float(entry[image]) if entry else np.nan

    csf_t2w, muscle_t1w = level("csf", "t2w"), level("muscle", "t1w")
    checks = {
        "eye": (
            level("eye", "t2w") < EYE_OVER_CSF * csf_t2w
            or level("eye", "t2w") > csf_t2w / EYE_OVER_CSF
            or level("eye", "t1w") > max(muscle_t1w, 2 * level("csf", "t1w")),
            "the place of the eye does not look like CSF",
        ),
        "temporalis": (
            level("temporalis", "t2w") > csf_t2w,
            "temporal muscle is brighter than CSF in the T2w",
        ),
        "bone": (
            level("bone", "t1w") > muscle_t1w or level("bone", "t2w") > csf_t2w,
            "bone is brighter than muscle in the T1w, or than CSF in the T2w",
        ),
    }
    return {name: why for name, (wrong, why) in checks.items() if wrong}


def landmark_flags(
    found: dict[str, dict[str, Any] | None],
    dark: list[str],
    implausible: dict[str, str] | None = None,
) -> list[str]:
    """Say where the order of the landmarks is not that of a plain T1w and T2w.

    T1w: CSF < muscle < fat; T2w: muscle < fat < CSF. The limits leave room for partial
    volume, which in real heads blurs CSF most. ``dark``: see
    :func:`rt1t2.tissue.levels_reference.dark_fat`; ``implausible``: see
    :func:`implausible_landmarks`.
    """
    implausible = implausible or {}
    flags = [
        f"{implausible[name]}: no landmark (cut, defaced or turned head?)"
        if name in implausible
        else f"too few voxels of {name} for a landmark"
        for name in LANDMARKS
        if found[name] is None
    ]

    def ratio(image: str, a: str, b: str) -> float:
        first, second = found[a], found[b]
        if not first or not second or second[image] <= 0:
            return np.nan
        quotient: float = first[image] / second[image]
        return quotient

    checks = (
        (ratio("t1w", "muscle", "csf") < 1.05, "T1w: muscle is not brighter than CSF"),
        (
            # 0.34-0.46 in plain images; with dark fat in the T2w the level of fat is poor
            ratio("t1w", "muscle", "fat") > 0.6 and not dark,
            "T1w: muscle is nearly as bright as fat; was a contrast agent given?",
        ),
        (
            "t1w" in dark,
            "T1w: fat is dark (water-excited or fat-suppressed); fat cannot scale this pair",
        ),
        (
            "t2w" in dark,
            "T2w: fat is dark (fat-suppressed); fat cannot scale this pair",
        ),
        (
            ratio("t2w", "csf", "muscle") < 1.5,
            "T2w: CSF is not much brighter than muscle",
        ),
        (ratio("t2w", "csf", "fat") < 1.05, "T2w: CSF is not brighter than fat"),
    )
    return flags + [text for doubtful, text in checks if doubtful]


def _describe(t1w: np.ndarray, t2w: np.ndarray) -> dict[str, Any]:
    description: dict[str, Any] = {"n_voxels": int(t1w.size)}
    for image, values in (("t1w", t1w), ("t2w", t2w)):
        low, high = np.percentile(values, [25, 75])
        description[image] = half_sample_mode(values)
        description[f"{image}_iqr"] = float(high - low)
        description[f"{image}_quantiles"] = np.quantile(values, PROBABILITIES).tolist()
    return description
