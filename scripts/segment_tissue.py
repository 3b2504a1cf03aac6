import json
import logging
from pathlib import Path

import numpy as np

from rt1t2 import images, precision
from rt1t2.bias import correct_pair
from rt1t2.bias_fields import thinned
from rt1t2.contrast_gates import check_contrast
from rt1t2.head_classes import HEAD_LABELS
from rt1t2.landmarks import landmark_record, measure_landmarks
from rt1t2.priors import head_priors
from rt1t2.protocol import acquisition
from rt1t2.provenance import generated_by
from rt1t2.script import run
from rt1t2.tissue import segment

log = logging.getLogger("rt1t2")


def main(
    conformed_t1w: str,
    conformed_t2w: str,
    lesion: str,
    origin: str,
    head_t1w: str,
    head_classes: str,
    t1w: str,
    t2w: str,
    brain: str,
    gm: str,
    wm: str,
    csf: str,
    head: str,
    bias_fields: str,
    landmarks: str,
    code: str,
    participant_id: str,
    bias_correction: str,
    seed: int,
) -> None:
    image_t1w, affine = images.load(conformed_t1w)
    image_t2w, _ = images.load(conformed_t2w)
    start = json.loads(Path(origin).read_text())
    excluded = images.load(lesion)[0] > 0
    prior, prior_affine = head_priors(
        image_t1w,
        affine,
        *images.load(head_t1w),
        images.load(head_classes)[0],
        np.array(start["template_to_t1w"]),
    )
    on_grid = affine, prior, prior_affine, excluded
    corrected_t1w, corrected_t2w, log_fields, fit = correct_pair(
        image_t1w, image_t2w, *on_grid, participant_id, bias_correction, seed
    )
    tissue = segment(corrected_t1w, corrected_t2w, *on_grid, participant_id)
    mixture = fit["Landmarks"]
    contrast = check_contrast(
        corrected_t1w,
        corrected_t2w,
        affine,
        tissue.brain,
        mixture,
        tissue.medians,
        participant_id,
    )
    found = measure_landmarks(
        corrected_t1w,
        corrected_t2w,
        affine,
        tissue.head,
        tissue.brain,
        prior,
        prior_affine,
        excluded,
        mixture,
    )
    levels = landmark_record(found, from_mixture=bool(mixture))
    levels["Flags"] += [*contrast.pop("Flags"), *tissue.flags]

    voxel_ml = float(images.voxel_sizes_mm(affine).prod() / 1000)
    meta = {
        "Sources": [conformed_t1w, conformed_t2w, lesion, origin],
        **generated_by(code, "numpy", "scipy"),
    }
    whole = {"SkullStripped": False, "BiasCorrection": bias_correction}
    head_mask = tissue.head != HEAD_LABELS["air"]
    for image, level, path, entries in (
        (
            corrected_t1w,
            tissue.medians["wm"][0],
            t1w,
            {"Description": "T1w, origin at the AC, bias-corrected", "BiasFit": fit},
        ),
        (
            corrected_t2w,
            tissue.medians["wm"][1],
            t2w,
            {
                "Description": "T2w on the T1w's grid, bias-corrected; NaN where it or "
                "the T1w sees nothing"
            },
        ),
    ):
        step = precision.step_below(level * precision.HEAD_STEP)
        kept = precision.rounded_in_air(
            image, head_mask, images.voxel_sizes_mm(affine), step
        )
        air = {"RoundedInAirToMultiplesOf": step * precision.AIR_STEPS}
        images.save(kept, affine, path, entries | air | whole | meta, step=step)
    about = {
        "Description": "Natural logs of the bias fields of T1w and T2w; corrected = "
        "(image - Offset) / exp(field)",
        "Volumes": ["T1w", "T2w"],
        "Offset": fit["Offset"],
    }
    images.save(
        *thinned(log_fields, prior_affine),
        bias_fields,
        about | whole | meta,
        step=precision.LOG_FIELD_STEP,
    )
    images.save(
        tissue.brain,
        affine,
        brain,
        {
            "Description": "Brain with ventricles and sulcal CSF",
            "Type": "Brain",
            "VolumeMl": tissue.brain.sum() * voxel_ml,
            **meta,
        },
    )
    for name, probability, path in (
        ("GM", tissue.gm, gm),
        ("WM", tissue.wm, wm),
        ("CSF", tissue.csf, csf),
    ):
        description = {
            "Description": f"Probability of {name} inside the brain mask",
            "VolumeMl": probability.sum(dtype=float) * voxel_ml,
            "SkullStripped": True,
            **meta,
        }
        images.save(
            probability, affine, path, description, step=precision.PROBABILITY_STEP
        )
    labels = {
        "Description": "Tissues of the head; brain, and deep (its deep grey matter), is what "
        "is not CSF in the brain mask",
        "Labels": HEAD_LABELS,
        "TissueMedians": {
            name: {"t1w": a, "t2w": b} for name, (a, b) in tissue.medians.items()
        },
        "Flags": tissue.flags,
        **meta,
    }
    images.save(tissue.head, affine, head, labels)
    record = {"participant_id": participant_id, "Contrast": contrast} | levels
    record["Acquisition"] = acquisition(start["Acquisition"])
    images.save_json(record | generated_by(code, "numpy", "scipy"), landmarks)

    field_sd = fit.get("FieldSD")
    log.info("bias correction %s, field SD %s", bias_correction, field_sd)
    log.info("brain %.0f ml", tissue.brain.sum() * voxel_ml)
    for name, level in levels["Classes"].items():
        if level:
            values = name, level["n_voxels"], level["t1w"], level["t2w"]
            log.info("%s: %d voxels, T1w %.4g, T2w %.4g", *values)
    for flag in [*fit["Flags"], *levels["Flags"]]:
        log.warning("%s", flag)


if __name__ == "__main__":
    run(main, snakemake)
