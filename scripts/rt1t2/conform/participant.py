"""A pair of scans on one grid: the T1w's origin at the anterior commissure, the T2w on it."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from rt1t2.conform.fields_of_view import brain_view
from rt1t2.conform.origin import Origin, find_origin
from rt1t2.conform.padding import trim_padding, without_padding
from rt1t2.conform.resample import conform_t1w
from rt1t2.conform.skull_stripping import check_scalp
from rt1t2.conform.t2w_alignment import align_t2w, resample_t2w
from rt1t2.errors import UserError
from rt1t2.geometry.transforms import displacement_mm, rotation_deg, translation
from rt1t2.geometry.volume import Volume
from rt1t2.template.template_head import TemplateHead

log = logging.getLogger("rt1t2")


@dataclass(frozen=True)
class ConformedPair:
    """Both images on isotropic voxels, AC-centred, and how they came there.

    Attributes
    ----------
    t1w, t2w
        On one grid, voxel to AC-centred RAS mm; the T2w is NaN where it or the T1w sees
        nothing.
    origin
        Where the anterior commissure and the template lie.
    t1w_to_t2w
        4x4, AC-centred RAS mm to RAS mm of the native T2w.
    levels
        Median of T1w and T2w in the template's brain, by name.
    record
        What was measured and counted, for the sidecar.
    """

    t1w: Volume
    t2w: Volume
    origin: Origin
    t1w_to_t2w: np.ndarray
    levels: dict[str, float]
    record: dict[str, Any]


def conform_pair(
    native_t1w: Volume,
    native_t2w: Volume,
    template: TemplateHead,
    participant_id: str,
    ac_mm: str | list[float] | None,
    voxel_mm: float,
) -> ConformedPair:
    """Find the commissure, resample the T1w, register the T2w to it and resample it once.

    Parameters
    ----------
    native_t1w, native_t2w
        As scanned, voxel to scanner RAS mm.
    template
        The template's head.
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
    scan, n_trimmed_t1w = trim_padding(native_t1w)
    scan_t2w, n_trimmed_t2w = trim_padding(native_t2w)
    origin = find_origin(scan, scan_t2w, template, participant_id, ac_mm)
    t1w, n_below_zero = conform_t1w(scan, origin.ac_mm, voxel_mm)
    log.info(
        "%s voxels -> %s voxels of %g mm; %d values below 0 set to 0",
        scan.shape,
        t1w.shape,
        voxel_mm,
        n_below_zero,
    )
    t2w, to_t2w, registration = register_t2w(
        t1w, scan_t2w, template, origin, participant_id
    )
    to_scanner = translation(origin.ac_mm)
    t2w, zeros = without_padding(t1w, t2w, scan, scan_t2w, to_scanner, to_t2w)
    log.info("voxels of the head that only one image shows: %s", zeros)
    view = brain_view(scan, template, origin.alignment.template.matrix)
    flags = view.flags("T1w")
    for flag in (*flags, *registration["Flags"]):
        log.warning("%s", flag)
    registration["ExcludedVoxels"] |= zeros
    images, to_t1w = {"T1w": t1w, "T2w": t2w}, origin.template_to_t1w
    parenchyma = template.classes.like(template.parenchyma)
    brain = parenchyma.on(t1w, np.linalg.inv(to_t1w)).data > 0.5
    levels = {name: float(np.nanmedian(i.data[brain])) for name, i in images.items()}
    scalp = check_scalp(images, levels, template, to_t1w, participant_id)
    record = {
        "Interpolation": "B-spline of degree 4",
        "voxel_mm": voxel_mm,
        "ValuesBelowZeroSetToZero": n_below_zero,
        "PlanesOfZerosCut": {"T1w": n_trimmed_t1w, "T2w": n_trimmed_t2w},
        "MedianInTemplateBrain": levels,
        "ScalpWithSignal": scalp,
        "T1wBrainCoverage": view.share,
        "Flags": flags,
        **origin.record(),
        "T2wRegistration": registration,
    }
    return ConformedPair(t1w, t2w, origin, to_t2w, levels, record)


def register_t2w(
    t1w: Volume,
    scan_t2w: Volume,
    template: TemplateHead,
    origin: Origin,
    participant_id: str,
) -> tuple[Volume, np.ndarray, dict[str, Any]]:
    """Return the T2w on the conformed T1w, AC-centred to native T2w points, and the record."""
    to_scanner = translation(origin.ac_mm)
    # the registration sees both in one world: the T2w's header moved to the AC as well
    alignment = align_t2w(
        t1w,
        scan_t2w.moved(translation(-origin.ac_mm)),
        template,
        origin.template_to_t1w,
    )
    if problem := alignment.problem():
        raise UserError(
            f"{participant_id}: {problem}. Check that T1w and T2w are whole heads of one "
            "person and one session, or set exclude in the participants table."
        )
    to_native = to_scanner @ alignment.t1w_to_t2w
    on_t1w, n_below_zero = resample_t2w(scan_t2w, t1w, to_native)
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
        100 * alignment.brain.share,
    )
    registration = {
        "Description": "Takes points of the T1w (AC-centred) to points of the native T2w",
        "Metric": "mutual information of ranks, 3 mm",
        **moved,
        "MutualInformationBefore": alignment.mutual_information_before,
        "MutualInformationAfter": alignment.mutual_information_after,
        "MutualInformationGap": alignment.gap,
        "EdgeAgreement": alignment.edge_agreement,
        "T2wCoverage": alignment.head_coverage,
        "T2wBrainCoverage": alignment.brain.share,
        "Interpolation": "cubic B-spline, once, from the native T2w",
        "ValuesBelowZeroSetToZero": n_below_zero,
        "ExcludedVoxels": {"OutsideT2wFieldOfView": np.isnan(on_t1w.data).sum()},
        "Flags": alignment.flags(),
    }
    return on_t1w, to_native, registration


@contextmanager
def import_notes(scanned: list[dict[str, Any]]) -> Iterator[None]:
    """Add to a refusal what the import found doubtful about the images.

    ``scanned``: the sidecars of the native images.
    """
    try:
        yield
    except UserError as error:
        flags = dict.fromkeys(
            flag for scan in scanned for flag in scan.get("Flags", [])
        )
        noted = f" The import noted: {'; '.join(flags)}." if flags else ""
        raise UserError(f"{error}{noted}") from None
