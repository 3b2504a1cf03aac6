"""Which series serves as T1w and which as T2w, and why not the others."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import cast

import numpy as np

from rt1t2.errors import UserError
from rt1t2.images import voxel_sizes_mm
from rt1t2.scans.dicom_series import Series
from rt1t2.scans.header_facts import (
    fat_suppressed,
    image_codes,
    normalised_by_scanner,
)
from rt1t2.scans.header_fields import Header
from rt1t2.scans.image_checks import MIN_EXTENT_MM, MIN_SLICES
from rt1t2.scans.series_contrast import guess_contrast, is_named, other_kind

FINER = 0.9  # a voxel edge or volume below this share of another's decides between two series
WHOLE_HEAD_MM = 150.0  # more coverage than this decides nothing
AS_MUCH = 0.85  # of the best coverage
THICK = 2.0  # from this ratio of voxel edges on, slices have a plane that matters
SAME_PLANE_DEG = 25.0

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


def choose(
    series: list[Series],
    contrast: str,
    norm: str = "NORM",
    beside: Series | None = None,
    visits: Collection[str] = (),
) -> Choice:
    """Choose the series that serves as ``"T1w"`` or ``"T2w"``.

    Among suitable ones, the first criterion that tells them apart decides: is of a visit that
    has the other contrast, covers more of the head, keeps the fat that the calibration needs,
    is 3D, lies in the plane of the other image's thick slices, has clearly thinner slices, has
    clearly smaller voxels, says so in its description, is corrected for the gradients'
    distortion, is intensity-normalised by the scanner as asked for.

    Parameters
    ----------
    series
        All that the source has.
    contrast
        ``"T1w"`` or ``"T2w"``.
    norm
        ``"NORM"`` or ``"none"``.
    beside
        The series of the other contrast, where it is chosen already.
    visits
        Studies that have both contrasts, from :func:`visits_with`.

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
    for criterion, keep in _criteria(contrast, norm, beside, visits):
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


def suitable(series: list[Series], contrast: str) -> list[Series]:
    """Return the series that can serve as ``"T1w"`` or ``"T2w"``."""
    return [
        each
        for each in series
        if guess_contrast(each.header) == contrast and not reason_against(each)
    ]


def visits_with(series: list[Series], contrasts: Collection[str]) -> set[str]:
    """Return the studies that have a suitable series of every contrast."""
    found = [
        {each.header["visit"] for each in suitable(series, contrast)} - {""}
        for contrast in contrasts
    ]
    return set.intersection(*found)


def chosen_or_stop(
    choice: Choice,
    series: list[Series],
    contrast: str,
    where: str,
    beside: str = "",
) -> Series:
    """Return the chosen series, or stop with what there is and what to do.

    ``beside`` says what lies in the source that is no readable DICOM image.

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
    also = f"; {beside}" if beside else ""
    if not series:
        raise UserError(
            f"{where}: no readable DICOM image{also}. Check column {column} of the "
            "participants table; it takes a DICOM folder, an archive of one, or a NIfTI file."
        )
    single = [each for each in series if each.geometry.shape[2] == 1]
    if len(single) >= MIN_SLICES and len(single) > len(series) / 2:
        raise UserError(
            f"{where}: no {contrast} found: {len(single)} of {len(series)} series hold a "
            "single image. Every file has a series UID of its own, as some anonymisers write "
            "it. Anonymise again and keep one series UID (0020,000E) per series, or give a "
            f"NIfTI file in column {column}."
        )
    refused = [
        f"{series[i].name}: {_with_contrast(series[i], reason)}"
        for i, reason in choice.reasons.items()
    ]
    more = [f"{len(refused) - 6} more in the log"] if len(refused) > 6 else []
    raise UserError(
        f"{where}: no {contrast} found ({'; '.join(refused[:6] + more)}{also}). Give "
        f"another folder or a NIfTI file in column {column}, or fill in exclude."
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
    if NOT_AS_SCANNED & image_codes(header):
        return "derived image, not as scanned"
    if "MONOCHROME1" in header.get("PhotometricInterpretation", ()):
        return "dark and bright are exchanged (MONOCHROME1)"
    if header.get("RescaleSlope", 1.0) < 0:
        return "dark and bright are exchanged (negative rescale slope)"
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


def in_one_plane(first: Series, second: Series) -> bool:
    """Tell whether the thick slices of two series are about parallel; thin ones always fit."""
    if not (_is_thick(first) and _is_thick(second)):
        return True
    cosine = abs(float(_normal(first) @ _normal(second)))
    return bool(cosine >= np.cos(np.radians(SAME_PLANE_DEG)))


def _criteria(
    contrast: str, norm: str, beside: Series | None, visits: Collection[str]
) -> list[tuple[str, Callable[[list[Series]], list[Series]]]]:
    """List what tells candidates apart: words for the ledger, and the best of a list."""

    def those(good: Callable[[Series], bool]) -> Callable[[list[Series]], list[Series]]:
        return lambda candidates: list(filter(good, candidates)) or candidates

    def least(
        size: Callable[[Series], float], share: float
    ) -> Callable[[list[Series]], list[Series]]:
        return lambda candidates: [
            each
            for each in candidates
            if size(each) * share <= min(map(size, candidates))
        ]

    def of_type(code: str) -> Callable[[Series], bool]:
        return lambda series: code in image_codes(series.header)

    return [
        (
            "is of the visit that has the other contrast",
            those(lambda series: series.header["visit"] in visits),
        ),
        ("covers more", least(lambda series: -_coverage_mm(series), 1 / AS_MUCH)),
        (
            "is without fat suppression",
            those(lambda series: not fat_suppressed(series.header)),
        ),
        (
            "is 3D",
            those(lambda series: "3D" in series.header.get("MRAcquisitionType", ())),
        ),
        (
            "lies in the plane of the other image",
            those(lambda series: beside is None or in_one_plane(series, beside)),
        ),
        ("has thinner slices", least(lambda series: _edges_mm(series).max(), FINER)),
        ("has finer voxels", least(lambda series: _edges_mm(series).prod(), FINER)),
        ("is named so", those(lambda series: is_named(contrast, series.header))),
        ("is corrected for distortion (DIS3D)", those(of_type("DIS3D"))),
        ("is corrected for distortion (DIS2D)", those(of_type("DIS2D"))),
        (
            "is NORM" if norm == "NORM" else "is without NORM, like the other contrast",
            those(lambda series: normalised_by_scanner(series.header) == norm),
        ),
    ]


def _coverage_mm(series: Series) -> float:
    return min(float(series.geometry.extent_mm.min()), WHOLE_HEAD_MM)


def _is_thick(series: Series) -> bool:
    edges = _edges_mm(series)
    return bool(edges.max() >= THICK * edges.min())


def _normal(series: Series) -> np.ndarray:
    """Return the direction of a series' longest voxel edge, which is across its slices."""
    affine = cast(np.ndarray, series.geometry.affine)
    edge: np.ndarray = affine[:3, int(_edges_mm(series).argmax())]
    unit: np.ndarray = edge / np.linalg.norm(edge)
    return unit


def _edges_mm(series: Series) -> np.ndarray:
    return voxel_sizes_mm(cast(np.ndarray, series.geometry.affine))
