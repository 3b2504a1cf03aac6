import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from rt1t2 import images
from rt1t2.conforming import conform_lesion, conform_t1w
from rt1t2.errors import UserError
from rt1t2.head_classes import HEAD_CLASSES
from rt1t2.origin import AC_TEMPLATE_MM, align_head, parse_ac
from rt1t2.padding import trim_padding, without_padding
from rt1t2.provenance import generated_by
from rt1t2.scalp import check_scalp
from rt1t2.script import run
from rt1t2.t2w_alignment import align_t2w, resample_t2w
from rt1t2.transforms import (
    apply,
    displacement_mm,
    rotation_deg,
    translation,
    write_itk,
)

log = logging.getLogger("rt1t2")

BRAIN_CLASSES = [HEAD_CLASSES.index(name) for name in ("gm", "wm", "deep", "stem")]


def main(
    native_t1w: str,
    native_t2w: str,
    drawn_lesion: str | list[str],
    head_t1w: str,
    head_t2w: str,
    head_classes: str,
    t1w: str,
    t2w: str,
    lesion: str,
    origin: str,
    xfm: str,
    code: str,
    participant_id: str,
    ac_mm: str | list[float] | None,
    voxel_mm: float,
) -> None:
    made_by = generated_by(code, "numpy", "scipy", "nibabel")
    *scan, n_trimmed_t1w = trim_padding(*images.load(native_t1w))
    *scan_t2w, n_trimmed_t2w = trim_padding(*images.load(native_t2w))
    head = [images.load(path) for path in (head_t1w, head_t2w, head_classes)]

    with import_notes(native_t1w, native_t2w):
        found = find_origin(scan, scan_t2w, head, participant_id, ac_mm)
        conformed, affine, n_below_zero = conform_t1w(*scan, found["ac_mm"], voxel_mm)
        log.info(
            "%s voxels -> %s voxels of %g mm; %d values below 0 set to 0",
            scan[0].shape,
            conformed.shape,
            voxel_mm,
            n_below_zero,
        )
        on_t1w, to_native, registration = register_t2w(
            (conformed, affine), scan_t2w, found, participant_id
        )
        to_scanner = translation(found["ac_mm"])
        on_t1w, zeros = without_padding(
            conformed, on_t1w, affine, scan, scan_t2w, to_scanner, to_native
        )
        log.info("voxels of the head that only one image shows: %s", zeros)
        registration["ExcludedVoxels"] |= zeros
        scalp = check_scalp(
            {"T1w": conformed, "T2w": on_t1w},
            affine,
            *head[2],
            found["template_to_t1w"],
            participant_id,
        )
    images.save(conformed, affine, t1w)
    images.save(on_t1w, affine, t2w)
    write_itk(to_native, xfm)
    images.save_json(
        {
            "Description": "Anterior commissure, the template's affine alignment, the T1w "
            "on isotropic voxels with its origin there, and the T2w registered to it",
            "Sources": [native_t1w, native_t2w],
            "Acquisition": {
                "T1w": json.loads(images.sidecar(native_t1w).read_text()),
                "T2w": json.loads(images.sidecar(native_t2w).read_text()),
            },
            "Interpolation": "B-spline of degree 4",
            "voxel_mm": voxel_mm,
            "native_voxel_mm": images.voxel_sizes_mm(scan[1]),
            "ValuesBelowZeroSetToZero": n_below_zero,
            "PlanesOfZerosCut": {"T1w": n_trimmed_t1w, "T2w": n_trimmed_t2w},
            "ScalpWithSignal": scalp,
            **found,
            "T2wRegistration": registration,
            **made_by,
        },
        origin,
    )

    if drawn_lesion:
        drawn = images.load(drawn_lesion)
        mask = conform_lesion(
            *drawn, found["ac_mm"], affine, conformed.shape, participant_id
        )
    else:
        mask = np.zeros(conformed.shape, dtype=bool)
    log.info("lesion: %d voxels", mask.sum())
    images.save(
        mask,
        affine,
        lesion,
        {
            "Description": "Lesion, left out of the ratio map; 1 = lesion",
            "Sources": ["lesion of the participants table"] if drawn_lesion else [],
            "SkullStripped": False,
            "LesionDrawn": bool(drawn_lesion),
            "LesionVoxels": int(mask.sum()),
            "LesionVolumeMl": float(mask.sum() * voxel_mm**3 / 1000),
            **made_by,
        },
    )


@contextmanager
def import_notes(*natives: str) -> Iterator[None]:
    """Add to a refusal what the import found doubtful about the images."""
    try:
        yield
    except UserError as error:
        about = (json.loads(images.sidecar(native).read_text()) for native in natives)
        flags = dict.fromkeys(flag for one in about for flag in one.get("Flags", []))
        noted = f" The import noted: {'; '.join(flags)}." if flags else ""
        raise UserError(f"{error}{noted}") from None


def find_origin(
    scan: tuple[np.ndarray, np.ndarray],
    scan_t2w: tuple[np.ndarray, np.ndarray],
    head: list[tuple[np.ndarray, np.ndarray]],
    participant_id: str,
    ac_mm: str | list[float] | None,
) -> dict[str, Any]:
    manual_ac = parse_ac(ac_mm, participant_id)
    (head_t1w, head_affine), (head_t2w, _), (classes, _) = head
    brain = classes[..., BRAIN_CLASSES].sum(axis=-1) > 0.5
    alignment = align_head(
        *scan, *scan_t2w, head_t1w, head_t2w, brain, head_affine, manual_ac
    )
    if problem := alignment.problem():
        raise UserError(
            f"{participant_id}: the template's head does not match the T1w: {problem}. "
            "Look at the image: is it a whole head with the orientation that its header "
            "tells? If so, give the anterior commissure as ac_mm in the participants table "
            "(x,y,z in scanner mm); otherwise set exclude there."
        )
    ac = alignment.ac_mm if manual_ac is None else manual_ac
    log.info("anterior commissure at %s mm (scanner)", np.round(ac, 1).tolist())
    affine_ac = apply(alignment.template.matrix, AC_TEMPLATE_MM)
    log.info(
        "found automatically %.1f mm away, by the whole head's fit alone %.1f mm",
        np.linalg.norm(alignment.ac_mm - ac),
        np.linalg.norm(affine_ac - ac),
    )
    log.info(
        "determinant %.2f, mutual information %.3f, next best solution %.0f %% worse",
        alignment.determinant,
        alignment.template.mutual_information,
        100 * alignment.template.gap,
    )
    return {
        "ac_mm": ac,
        "Method": "automatic" if manual_ac is None else "table",
        "ac_automatic_mm": alignment.ac_mm,
        "ac_from_template_mm": affine_ac,
        "template_to_t1w": translation(-ac) @ alignment.template.matrix,
        "Determinant": alignment.determinant,
        "MutualInformation": alignment.template.mutual_information,
        "MutualInformationGap": alignment.template.gap,
        "T2wPositionBeforeAlignment": {
            "RotationDeg": rotation_deg(alignment.t2w.matrix),
            "TranslationMm": displacement_mm(alignment.t2w.matrix, ac),
        },
    }


def register_t2w(
    conformed: tuple[np.ndarray, np.ndarray],
    scan_t2w: tuple[np.ndarray, np.ndarray],
    found: dict[str, Any],
    participant_id: str,
) -> tuple[np.ndarray, np.ndarray, dict[str, Any]]:
    t1w, affine = conformed
    t2w, t2w_affine = scan_t2w
    # the registration sees both in one world: the T2w's header moved to the AC as well
    alignment = align_t2w(
        t1w,
        affine,
        t2w,
        translation(-found["ac_mm"]) @ t2w_affine,
        found["template_to_t1w"],
    )
    if problem := alignment.problem():
        raise UserError(
            f"{participant_id}: {problem}. Check that T1w and T2w are whole heads of one "
            "person and one session, or set exclude in the participants table."
        )
    to_native = translation(found["ac_mm"]) @ alignment.t1w_to_t2w
    on_t1w, n_below_zero = resample_t2w(t2w, t2w_affine, affine, t1w.shape, to_native)
    moved = {
        "RotationDeg": rotation_deg(alignment.t1w_to_t2w),
        "TranslationMm": displacement_mm(alignment.t1w_to_t2w, np.zeros(3)),
    }
    log.info(
        "T2w lay %.1f mm and %.1f degrees off; mutual information %.3f -> %.3f; "
        "covers %.0f %% of the brain",
        moved["TranslationMm"],
        moved["RotationDeg"],
        alignment.mutual_information_before,
        alignment.mutual_information_after,
        100 * alignment.brain_coverage,
    )
    registration = {
        "Description": "Takes points of the T1w (AC-centred) to points of the native T2w",
        "Metric": "mutual information of ranks, 3 mm",
        **moved,
        "MutualInformationBefore": alignment.mutual_information_before,
        "MutualInformationAfter": alignment.mutual_information_after,
        "MutualInformationGap": alignment.gap,
        "T2wCoverage": alignment.head_coverage,
        "T2wBrainCoverage": alignment.brain_coverage,
        "Interpolation": "cubic B-spline, once, from the native T2w",
        "ValuesBelowZeroSetToZero": n_below_zero,
        "ExcludedVoxels": {"OutsideT2wFieldOfView": np.isnan(on_t1w).sum()},
    }
    return on_t1w, to_native, registration


if __name__ == "__main__":
    run(main, snakemake)
