"""Which series serves as T1w and which as T2w, and why not the others."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

import numpy as np

from rt1t2.errors import UserError
from rt1t2.scans.dicom_headers import Header
from rt1t2.scans.dicom_series import Series
from rt1t2.scans.image_checks import MIN_EXTENT_MM, MIN_SLICES
from rt1t2.scans.series_contrast import (
    guess_contrast,
    is_named,
    normalised_by_scanner,
    other_kind,
)

FINER = 0.9  # a voxel volume below this share of another's decides between two series

NOT_AS_SCANNED = {
    "DERIVED", "SECONDARY", "MPR", "MIP", "MNIP", "MINIP", "PROJECTION IMAGE",
    "REFORMATTED", "CSA MPR", "SUBTRACT", "SUBTRACTION",
}  # fmt: skip


@dataclass(frozen=True)
class Choice:
    """The series chosen for one contrast (``None`` if none will do), and why not the others."""

    series: Series | None
    reasons: dict[int, str]
    tied: tuple[Series, ...] = ()


def reason_against(series: Series) -> str:
    """Say why a series can serve as no anatomical image at all; empty if it can."""
    return "; ".join(
        filter(None, (_content_problem(series.header), _volume_problem(series)))
    )


def choose(series: list[Series], contrast: str, norm: str = "NORM") -> Choice:
    """Choose the series that serves as ``"T1w"`` or ``"T2w"``.

    Among suitable ones, the first criterion that tells them apart decides: covers a whole
    head, is 3D, has clearly finer voxels, says so in its description, is corrected for the
    gradients' distortion, is intensity-normalised by the scanner as asked for (``"NORM"`` or
    ``"none"``).

    Returns
    -------
    Choice
        ``tied`` holds the candidates that no criterion tells apart; ``reasons`` has an
        entry for the index of every series that was not chosen.
    """
    reasons: dict[int, str] = {}
    candidates: list[Series] = []
    against = [reason_against(each) for each in series]
    for index, each in enumerate(series):
        guess = guess_contrast(each.header)
        only_one = guess == "unknown contrast" and against.count("") == 1
        if against[index] or not (guess == contrast or only_one):
            reasons[index] = against[index] or guess
        else:
            candidates.append(each)
    for criterion, keep in _criteria(contrast, norm):
        best = keep(candidates) if len(candidates) > 1 else candidates
        for candidate in candidates:
            if candidate not in best:
                reasons[series.index(candidate)] = (
                    f"{contrast}, but {best[0].name} {criterion}"
                )
        candidates = best
    if len(candidates) > 1:
        for candidate in candidates:
            reasons[series.index(candidate)] = f"{contrast}, equal to another series"
        return Choice(None, reasons, tuple(candidates))
    return Choice(candidates[0] if candidates else None, reasons)


def chosen_or_stop(
    choice: Choice, series: list[Series], contrast: str, where: str
) -> Series:
    """Return the chosen series, or stop with what there is and what to do.

    Raises
    ------
    UserError
        No series, or several equally good ones.
    """
    if choice.series is not None:
        return choice.series
    column = contrast.lower()
    if choice.tied:
        names = ", ".join(tied.name for tied in choice.tied)
        raise UserError(
            f"{where}: {names} are equally good as {contrast}. Put the right one into a "
            f"folder of its own and give that folder in column {column}."
        )
    if not series:
        raise UserError(
            f"{where}: no readable DICOM image. Check column {column} of the participants "
            "table; it takes a DICOM folder, an archive of one, or a NIfTI file."
        )
    refused = [
        f"{series[i].name}: {_with_contrast(series[i], reason)}"
        for i, reason in choice.reasons.items()
    ]
    more = [f"{len(refused) - 6} more in the log"] if len(refused) > 6 else []
    raise UserError(
        f"{where}: no {contrast} found ({'; '.join(refused[:6] + more)}). Give another folder "
        f"or a NIfTI file in column {column}, or fill in exclude."
    )


def _with_contrast(series: Series, reason: str) -> str:
    """Put what a series shows in front of what is wrong with it."""
    guess = guess_contrast(series.header)
    return reason if reason.startswith(guess) else f"{guess}; {reason}"


def _content_problem(header: Header) -> str:
    if "MR" not in header.get("Modality", ("MR",)):
        return "not MR"
    if header.get("SamplesPerPixel", 1) != 1:
        return "colour image"
    if NOT_AS_SCANNED & set(header.get("ImageType", ())):
        return "derived image, not as scanned"
    return other_kind(header)


def _volume_problem(series: Series) -> str:
    geometry = series.geometry
    if series.problem:
        return series.problem
    if geometry.shape[2] < MIN_SLICES:
        return f"too few slices: {geometry.shape[2]} (a head needs {MIN_SLICES})"
    if (geometry.extent_mm >= MIN_EXTENT_MM).sum() < 2:
        size = " x ".join(f"{mm:.0f}" for mm in geometry.extent_mm)
        return f"field of view {size} mm is too small for a head"
    return ""


def _criteria(
    contrast: str, norm: str
) -> list[tuple[str, Callable[[list[Series]], list[Series]]]]:
    """List what tells candidates apart: words for the ledger, and the best of a list."""

    def those(good: Callable[[Series], bool]) -> Callable[[list[Series]], list[Series]]:
        return lambda candidates: list(filter(good, candidates)) or candidates

    def finest(candidates: list[Series]) -> list[Series]:
        smallest = min(map(_voxel_mm3, candidates))
        return [each for each in candidates if _voxel_mm3(each) * FINER <= smallest]

    def of_type(code: str) -> Callable[[Series], bool]:
        return lambda series: code in series.header.get("ImageType", ())

    return [
        (
            "covers more",
            those(lambda series: series.geometry.extent_mm.min() >= MIN_EXTENT_MM),
        ),
        (
            "is 3D",
            those(lambda series: "3D" in series.header.get("MRAcquisitionType", ())),
        ),
        ("has finer voxels", finest),
        ("is named so", those(lambda series: is_named(contrast, series.header))),
        ("is corrected for distortion (DIS3D)", those(of_type("DIS3D"))),
        ("is corrected for distortion (DIS2D)", those(of_type("DIS2D"))),
        (
            "is NORM" if norm == "NORM" else "is without NORM, like the other contrast",
            those(lambda series: normalised_by_scanner(series.header) == norm),
        ),
    ]


def _voxel_mm3(series: Series) -> float:
    affine = cast(np.ndarray, series.geometry.affine)
    return float(abs(np.linalg.det(affine[:3, :3])))
