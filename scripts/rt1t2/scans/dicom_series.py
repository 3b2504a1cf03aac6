"""Find the DICOM series of a folder, and tell what keeps one from becoming a volume."""

import logging
from collections import Counter, defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rt1t2.scans.dicom_headers import Header, read_headers
from rt1t2.scans.slice_geometry import Geometry, stack_geometry

COMPONENTS = {"P", "PHASE", "R", "REAL", "I", "IMAGINARY"}

log = logging.getLogger("rt1t2")

# Rescale slope and intercept, and Philips' scale slope where there is one.
Scaling = tuple[float, float, float | None]
Key = tuple[Any, ...]


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
        return self.geometry.problem or self._scaling_problem()

    @property
    def rescale_slopes(self) -> set[float]:
        """The rescale slopes of the slices."""
        return {slope for slope, *_ in self.scalings}

    def _scaling_problem(self) -> str:
        """Say which scaling the converter would apply wrongly (proven in the tests)."""
        if len(self.scalings) == 1:
            return ""
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


def find_series(folder: Path) -> list[Series]:
    """Read the headers of all files below a folder and sort them into series.

    One DICOM series with several echoes, or with magnitude and phase, becomes several
    entries. A file that is there twice counts once. Files that are not DICOM images,
    and DICOMDIR, are passed over.

    Parameters
    ----------
    folder
        Searched recursively; or one DICOM file.

    Returns
    -------
    list of Series
        In the order of series number and echo time.
    """
    files = [folder] if folder.is_file() else sorted(folder.rglob("*"))
    files = [path for path in files if path.is_file()]
    groups: dict[Key, dict[Key, tuple[Path, Header]]] = defaultdict(dict)
    copies: dict[Key, set[Path]] = defaultdict(set)
    n_images = 0
    for path in files:
        if path.name.upper() == "DICOMDIR":
            continue
        headers = read_headers(path)
        n_images += bool(headers)
        for frame, header in enumerate(headers):
            series_uid, image_uid = header["uid"]
            position = header.get("ImagePositionPatient")
            same = (image_uid or path, frame, position, header.get("InstanceNumber"))
            group = (series_uid, *_image_of_series(header))
            if groups[group].setdefault(same, (path, header))[0] != path:
                copies[group].add(path)
    series = [_series(list(slices.values())) for slices in groups.values()]
    log.info("%d of %d files are DICOM images", n_images, len(files))
    n_series = Counter(path for each in series for path in each.files)
    parts = Counter(series_uid for series_uid, *_ in groups)
    for each, group in zip(series, groups, strict=True):
        each.shares_files = any(n_series[path] > 1 for path in each.files)
        each.may_lack_slices &= parts[group[0]] == 1
        each.n_copies = len(copies[group])
    return sorted(series, key=_order)


def _image_of_series(header: Header) -> Key:
    """Tell the images apart that one DICOM series can hold."""
    component = sorted(COMPONENTS & set(header.get("ImageType", ())))
    times = (round(header.get(key, -1.0), 1) for key in ("EchoTime", "InversionTime"))
    return (header.get("SeriesNumber"), *times, *component)


def _series(slices: list[tuple[Path, Header]]) -> Series:
    headers = [header for _, header in slices]
    files = list(dict.fromkeys(path for path, _ in slices))
    numbers = [int(h["InstanceNumber"]) for h in headers if "InstanceNumber" in h]
    whole = len(numbers) == len(files) == len(headers)
    return Series(
        header=headers[0],
        files=files,
        geometry=stack_geometry(headers),
        scalings={_scaling(header) for header in headers},
        may_lack_slices=whole and _may_lack_slices(numbers, headers[0]),
    )


def _may_lack_slices(numbers: list[int], header: Header) -> bool:
    """Tell from instance numbers, usually from 1, or the header's count if slices are missing.

    Numbers far above 1 are those of a maker who numbers on from another series.
    """
    first = 1 if min(numbers) <= len(numbers) else min(numbers)
    counted = max(numbers) - min(first, *numbers) + 1
    return bool(max(counted, header.get("ImagesInAcquisition", 0)) > len(numbers))


def _scaling(header: Header) -> Scaling:
    slope, intercept = (
        header.get("RescaleSlope", 1.0),
        header.get("RescaleIntercept", 0.0),
    )
    return slope, intercept, header.get("PhilipsScaleSlope")


def _order(series: Series) -> Key:
    number = series.number if series.number is not None else 10**9
    return number, series.header.get("EchoTime", 0.0), series.header["uid"]
