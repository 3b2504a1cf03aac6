"""Find the DICOM series of a folder, and tell whether a series' slices form a volume."""

import logging
from collections import Counter, defaultdict
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from rt1t2.dicom_headers import Header, read_headers

SPACING_TOLERANCE = 0.02  # of the slice spacing
SHEAR_TOLERANCE_DEG = 0.3
ANGLE_TOLERANCE = 2e-3  # of a direction cosine
COMPONENTS = {"P", "PHASE", "R", "REAL", "I", "IMAGINARY"}
LPS_TO_RAS = np.diag([-1.0, -1.0, 1.0, 1.0])

log = logging.getLogger("rt1t2")


@dataclass(frozen=True, eq=False)
class Geometry:
    """A stack of slices: voxel counts, affine (voxel to RAS mm), what is wrong with it."""

    shape: tuple[int, int, int]
    affine: np.ndarray | None
    slice_spacing_mm: float
    problem: str = ""

    @property
    def extent_mm(self) -> np.ndarray:
        """Field of view in mm along columns, rows and slices."""
        if self.affine is None:
            return np.zeros(3)
        return np.array(self.shape) * np.sqrt((self.affine[:3, :3] ** 2).sum(axis=0))


@dataclass(eq=False)
class Series:
    """The slices of one image: a DICOM series, or one echo or component of one."""

    header: Header
    files: list[Path]
    geometry: Geometry
    rescale_slopes: set[float]
    numbers_have_gaps: bool  # instance numbers: slices may be missing at an end
    shares_files: bool = False  # with another image, in a multi-frame file

    @property
    def number(self) -> int | None:
        """The series number, where the header has one."""
        value = self.header.get("SeriesNumber")
        return None if value is None else int(value)

    @property
    def name(self) -> str:
        """How messages call the series."""
        echo = self.header.get("EchoTime")
        number = "without number" if self.number is None else str(self.number)
        return f"series {number}" + (f" (TE {echo:g} ms)" if echo else "")


def find_series(folder: Path) -> list[Series]:
    """Read the headers of all files below a folder and sort them into series.

    One DICOM series with several echoes, or with magnitude and phase, becomes several
    entries. A file that is there twice counts once. Files that are no DICOM images and
    DICOMDIR are passed over.

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
    groups: dict[tuple, dict[tuple, tuple[Path, Header]]] = defaultdict(dict)
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
            groups[(series_uid, *_image_of_series(header))].setdefault(
                same, (path, header)
            )
    series = [_series(list(slices.values())) for slices in groups.values()]
    log.info("%d of %d files are DICOM images", n_images, len(files))
    users = Counter(path for one in series for path in one.files)
    parts = Counter(series_uid for series_uid, *_ in groups)
    for one, (series_uid, *_) in zip(series, groups, strict=True):
        one.shares_files = any(users[path] > 1 for path in one.files)
        one.numbers_have_gaps &= parts[series_uid] == 1
    return sorted(series, key=_order)


def stack_geometry(headers: list[Header]) -> Geometry:
    """Work out the volume that slices form, or why they form none.

    Parameters
    ----------
    headers
        One a slice, in any order.

    Returns
    -------
    Geometry
        Axes columns, rows, slices along the normal (row x column direction). ``problem``
        says what is wrong in words for the series ledger, and is empty otherwise.
    """
    columns, rows = int(headers[0]["Columns"]), int(headers[0]["Rows"])
    nothing = (columns, rows, len(headers)), None, float("nan")
    needed = ("ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing")
    if any(key not in header for header in headers for key in needed):
        return Geometry(
            *nothing, "no position, orientation or pixel size in the header"
        )
    if len({(h["Columns"], h["Rows"]) for h in headers}) > 1:
        return Geometry(*nothing, "slices have different matrix sizes")
    positions, cosines, spacings = (
        np.array([header[key] for header in headers]) for key in needed
    )
    if np.ptp(cosines, axis=0).max() > ANGLE_TOLERANCE:
        return Geometry(*nothing, "slices have different orientations")
    if np.ptp(spacings, axis=0).max() > 1e-3 * spacings.max():
        return Geometry(*nothing, "slices have different pixel sizes")
    along_row, along_column = cosines[0, :3], cosines[0, 3:]
    normal = np.cross(along_row, along_column)
    if abs(np.linalg.norm(normal) - 1) > 10 * ANGLE_TOLERANCE:
        return Geometry(*nothing, "row and column directions are not perpendicular")

    order = np.argsort(positions @ normal, kind="stable")
    positions = positions[order]
    depths = positions @ normal
    steps = np.diff(depths)
    spacing = (
        float(np.median(steps)) if len(steps) else headers[0].get("SliceThickness", 0.0)
    )
    shape = (columns, rows, len(headers))
    problem = _spacing_problem(steps) or _shear_problem(positions, normal)
    if spacing <= 0:
        return Geometry(shape, None, spacing, problem or "a single slice")
    affine = np.eye(4)
    affine[:3, 0] = along_row * spacings[0, 1]
    affine[:3, 1] = along_column * spacings[0, 0]
    affine[:3, 2] = normal * (np.ptp(depths) / max(len(steps), 1) or spacing)
    affine[:3, 3] = positions[0]
    return Geometry(shape, LPS_TO_RAS @ affine, spacing, problem)


def slice_plane(affine: np.ndarray) -> str:
    """Name the plane of the slices (third voxel axis), and how far it is tilted."""
    normal = affine[:3, 2] / np.linalg.norm(affine[:3, 2])
    axis = int(np.argmax(np.abs(normal)))
    plane = ("sagittal", "coronal", "axial")[axis]
    tilt = np.degrees(np.arccos(min(1.0, abs(normal[axis]))))
    return plane if tilt < 1 else f"{plane}, oblique by {tilt:.0f} degrees"


def _image_of_series(header: Header) -> tuple:
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
        rescale_slopes={header.get("RescaleSlope", 1.0) for header in headers},
        numbers_have_gaps=whole and max(numbers) - min(numbers) + 1 > len(numbers),
    )


def _order(series: Series) -> tuple:
    number = series.number if series.number is not None else 10**9
    return number, series.header.get("EchoTime", 0.0), series.header["uid"]


def _spacing_problem(steps: np.ndarray) -> str:
    """Say what is wrong with the distances (mm) between neighbouring slices."""
    if not len(steps):
        return ""
    places = 1 + int((steps > 0.01).sum())
    if places <= len(steps):
        count = len(steps) + 1
        if count % places == 0:
            return f"{count // places} images of {places} slices in one series"
        return f"{count - places} slices lie where another one lies"
    usual = float(np.median(steps))
    worst = steps[np.argmax(np.abs(steps - usual))]
    if abs(worst - usual) <= max(SPACING_TOLERANCE * usual, 0.01):
        return ""
    missing = round(worst / usual) - 1
    if missing >= 1 and abs(worst / usual - missing - 1) < 0.1:
        total = int(np.round(steps / usual).sum()) - len(steps)
        return (
            f"{total} slice(s) missing: a gap of {worst:.2f} mm, usually {usual:.2f} mm"
        )
    return f"uneven slice spacing: {steps.min():.2f} to {steps.max():.2f} mm"


def _shear_problem(positions: np.ndarray, normal: np.ndarray) -> str:
    """Say whether slices shift sideways from one to the next, as with a tilted gantry."""
    way = positions[-1] - positions[0]
    height = way @ normal
    if height <= 0:
        return ""
    sideways = np.linalg.norm(way - height * normal)
    angle = np.degrees(np.arctan2(sideways, height))
    if angle <= SHEAR_TOLERANCE_DEG:
        return ""
    return f"slices are sheared by {angle:.1f} degrees (gantry tilt)"
