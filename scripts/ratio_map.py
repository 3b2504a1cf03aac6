import json
import logging
from pathlib import Path
from typing import Any

import numpy as np

from rt1t2 import images, rounding
from rt1t2.geometry.displacement import from_itk, source_voxels
from rt1t2.geometry.transforms import read_itk
from rt1t2.ratio.calibration import ON_REFERENCE, Calibration, calibrate
from rt1t2.ratio.protocol_references import Chosen, choose_reference
from rt1t2.ratio.ratio import FLOOR, t1w_t2w_ratio
from rt1t2.ratio.smoothing import MIN_SUPPORT, smooth_normalised, smooth_zero_fill
from rt1t2.ratio.to_template import Warped, warp_ratio
from rt1t2.workflow.job import run
from rt1t2.workflow.provenance import generated_by

log = logging.getLogger("rt1t2")


def main(
    t1w: str,
    t2w: str,
    brain: str,
    lesion: str,
    landmarks: str,
    reference: str,
    affine: str,
    displacement: str,
    template_brain: str,
    calibrated_t1w: str,
    calibrated_t2w: str,
    curve: str,
    ratio: str,
    mni_ratio: str,
    mni_lesion: str,
    smoothed: str,
    code: str,
    participant_id: str,
    told: dict[str, str],
    method: str,
    fwhm_mm: float,
    edges: str,
) -> None:
    made_by = generated_by(code, "numpy", "scipy")
    preproc, grid = images.load(t1w)
    scans = {"t1w": preproc, "t2w": images.load(t2w)[0]}
    mask, lesion_mask = (images.load(path)[0] > 0 for path in (brain, lesion))
    template_mask, template_grid = images.load(template_brain)
    template_mask = template_mask > 0
    field, field_grid = images.load(displacement)

    marks = json.loads(Path(landmarks).read_text())
    scale_of = choose_reference(json.loads(Path(reference).read_text()), marks, told)
    found = calibrate(
        method,
        marks,
        scale_of.reference,
        {name: float(np.nanmax(image)) for name, image in scans.items()},
    )
    steps = {}
    for (
        name,
        image,
    ) in scans.items():  # the ratio is that of the images as they are kept
        calibrated = np.where(mask, found.curves[name](image), np.nan)
        steps[name] = rounding.step_of(calibrated, rounding.CALIBRATED_STEP)
        scans[name] = rounding.rounded(calibrated, steps[name])
    divided, counts, floor = t1w_t2w_ratio(**scans, brain=mask, lesion=lesion_mask)
    voxels = source_voxels(
        from_itk(field),
        field_grid,
        read_itk(affine),
        grid,
        template_grid,
        template_mask.shape,
    )
    warped = warp_ratio(divided, preproc, lesion_mask, voxels, template_mask)
    sizes_mm = images.voxel_sizes_mm(template_grid)
    if edges == "normalised":
        result = smooth_normalised(warped.ratio, template_mask, fwhm_mm, sizes_mm)
    else:
        result = smooth_zero_fill(warped.ratio, fwhm_mm, sizes_mm)

    record = {"participant_id": participant_id, "ExcludedVoxels": counts}
    record |= curve_record(method, found, scale_of, marks)
    images.save_json(record | made_by, curve)
    scale = {"Sources": [landmarks, reference], "CalibrationMethod": method} | made_by
    for name, path in (("t1w", calibrated_t1w), ("t2w", calibrated_t2w)):
        about = calibrated_sidecar(name, found)
        images.save(scans[name], grid, path, scale | about, step=steps[name])
    about = {
        "Description": "T1w / T2w inside the brain mask; NaN where undefined",
        "Sources": [calibrated_t1w, calibrated_t2w, brain, lesion],
        "SkullStripped": True,
        "CalibrationMethod": method,
        "BrainVoxels": int(mask.sum()),
        "ExcludedVoxels": counts,
        "DenominatorFloor": floor,
        "DenominatorFloorShareOfBrainMedian": FLOOR,
    }
    step = rounding.step_of(divided, rounding.RATIO_STEP)
    images.save(divided, grid, ratio, about | made_by, step=step)
    log.info("%d voxels in the brain, excluded: %s", mask.sum(), counts)

    in_template = {
        "SpatialReference": "MNI152NLin2009aSym",
        "Sources": [ratio, t1w, lesion, template_brain, affine, displacement],
    } | made_by
    brain_voxels = int(template_mask.sum())
    about = in_template | warped_ratio_sidecar(warped, brain_voxels)
    images.save(warped.ratio, template_grid, mni_ratio, about, step=step)
    about = in_template | warped_sidecar("Lesion (1 = lesion)")
    images.save(warped.lesion, template_grid, mni_lesion, about)
    about = in_template | smoothed_sidecar(result, template_mask, fwhm_mm, edges)
    step = rounding.step_of(divided, rounding.SMOOTHED_STEP)
    images.save(result, template_grid, smoothed, about, step=step)


def curve_record(
    method: str, found: Calibration, scale_of: Chosen, marks: dict[str, Any]
) -> dict[str, Any]:
    on_reference = method in ON_REFERENCE
    flags = [*found.flags, *(scale_of.flags if on_reference else [])]
    for name, curve in found.curves.items():
        log.info("%s: gain %.4g, offset %.4g", name, curve.gain, curve.offset)
    for flag in flags:
        log.warning("%s", flag)
    levels = ("t1w", "t2w", "n_voxels")
    return {
        "T1w": found.curves["t1w"].as_json(),
        "T2w": found.curves["t2w"].as_json(),
        "Flags": flags,
        "Alternatives": found.alternatives,
        "Method": method,
        "Protocol": scale_of.protocol,
        "Reference": scale_of.source if on_reference else None,
        "Landmarks": {
            name: entry and {key: entry[key] for key in levels}
            for name, entry in marks["Classes"].items()
        },
        "LandmarkFlags": marks.get("Flags", []),
    }


def calibrated_sidecar(name: str, found: Calibration) -> dict[str, Any]:
    return {
        "Description": f"{name[:2].upper()}w on the scale of the controls inside the "
        "brain mask; NaN where undefined",
        "SkullStripped": True,
        "CalibrationGain": found.curves[name].gain,
        "CalibrationOffset": found.curves[name].offset,
    }


def warped_sidecar(what: str) -> dict[str, Any]:
    return {
        "Description": f"{what} in template space",
        "Interpolation": "linear, once from the native grid",
        "SkullStripped": False,
    }


def warped_ratio_sidecar(warped: Warped, brain_voxels: int) -> dict[str, Any]:
    log.info("%d template voxels, without a ratio: %s", brain_voxels, warped.excluded)
    return warped_sidecar("T1w/T2w ratio") | {
        "Undefined": "NaN: less than half of the neighbouring native voxels are defined",
        "SkullStripped": True,
        "Units": "arbitrary",
        "BrainVoxels": brain_voxels,
        "ExcludedVoxels": warped.excluded,
    }


def smoothed_sidecar(
    result: np.ndarray, brain: np.ndarray, fwhm_mm: float, edges: str
) -> dict[str, Any]:
    undefined = int(np.sum(brain & ~np.isfinite(result)))
    log.info("smoothed: %d template voxels are undefined", undefined)
    support = {"MinimumKernelShare": MIN_SUPPORT} if edges == "normalised" else {}
    return {
        "Description": "T1w/T2w ratio in template space, smoothed",
        "SkullStripped": True,
        "Units": "arbitrary",
        "SmoothingFWHM_mm": fwhm_mm,
        "SmoothingEdges": edges,
        **support,
        "BrainVoxels": int(brain.sum()),
        "ExcludedVoxels": {"Undefined": undefined},
    }


if __name__ == "__main__":
    run(main, snakemake)
