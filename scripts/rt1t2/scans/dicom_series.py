"""Find the DICOM series of a folder, and tell what keeps one from becoming a volume."""

import logging
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from rt1t2.scans.dicom_headers import is_damaged_image, read_headers
from rt1t2.scans.header_facts import component
from rt1t2.scans.header_fields import Header
from rt1t2.scans.slice_geometry import LPS_TO_RAS, Geometry, stack_geometry
from rt1t2.scans.source_files import DAMAGED, SourceFile

# Two times of one image differ by less: noise of their storage; two echoes differ by more.
SAME_TIME_MS = {"EchoTime": 0.1, "InversionTime": 1.0, "RepetitionTime": 10.0}

log = logging.getLogger("rt1t2")

# Rescale slope and intercept (``None``: not there), and Philips' scale slope where there is one.
Scaling = tuple[float | None, float | None, float | None]
Key = tuple[Any, ...]
Slice = tuple[Path, Header]
Place = tuple[str, str]


@dataclass(eq=False)
class Series:
    """The slices of one image: a DICOM series, or one echo or component of one."""

    header: Header
    files: list[Path]
    geometry: Geometry
    scalings: set[Scaling]
    may_lack_slices: bool  # at an end, by instance numbers or the header's count
    shares_files: bool = False  # with another image, in a multi-frame file
    n_copies: int = 0  # files passed over because the same image is there already
    times_vary: bool = False  # by the noise of their storage
    of_several: bool = False  # people, by the patient ID of the slices
    lost: str = ""  # files beside its own that cannot be read, in words

    @property
    def number(self) -> int | None:
        """The series number, where the header has one."""
        value = self.header.get("SeriesNumber")
        return None if value is None else int(value)

    @property
    def problem(self) -> str:
        """What keeps the files from becoming one volume with comparable values, if anything."""
        if self.shares_files:
            return "several images (echoes or components) in one multi-frame file"
        if self.of_several:
            return "its slices are of several people (by patient ID)"
        return self.lost or self.geometry.problem or self._scaling_problem()

    @property
    def rescale_slopes(self) -> set[float]:
        """The rescale slopes of the slices."""
        return {1.0 if slope is None else slope for slope, *_ in self.scalings}

    @property
    def n_scalings(self) -> int:
        """How many different scalings there are; none is a slope of 1 and an intercept of 0."""
        return len(
            {
                (1.0 if slope is None else slope, intercept or 0.0, philips)
                for slope, intercept, philips in self.scalings
            }
        )

    def _scaling_problem(self) -> str:
        """Say which scaling the converter would apply wrongly (proven in the tests)."""
        if self.header.get("PixelPaddingValue") and self.n_scalings > 1:
            return "padded outside the head, with a scaling that differs between slices"
        if self.n_scalings == 1:
            return ""
        if any(slope is None for slope, *_ in self.scalings):
            return "some slices lack the rescale slope that others have"
        if any(philips is not None for *_, philips in self.scalings):
            return "Philips' scaling differs between slices"
        if len(self.files) < self.geometry.shape[2]:
            return "the rescale slope differs between the frames of one file"
        return ""

    @property
    def name(self) -> str:
        """How messages call the series."""
        echo = self.header.get("EchoTime")
        number = "without number" if self.number is None else str(self.number)
        return f"series {number}" + (f" (TE {echo:g} ms)" if echo else "")


def series_of(files: Iterable[SourceFile]) -> list[Series]:
    """Read the headers of files and sort them into series.

    One DICOM series with several echoes, or with the components of a complex or Dixon image,
    becomes several entries. A file that is there twice counts once. Files that are not DICOM
    images are passed over; but a series that lies among files which cannot be read, and is not
    complete by its own count, has a problem.

    Parameters
    ----------
    files
        All files of a source, so that what cannot be read is known.

    Returns
    -------
    list of Series
        In the order of series number and echo time.
    """
    groups: dict[Key, dict[Key, tuple[Path, Header]]] = defaultdict(dict)
    copies: dict[Key, set[Path]] = defaultdict(set)
    places: dict[Path, Place] = {}
    lost: dict[Place, list[str]] = defaultdict(list)
    unknown: list[Place] = []
    files = list(files)
    n_images = 0
    for file in files:
        if file.lost:
            lost[file.place].append(file.lost)
        if file.lost or file.other:
            continue
        headers = read_headers(file.path)
        n_images += bool(headers)
        if not headers and is_damaged_image(file.path):
            lost[file.place].append(DAMAGED)
        elif not headers:
            unknown.append(file.place)
        places[file.path] = file.place
        for frame, header in enumerate(headers):
            series_uid, image_uid = header["uid"]
            position = header.get("ImagePositionPatient")
            same = (
                image_uid or file.path, frame, position, header.get("InstanceNumber")
            )  # fmt: skip
            group = (series_uid, header.get("SeriesNumber"), component(header))
            if groups[group].setdefault(same, (file.path, header))[0] != file.path:
                copies[group].add(file.path)
    for place in unknown:  # named as the images beside it, but no image any more
        if place in places.values():
            lost[place].append(DAMAGED)
    log.info("%d of %d files are DICOM images", n_images, len(files))
    series, parents = [], []
    for group, images in groups.items():
        for slices in _by_times(list(images.values())):
            series.append(_series(slices))
            series[-1].n_copies = len(copies[group])
            parents.append(group[0])
    n_series = Counter(path for each in series for path in each.files)
    parts = Counter(parents)
    for each, parent in zip(series, parents, strict=True):
        each.shares_files = any(n_series[path] > 1 for path in each.files)
        each.may_lack_slices &= parts[parent] == 1
        each.lost = _lost_beside(each, {places[path] for path in each.files}, lost)
    for each in series:
        each.lost = each.lost or _continued_elsewhere(each, series)
    return sorted(series, key=_order)


def _by_times(slices: list[Slice]) -> list[list[Slice]]:
    """Divide the slices of a series into images by echo, inversion and repetition time.

    Neighbours among the sorted times are one image as long as they are nearly equal, so that
    no time lies at the edge of a class.
    """
    parts = [slices]
    for keyword, tolerance_ms in SAME_TIME_MS.items():
        parts = [
            divided
            for part in parts
            for divided in _divided(part, keyword, tolerance_ms)
        ]
    return parts


def _divided(
    slices: list[Slice], keyword: str, tolerance_ms: float
) -> list[list[Slice]]:
    times = sorted({header.get(keyword, -1.0) for _, header in slices})
    classes: dict[float, int] = {}
    for number, time in enumerate(times):
        before = times[number - 1] if number else time
        classes[time] = classes.get(before, 0) + (time - before > tolerance_ms)
    divided: dict[int, list[Slice]] = defaultdict(list)
    for each in slices:
        divided[classes[each[1].get(keyword, -1.0)]].append(each)
    return list(divided.values())


def _lost_beside(
    series: Series, places: set[Place], lost: dict[Place, list[str]]
) -> str:
    """Say which files beside a series' own cannot be read, unless it is complete by count."""
    reasons = Counter(reason for place in places for reason in lost.get(place, ()))
    if not reasons or _is_complete(series):
        return ""
    said = " and ".join(f"{n} are {why}" for why, n in sorted(reasons.items()))
    return f"of the files beside its own, {said}, so slices may be missing"


def _continued_elsewhere(series: Series, others: list[Series]) -> str:
    """Say that slices next to a stack's ends, or without a place, are filed as another image.

    An identifier or a time that is damaged in one file takes its slice out of the stack; at an
    end nothing else would tell.
    """
    affine, n_slices = series.geometry.affine, series.geometry.shape[2]
    if affine is None or n_slices < 2:
        return ""
    to_voxel = np.linalg.inv(LPS_TO_RAS @ affine)
    for other in others:
        n = other.geometry.shape[2]
        if other is series or n > n_slices or not _are_filed_alike(series, other):
            continue
        place = other.header.get("ImagePositionPatient")
        if place is None:
            return f"{n} slice(s) of the same series have no position"
        column, row, slice_ = (to_voxel @ [*place, 1.0])[:3]
        beyond = slice_ if slice_ < 0 else slice_ - (n_slices - 1)
        on_grid = abs(slice_ - round(slice_)) < 0.1 and max(abs(column), abs(row)) < 0.5
        if (
            on_grid
            and 0.5 < abs(beyond) < n + 0.5
            and not 0 <= round(slice_) < n_slices
        ):
            return (
                f"{n} slice(s) that continue it are filed as another image: an "
                "identifier, a number or a time in their headers differs"
            )
    return ""


def _are_filed_alike(first: Series, second: Series) -> bool:
    """Tell whether two images are of one series by its UID or by its number."""
    same_uid = first.header["uid"][0] == second.header["uid"][0]
    same_number = first.number is not None and first.number == second.number
    return same_uid or same_number


def _is_complete(series: Series) -> bool:
    header = series.header
    if header.get("NumberOfFrames", 1) > 1:
        return True
    expected = header.get("ImagesInAcquisition", 0)
    return bool(expected and expected == len(series.files))


def _series(slices: list[Slice]) -> Series:
    headers = [header for _, header in slices]
    files = list(dict.fromkeys(path for path, _ in slices))
    numbers = [int(h["InstanceNumber"]) for h in headers if "InstanceNumber" in h]
    whole = len(numbers) == len(files) == len(headers)
    return Series(
        header=headers[0],
        files=files,
        geometry=stack_geometry(headers),
        scalings={_scaling(header) for header in headers},
        of_several=len({h["patient"] for h in headers} - {""}) > 1,
        may_lack_slices=whole and _may_lack_slices(numbers, headers[0]),
        times_vary=len({tuple(map(header.get, SAME_TIME_MS)) for header in headers})
        > 1,
    )


def _may_lack_slices(numbers: list[int], header: Header) -> bool:
    """Tell from instance numbers, usually from 1, or the header's count if slices are missing.

    Numbers far above 1 are those of a maker who numbers on from another series.
    """
    first = 1 if min(numbers) <= len(numbers) else min(numbers)
    counted = max(numbers) - min(first, *numbers) + 1
    return bool(max(counted, header.get("ImagesInAcquisition", 0)) > len(numbers))


def _scaling(header: Header) -> Scaling:
    slope, intercept = header.get("RescaleSlope"), header.get("RescaleIntercept")
    return slope, intercept, header.get("PhilipsScaleSlope")


def _order(series: Series) -> Key:
    number = series.number if series.number is not None else 10**9
    return number, series.header.get("EchoTime", 0.0), series.header["uid"]
