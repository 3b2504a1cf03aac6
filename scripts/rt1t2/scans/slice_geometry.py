"""Tell whether the slices of a DICOM series form a volume, and where it lies."""

from dataclasses import dataclass

import numpy as np

from rt1t2.scans.header_fields import Header

SPACING_TOLERANCE = 0.02  # of the slice spacing
SHEAR_TOLERANCE_DEG = 0.3
ANGLE_TOLERANCE = 2e-3  # of a direction cosine
STORAGE = ("BitsAllocated", "BitsStored", "HighBit", "PixelRepresentation")
LPS_TO_RAS = np.diag([-1.0, -1.0, 1.0, 1.0])


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
        extent: np.ndarray = np.array(self.shape) * np.sqrt(
            (self.affine[:3, :3] ** 2).sum(axis=0)
        )
        return extent


def stack_geometry(headers: list[Header]) -> Geometry:
    """Work out the volume that slices form, or why they form none.

    Parameters
    ----------
    headers
        One per slice, in any order.

    Returns
    -------
    Geometry
        Axes columns, rows, slices along the normal (row x column direction). ``problem``
        says what is wrong in words for the series ledger, and is empty otherwise.
    """
    columns, rows = int(headers[0]["Columns"]), int(headers[0]["Rows"])
    nothing = (columns, rows, len(headers)), None, float("nan")
    if headers[0].get("NumberOfFrames", 1) > len(headers) == 1:
        return Geometry(*nothing, "a multi-frame file without a position per frame")
    needed = ("ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing")
    if any(key not in header for header in headers for key in needed):
        return Geometry(
            *nothing, "no position, orientation or pixel size in the header"
        )
    if len({(h["Columns"], h["Rows"]) for h in headers}) > 1:
        return Geometry(*nothing, "slices have different matrix sizes")
    if len({tuple(h.get(key) for key in STORAGE) for h in headers}) > 1:
        return Geometry(*nothing, "slices are stored in different ways (bits, sign)")
    allocated, stored = (headers[0].get(key, 16) for key in STORAGE[:2])
    if allocated not in {8, 16, 32, 64} or not 1 <= stored <= allocated:
        return Geometry(*nothing, f"{stored:g} bits stored in {allocated:g}")
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


def _spacing_problem(steps: np.ndarray) -> str:
    """Say what is wrong with the distances (mm) between neighbouring slices."""
    if not len(steps):
        return ""
    places = 1 + int((steps > 0.01).sum())
    if places <= len(steps):
        count = len(steps) + 1
        if places == 1:
            return f"all {count} slices lie at the same position"
        if count % places == 0:
            return f"{count // places} images of {places} slices in one series"
        return f"{count - places} slice(s) lie at the position of another"
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
    first_to_last = positions[-1] - positions[0]
    height = first_to_last @ normal
    if height <= 0:
        return ""
    sideways = np.linalg.norm(first_to_last - height * normal)
    angle = np.degrees(np.arctan2(sideways, height))
    if angle <= SHEAR_TOLERANCE_DEG:
        return ""
    return f"slices are sheared by {angle:.1f} degrees (gantry tilt)"
