import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from rt1t2 import images, rounding
from rt1t2.conform.participant import ConformedPair, conform_pair
from rt1t2.conform.resample import conform_lesion
from rt1t2.errors import UserError
from rt1t2.geometry.morphology import widened
from rt1t2.geometry.transforms import write_itk
from rt1t2.records import read_json, save_json
from rt1t2.scans.protocol import acquisition
from rt1t2.template.head_classes import HEAD_LABELS
from rt1t2.tissue.bias import correct_pair
from rt1t2.tissue.bias_fields import thinned
from rt1t2.tissue.contrast_checks import check_contrast
from rt1t2.tissue.priors import head_priors
from rt1t2.tissue.reference_tissues import landmark_record, measure_landmarks
from rt1t2.tissue.segmentation import Segmentation, segment
from rt1t2.workflow.job import run
from rt1t2.workflow.provenance import generated_by

log = logging.getLogger("rt1t2")


def main(
    native_t1w: str,
    native_t2w: str,
    drawn_lesion: str | list[str],
    head_t1w: str,
    head_t2w: str,
    head_classes: str,
    origin: str,
    xfm: str,
    lesion: str,
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
    ac_mm: str | list[float] | None,
    voxel_mm: float,
    bias_correction: str,
    seed: int,
) -> None:
    made_by = generated_by(code, "numpy", "scipy", "nibabel")
    natives = native_t1w, native_t2w
    meta = {"Sources": [*natives, origin, lesion], **made_by}
    template_head = [images.load(path) for path in (head_t1w, head_t2w, head_classes)]
    scans = [images.load(path) for path in natives]
    scanned = [read_json(images.sidecar(path)) for path in natives]
    acquired = dict(zip(("T1w", "T2w"), scanned, strict=True))

    with import_notes(scanned):
        pair = conform_pair(*scans, template_head, participant_id, ac_mm, voxel_mm)
    write_itk(pair.t1w_to_t2w, xfm)
    save_json(
        {
            "Description": "Anterior commissure, the template's affine alignment, the T1w "
            "on isotropic voxels with its origin there, and the T2w registered to it",
            "Sources": natives,
            "Acquisition": acquired,
            "native_voxel_mm": images.voxel_sizes_mm(scans[0][1]),
            **pair.record,
            **made_by,
        },
        origin,
    )
    excluded = save_lesion(drawn_lesion, pair, lesion, participant_id, made_by)

    prior, prior_affine = head_priors(
        pair.t1w,
        pair.affine,
        *template_head[0],
        template_head[2][0],
        pair.template_to_t1w,
    )
    on_grid = pair.affine, prior, prior_affine, excluded
    corrected_t1w, corrected_t2w, log_fields, fit = correct_pair(
        pair.t1w, pair.t2w, *on_grid, participant_id, bias_correction, seed
    )
    tissue = segment(corrected_t1w, corrected_t2w, *on_grid, participant_id)
    mixture = fit["Landmarks"]
    contrast = check_contrast(
        corrected_t1w,
        corrected_t2w,
        pair.affine,
        tissue.brain,
        mixture,
        tissue.medians,
        participant_id,
    )
    found = measure_landmarks(
        corrected_t1w,
        corrected_t2w,
        pair.affine,
        tissue.head,
        tissue.brain,
        prior,
        prior_affine,
        excluded,
        mixture,
    )
    levels = landmark_record(found, from_mixture=bool(mixture))
    levels["Flags"] += [*contrast.pop("Flags"), *tissue.flags]

    whole = {"SkullStripped": False, "BiasCorrection": bias_correction} | meta
    about = {"Description": "T1w, origin at the AC, bias-corrected", "BiasFit": fit}
    head_mask = tissue.head != HEAD_LABELS["air"]
    voxels_mm = images.voxel_sizes_mm(pair.affine)
    air = ~widened(head_mask, rounding.AIR_MM, voxels_mm)
    white_t1w, white_t2w = tissue.medians["wm"]
    save_corrected(corrected_t1w, pair.affine, air, white_t1w, t1w, about | whole)
    about = {
        "Description": "T2w on the T1w's grid, bias-corrected; NaN where it or the T1w "
        "sees nothing",
        "SpatialReference": images.bids_uri(t1w),
    }
    save_corrected(corrected_t2w, pair.affine, air, white_t2w, t2w, about | whole)
    about = {
        "Description": "Natural logs of the bias fields of T1w and T2w; corrected = "
        "(image - Offset) / exp(field)",
        "Volumes": ["T1w", "T2w"],
        "Offset": fit["Offset"],
    }
    kept_fields = thinned(log_fields, prior_affine)
    step = rounding.LOG_FIELD_STEP
    images.save(*kept_fields, bias_fields, about | whole, step=step)
    save_tissue(
        tissue, pair.affine, {"GM": gm, "WM": wm, "CSF": csf}, brain, head, meta
    )
    record = {"participant_id": participant_id, "Contrast": contrast} | levels
    record |= {"Acquisition": acquisition(acquired)} | made_by
    save_json(record, landmarks)

    log.info("bias correction %s, field SD %s", bias_correction, fit.get("FieldSD"))
    for name, level in levels["Classes"].items():
        if level:
            values = name, level["n_voxels"], level["t1w"], level["t2w"]
            log.info("%s: %d voxels, T1w %.4g, T2w %.4g", *values)
    for flag in [*fit["Flags"], *levels["Flags"]]:
        log.warning("%s", flag)


@contextmanager
def import_notes(scanned: list[dict[str, Any]]) -> Iterator[None]:
    """Add to a refusal what the import found doubtful about the images."""
    try:
        yield
    except UserError as error:
        flags = dict.fromkeys(flag for one in scanned for flag in one.get("Flags", []))
        noted = f" The import noted: {'; '.join(flags)}." if flags else ""
        raise UserError(f"{error}{noted}") from None


def save_lesion(
    drawn_lesion: str | list[str],
    pair: ConformedPair,
    path: str,
    participant_id: str,
    made_by: dict[str, Any],
) -> np.ndarray:
    mask = np.zeros(pair.t1w.shape, dtype=bool)
    if drawn_lesion:
        grid = pair.affine, pair.t1w.shape
        mask = conform_lesion(
            *images.load(drawn_lesion), pair.ac_mm, *grid, participant_id
        )
    log.info("lesion: %d voxels", mask.sum())
    about = {
        "Description": "Lesion, left out of the ratio map; 1 = lesion",
        "Sources": ["lesion of the participants table"] if drawn_lesion else [],
        "SkullStripped": False,
        "Type": "Lesion",
        "LesionDrawn": bool(drawn_lesion),
        "LesionVoxels": int(mask.sum()),
        "LesionVolumeMl": volume_ml(mask, pair.affine),
    }
    images.save(mask, pair.affine, path, about | made_by)
    return mask


def save_corrected(
    image: np.ndarray,
    affine: np.ndarray,
    air: np.ndarray,
    white_matter: float,
    path: str,
    about: dict[str, Any],
) -> None:
    step = rounding.step_of(white_matter, rounding.HEAD_STEP)
    kept = rounding.rounded_in_air(image, air, step)
    in_air = {"RoundedInAirToMultiplesOf": rounding.AIR_STEPS * step}
    images.save(kept, affine, path, about | in_air, step=step)


def save_tissue(
    tissue: Segmentation,
    affine: np.ndarray,
    paths: dict[str, str],
    brain: str,
    head: str,
    meta: dict[str, Any],
) -> None:
    log.info("brain %.0f ml", volume_ml(tissue.brain, affine))
    about = {
        "Description": "Brain with ventricles and sulcal CSF",
        "Type": "Brain",
        "VolumeMl": volume_ml(tissue.brain, affine),
    }
    images.save(tissue.brain, affine, brain, about | meta)
    for name, path in paths.items():
        probability = getattr(tissue, name.lower())
        about = {
            "Description": f"Probability of {name} inside the brain mask",
            "VolumeMl": volume_ml(probability, affine),
            "SkullStripped": True,
        }
        step = rounding.PROBABILITY_STEP
        images.save(probability, affine, path, about | meta, step=step)
    about = {
        "Description": "Tissues of the head; brain, and deep (its deep grey matter), is what "
        "is not CSF in the brain mask",
        "Labels": HEAD_LABELS,
        "TissueMedians": {
            name: {"t1w": a, "t2w": b} for name, (a, b) in tissue.medians.items()
        },
        "Flags": tissue.flags,
    }
    images.save(tissue.head, affine, head, about | meta)


def volume_ml(share: np.ndarray, affine: np.ndarray) -> float:
    return float(share.sum(dtype=float) * images.voxel_sizes_mm(affine).prod() / 1000)


if __name__ == "__main__":
    run(main, snakemake)
