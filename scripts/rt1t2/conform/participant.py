"""A pair of scans on one grid: the T1w's origin at the anterior commissure, the T2w on it."""

import logging
from dataclasses import dataclass
from typing import Any

import numpy as np

from rt1t2.conform.origin import AC_TEMPLATE_MM, align_head, parse_ac
from rt1t2.conform.padding import trim_padding, without_padding
from rt1t2.conform.resample import conform_t1w
from rt1t2.conform.skull_stripping import check_scalp
from rt1t2.conform.t2w_alignment import align_t2w, resample_t2w
from rt1t2.errors import UserError
from rt1t2.geometry.transforms import apply, displacement_mm, rotation_deg, translation
from rt1t2.template.head_classes import HEAD_CLASSES

log = logging.getLogger("rt1t2")

BRAIN_CLASSES = [HEAD_CLASSES.index(name) for name in ("gm", "wm", "deep", "stem")]

Image = tuple[np.ndarray, np.ndarray]  # data and voxel to RAS mm


@dataclass(frozen=True)
class ConformedPair:
    """Both images on isotropic voxels, AC-centred, and how they came there.

    Attributes
    ----------
    t1w, t2w
        Same shape (x, y, z); the T2w is NaN where it or the T1w sees nothing.
    affine
        Voxel to AC-centred RAS mm.
    ac_mm
        Anterior commissure, T1w scanner RAS mm.
    template_to_t1w
        4x4, template RAS mm to AC-centred RAS mm.
    t1w_to_t2w
        4x4, AC-centred RAS mm to RAS mm of the native T2w.
    record
        What was found and counted, for the sidecar.
    """

    t1w: np.ndarray
    t2w: np.ndarray
    affine: np.ndarray
    ac_mm: np.ndarray
    template_to_t1w: np.ndarray
    t1w_to_t2w: np.ndarray
    record: dict[str, Any]


def conform_pair(
    native_t1w: Image,
    native_t2w: Image,
    template_head: list[Image],
    participant_id: str,
    ac_mm: str | list[float] | None,
    voxel_mm: float,
) -> ConformedPair:
    """Find the commissure, resample the T1w, register the T2w to it and resample it once.

    Parameters
    ----------
    native_t1w, native_t2w
        As scanned, with voxel to scanner RAS mm.
    template_head
        T1w, T2w and classes of the template's head.
    participant_id
        Named in messages.
    ac_mm
        Commissure of the participants table, or ``None``: it is searched.
    voxel_mm
        New voxel size.

    Raises
    ------
    UserError
        If no head or no agreement of the two is found, or one is skull-stripped.
    """
    data, data_affine, n_trimmed_t1w = trim_padding(*native_t1w)
    scan = data, data_affine
    data, data_affine, n_trimmed_t2w = trim_padding(*native_t2w)
    scan_t2w = data, data_affine
    found = find_origin(scan, scan_t2w, template_head, participant_id, ac_mm)
    t1w, affine, n_below_zero = conform_t1w(*scan, found["ac_mm"], voxel_mm)
    log.info(
        "%s voxels -> %s voxels of %g mm; %d values below 0 set to 0",
        scan[0].shape,
        t1w.shape,
        voxel_mm,
        n_below_zero,
    )
    t2w, to_t2w, registration = register_t2w(
        (t1w, affine), scan_t2w, found, participant_id
    )
    to_scanner = translation(found["ac_mm"])
    t2w, zeros = without_padding(t1w, t2w, affine, scan, scan_t2w, to_scanner, to_t2w)
    log.info("voxels of the head that only one image shows: %s", zeros)
    registration["ExcludedVoxels"] |= zeros
    scalp = check_scalp(
        {"T1w": t1w, "T2w": t2w},
        affine,
        *template_head[2],
        found["template_to_t1w"],
        participant_id,
    )
    record = {
        "Interpolation": "B-spline of degree 4",
        "voxel_mm": voxel_mm,
        "ValuesBelowZeroSetToZero": n_below_zero,
        "PlanesOfZerosCut": {"T1w": n_trimmed_t1w, "T2w": n_trimmed_t2w},
        "ScalpWithSignal": scalp,
        **found,
        "T2wRegistration": registration,
    }
    to_t1w = found["template_to_t1w"]
    return ConformedPair(t1w, t2w, affine, found["ac_mm"], to_t1w, to_t2w, record)


def find_origin(
    scan: Image,
    scan_t2w: Image,
    head: list[Image],
    participant_id: str,
    ac_mm: str | list[float] | None,
) -> dict[str, Any]:
    """Align the template's head and find the commissure, or take the table's."""
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
    conformed: Image,
    scan_t2w: Image,
    found: dict[str, Any],
    participant_id: str,
) -> tuple[np.ndarray, np.ndarray, dict[str, Any]]:
    """Return the T2w on the conformed T1w, AC-centred to native T2w points, and the record.

    ``found``: what :func:`find_origin` gave.
    """
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
