"""The scale of a cohort: landmarks of its controls, free of every scanner's arbitrary gain."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from rt1t2.errors import UserError
from rt1t2.tissue.anchor_weights import IMAGES, AnchorWeights, equal_weights

ANCHORS = ("csf", "fat")  # their levels weigh equally in the gain of an image
DARKEST_ANCHOR = 0.02
FAT_OVER_WM = 1.2  # T1w of fat over white matter; 1.7-2.5 plain, 0.7 with dark fat
FAT_SUPPRESSED = 0.25  # T2w of fat over CSF; 0.4-0.9 without suppression
FAT_OVER_MUSCLE = 1.2  # T2w of fat over muscle; 1.5-8 without suppression


def dark_fat(levels: dict[str, Any]) -> list[str]:
    """Tell in which images fat is dark: fat-suppressed, or water alone was excited.

    In the T1w it is then about as dark as white matter, or darker. In the T2w it is dark
    beside CSF, or beside muscle as long as that is darker than half of CSF; else it is no
    muscle.

    Parameters
    ----------
    levels
        Class -> {"t1w", "t2w"} of csf, fat, muscle and wm; ``None`` or absent where a class
        was not measured.

    Returns
    -------
    list
        Of IMAGES; empty where fat is plain in both, or was not measured.
    """
    csf, fat, muscle, wm = (levels.get(n) for n in ("csf", "fat", "muscle", "wm"))
    if not fat:
        return []
    found = []
    if wm and fat["t1w"] < FAT_OVER_WM * wm["t1w"]:
        found.append("t1w")
    if csf:
        dark = FAT_SUPPRESSED * csf["t2w"]
        if muscle and muscle["t2w"] < csf["t2w"] / 2:
            dark = max(dark, FAT_OVER_MUSCLE * muscle["t2w"])
        if fat["t2w"] < dark:
            found.append("t2w")
    return found


def names_of(images: list[str]) -> str:
    """Name images in a message: T1w, T2w, or T1w and T2w."""
    return " and ".join(f"T{image[1:]}" for image in images)


def has_anchors(classes: dict[str, Any], anchors: tuple[str, ...]) -> bool:
    """Tell whether every anchor has a level in both images, and one that is not about 0.

    Less than DARKEST_ANCHOR of the brightest class is noise, and its logarithm anything.
    """
    darkest = {
        image: DARKEST_ANCHOR * max(entry[image] for entry in classes.values() if entry)
        for image in IMAGES
        if any(classes.values())
    }
    return all(
        classes.get(name)
        and all(classes[name][image] > max(darkest[image], 0) for image in IMAGES)
        for name in anchors
    )


def build_reference(landmarks: list[dict[str, Any]]) -> dict[str, Any]:
    """Collect the controls' landmarks, each control scaled by its own gain.

    Each image of each control is multiplied by the gain that brings the geometric mean of
    its CSF and fat levels to 1, so that scanners' and converters' units do not enter. Where
    fat is dark in an image of most controls, CSF alone is the anchor of both images, for the
    whole cohort; otherwise controls with dark fat are left out.

    Parameters
    ----------
    landmarks
        Landmarks (:func:`rt1t2.tissue.reference_tissues.reference_record`), one record per control.

    Returns
    -------
    dict
        ``Controls`` and ``LeftOut`` (ids), ``Anchors``, ``DarkFat`` (images in which fat
        is dark in most of the controls), ``Acquisition`` (:func:`usual_acquisition`),
        ``Probabilities`` of the quantiles,
        and ``Classes``: class -> per image the levels and quantiles of every control
        (``None`` where missing), voxel counts, and the medians. ``LnResponse``, where controls
        have a measured transmit field: id -> class -> image -> by what ln level was corrected.

    Raises
    ------
    UserError
        No control can be used.
    """
    n_dark = sum(bool(entry["DarkFat"]) for entry in landmarks)
    anchors = ("csf",) if n_dark > len(landmarks) / 2 else ANCHORS
    usable = [
        entry
        for entry in landmarks
        if has_anchors(entry["Classes"], anchors)
        and not ("fat" in anchors and entry["DarkFat"])
    ]
    if not usable:
        raise UserError(
            f"None of {len(landmarks)} controls has the landmarks {' and '.join(anchors)}, on "
            "which the calibration rests. Add controls, check the flags in their "
            "*_desc-landmarks_stats.json, or set calibration.method none."
        )
    scale = equal_weights(anchors)
    moved = np.array([scale.moved(entry["Classes"]) for entry in usable])
    classes = _scaled_classes([entry["Classes"] for entry in usable], np.exp(-moved))
    ids = [entry["participant_id"] for entry in usable]
    mapped = {
        entry["participant_id"]: entry["TransmitMap"]["LnResponse"]
        for entry in usable
        if "TransmitMap" in entry
    }
    return {
        "Controls": ids,
        "LeftOut": [
            entry["participant_id"]
            for entry in landmarks
            if entry["participant_id"] not in ids
        ],
        "Anchors": list(anchors),
        "DarkFat": [
            image
            for image in IMAGES
            if sum(image in entry["DarkFat"] for entry in usable) > len(usable) / 2
        ],
        "Acquisition": usual_acquisition([e.get("Acquisition", {}) for e in usable]),
        "Probabilities": landmarks[0]["Probabilities"],
        "Classes": classes,
        **({"LnResponse": mapped} if mapped else {}),
    }


def usual_acquisition(scans: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """Return what is usual among scans: medians of numbers, else the most frequent.

    Parameters
    ----------
    scans
        Image ("T1w", "T2w") -> what is known of its acquisition; times in s.
    """
    usual: dict[str, dict[str, Any]] = {"T1w": {}, "T2w": {}}
    for image, entries in usual.items():
        known = [scan.get(image, {}) for scan in scans]
        for key in sorted({key for one in known for key in one}):
            values = [one[key] for one in known if key in one]
            if all(isinstance(v, int | float) and v is not True for v in values):
                entries[key] = float(np.median(values))
            else:
                texts = [json.dumps(v) for v in values]
                entries[key] = json.loads(max(sorted(set(texts)), key=texts.count))
    return usual


def rescaled(reference: dict[str, Any], weights: AnchorWeights) -> dict[str, Any]:
    """Return a reference whose controls are scaled by other weights, in the same units.

    The median control keeps its scale, so that ratios do not depend on which anchors others
    have. Controls without one of the anchors are left out; with none left the reference is as it
    was.

    Parameters
    ----------
    reference
        :func:`build_reference`.
    """
    classes, ids = reference["Classes"], reference["Controls"]
    own = [
        {n: _of_one(entry, c) for n, entry in classes.items()} for c in range(len(ids))
    ]
    kept = [
        c
        for c, levels in enumerate(own)
        if all(levels.get(name) for name in weights.anchors)
    ]
    if not kept:
        return reference
    moved = np.array([weights.moved(own[c]) for c in kept])
    gains = np.exp(np.median(moved, axis=0) - moved)
    scaled = _scaled_classes([own[c] for c in kept], gains)
    return reference | {"Controls": [ids[c] for c in kept], "Classes": scaled}


def _of_one(entry: Mapping[str, Any], control: int) -> dict[str, Any] | None:
    """Return a class of one control from the columns of all, ``None`` where missing."""
    if entry["t1w"][control] is None:
        return None
    kinds = ("n_voxels", *IMAGES, *(f"{image}_quantiles" for image in IMAGES))
    return {kind: entry[kind][control] for kind in kinds}


def _scaled_classes(
    people: Sequence[Mapping[str, Any]], gains: np.ndarray
) -> dict[str, dict[str, Any]]:
    """Return the columns of every class that anybody has, levels and quantiles times a gain.

    Parameters
    ----------
    people
        Class -> levels, quantiles and voxel count of each person, ``None`` where missing.
    gains
        Of each person's T1w and T2w, shape (people, 2).
    """
    classes: dict[str, dict[str, Any]] = {}
    for name in people[0]:
        entries = [levels.get(name) for levels in people]
        if not any(entries):
            continue
        classes[name] = {"n_voxels": [e["n_voxels"] if e else None for e in entries]}
        for image, factors in zip(IMAGES, gains.T.tolist(), strict=True):
            pairs = list(zip(entries, factors, strict=True))
            levels = [e[image] * g if e else None for e, g in pairs]
            classes[name][image] = levels
            classes[name][f"{image}_quantiles"] = [
                [q * g for q in e[f"{image}_quantiles"]] if e else None
                for e, g in pairs
            ]
            classes[name][f"{image}_median"] = float(
                np.median([level for level in levels if level is not None])
            )
    return classes


def without(
    reference: dict[str, Any], participant_id: str
) -> dict[str, dict[str, Any]]:
    """Return the medians over the controls, a control itself left out of its own.

    A control that is the only one is its own scale.

    Returns
    -------
    dict
        Class -> "t1w", "t2w" (levels), "t1w_quantiles", "t2w_quantiles" (arrays at the
        reference's probabilities) and "n_voxels". Levels are on the reference's scale:
        anchors have geometric mean 1.
    """
    others = [
        i for i, name in enumerate(reference["Controls"]) if name != participant_id
    ] or [0]
    medians = {}
    for name, entry in reference["Classes"].items():
        known = [i for i in others if entry["t1w"][i] is not None]
        if not known:
            continue
        medians[name] = {
            "n_voxels": float(np.median([entry["n_voxels"][i] for i in known]))
        }
        for image in IMAGES:
            medians[name][image] = float(np.median([entry[image][i] for i in known]))
            quantiles = [entry[f"{image}_quantiles"][i] for i in known]
            medians[name][f"{image}_quantiles"] = np.median(quantiles, axis=0)
    return medians
