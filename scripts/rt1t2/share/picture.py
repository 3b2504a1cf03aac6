"""What people look at before they share: three views of each defaced image."""

from pathlib import Path

import numpy as np
from PIL import Image

from rt1t2.geometry.volume import Volume
from rt1t2.qc.mosaics import GAP_PX, grey
from rt1t2.template.ellipsoids import Grid

VOXEL_MM = 1.5
BESIDE_MIDLINE_MM, EYES_MM = 4.0, -38.0  # template RAS mm
TISSUE_SHARE = 0.12  # of the brightest voxels: darker is air


def draw_views(
    defaced: list[Volume], template_to_t1w: np.ndarray, path: str | Path
) -> None:
    """Save a JPEG with one row per image: midline, level of the eyes, surface from the front.

    Parameters
    ----------
    defaced
        Images, AC-centred RAS mm; shown in the template's pose, left on the left.
    template_to_t1w
        4x4, template RAS mm to AC-centred RAS mm.
    path
        File to write.
    """
    rows = [_views(image, template_to_t1w) for image in defaced]
    height = sum(row.shape[0] for row in rows) + GAP_PX * (len(rows) - 1)
    plane = np.zeros((height, rows[0].shape[1]), np.float32)
    for number, row in enumerate(rows):
        top = number * (row.shape[0] + GAP_PX)
        plane[top : top + row.shape[0]] = row
    Image.fromarray(grey(plane, 0, 1)).save(path, format="JPEG", quality=80)


def surface_from_front(level: np.ndarray) -> np.ndarray:
    """Return the surface of a head (x, y, z in RAS order) as lit from the front, (x, z).

    0 is nothing, 1 a surface that faces the viewer; ``level`` is 1 in bright tissue.
    """
    tissue = level > TISSUE_SHARE
    depth = tissue.shape[1] - np.argmax(tissue[:, ::-1], axis=1).astype(np.float32)
    seen = tissue.any(axis=1)
    slope = np.gradient(np.where(seen, depth, 0))
    lit: np.ndarray = seen / np.sqrt(1 + slope[0] ** 2 + slope[1] ** 2)
    return lit


def _views(image: Volume, template_to_t1w: np.ndarray) -> np.ndarray:
    """Return the three views of one image side by side, 0 to 1."""
    grid = Grid(VOXEL_MM)
    canvas = Volume(np.empty(grid.shape, np.uint8), grid.affine)
    finite = image.like(np.nan_to_num(image.data))
    shown = finite.on(canvas, template_to_t1w).data
    level = np.clip(shown / max(float(np.percentile(shown, 99)), 1e-6), 0, 1)
    start = grid.affine[:3, 3]
    middle = round((BESIDE_MIDLINE_MM - start[0]) / VOXEL_MM)
    eyes = round((EYES_MM - start[2]) / VOXEL_MM)
    planes = [level[middle], level[:, :, eyes], surface_from_front(level)]
    height = max(plane.shape[1] for plane in planes)
    upright = [
        np.pad(plane, ((0, GAP_PX), (height - plane.shape[1], 0))).T[::-1]
        for plane in planes
    ]
    return np.hstack(upright)
