"""Mosaics of slices as RGB arrays, drawn with numpy and Pillow: many tiles in little time.

A :class:`Layout` says which slices of a grid are shown and how large; :func:`assemble` cuts any
volume of that grid into one plane. Everything else (windows, outlines, colours) works on planes.
Axial and coronal slices show the left hemisphere on the left, sagittal ones anterior on the right.
"""

import base64
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np
from PIL import Image, ImageDraw, ImageFont

GAP_PX = 4

MAGENTA = (255, 0, 220)
YELLOW = (255, 214, 0)
CYAN = (0, 205, 255)
RED = (255, 70, 60)

# Anchors of a viridis-like scale: dark to bright, readable without colour vision.
RATIO_COLOURS = np.array(
    [
        (68, 1, 84),
        (71, 44, 122),
        (59, 81, 139),
        (44, 113, 142),
        (33, 144, 141),
        (39, 173, 129),
        (92, 200, 99),
        (170, 220, 50),
        (253, 231, 37),
    ],
    dtype=np.float32,
)


Slice = int | tuple[int, float]  # an axis, or an axis and a share of the support


@dataclass(frozen=True)
class Layout:
    """Which slices are shown: rows of (axis, index), one crop box, one scale.

    ``affine`` (voxel to RAS mm, without rotation), where it is known, gives every slice its
    coordinate.
    """

    rows: tuple[tuple[tuple[int, int], ...], ...]
    box: tuple[slice, slice, slice]
    px_per_voxel: float
    tile_width: int
    row_heights: tuple[int, ...]
    affine: np.ndarray | None = None

    @property
    def size(self) -> tuple[int, int]:
        """Height and width of the assembled plane in pixels."""
        columns = max(len(row) for row in self.rows)
        height = sum(self.row_heights) + GAP_PX * (len(self.rows) - 1)
        return height, columns * self.tile_width + GAP_PX * (columns - 1)


def layout(
    support: np.ndarray,
    rows: Sequence[Sequence[Slice]],
    width_px: int = 1200,
    margin: int = 2,
    around: np.ndarray | None = None,
    affine: np.ndarray | None = None,
) -> Layout:
    """Spread slices evenly over what is shown.

    Parameters
    ----------
    support
        Boolean volume (x, y, z) in RAS order, isotropic voxels: crop and slices follow it.
    rows
        One sequence of axes per row, such as ``[[2] * 6, [1, 1, 1, 0, 0, 0]]`` (0 sagittal,
        1 coronal, 2 axial); several slices of one axis are spread over the support. A pair
        of an axis and a share of the support's length is one slice there.
    width_px
        Width of the mosaic.
    margin
        Voxels kept around the support.
    around
        Boolean volume that is in the picture, too, such as the head around a brain.
    affine
        Voxel to RAS mm, for the coordinates of the slices.
    """
    bounds = _bounds(support)
    shown = [(low - margin, high + margin) for low, high in bounds]
    if around is not None:
        shown = [
            (min(low, outer_low), max(high, outer_high))
            for (low, high), (outer_low, outer_high) in zip(
                shown, _bounds(around), strict=True
            )
        ]
    x, y, z = (
        slice(max(low, 0), min(high + 1, n))
        for (low, high), n in zip(shown, support.shape, strict=True)
    )
    box = x, y, z
    extent = [b.stop - b.start for b in box]
    columns = max(len(row) for row in rows)
    tile_width = (width_px - GAP_PX * (columns - 1)) // columns
    axes = [
        [part if isinstance(part, int) else part[0] for part in row] for row in rows
    ]
    used = {axis for row in axes for axis in row}
    px_per_voxel = tile_width / max(extent[1 if axis == 0 else 0] for axis in used)
    heights = [
        round(max(extent[1 if axis == 2 else 2] for axis in row) * px_per_voxel)
        for row in axes
    ]
    chosen = [
        tuple(zip(axes[number], _spread(row, bounds, rows, number), strict=True))
        for number, row in enumerate(rows)
    ]
    return Layout(tuple(chosen), box, px_per_voxel, tile_width, tuple(heights), affine)


def _bounds(support: np.ndarray) -> list[tuple[int, int]]:
    """Return the first and last voxel of a mask along each axis; of all if it is empty."""
    if not support.any():
        support = np.ones_like(support)
    bounds = []
    for axis in range(3):
        # a stray voxel of noise must not widen the view
        filled = support.sum(axis=tuple({0, 1, 2} - {axis}))
        present = np.flatnonzero(filled > 0.01 * filled.max())
        bounds.append((int(present[0]), int(present[-1])))
    return bounds


def _spread(
    row: Sequence[Slice],
    bounds: Sequence[tuple[int, int]],
    rows: Sequence[Sequence[Slice]],
    number: int,
) -> list[int]:
    """Return slice indices of one row, counting slices of one axis on through all rows."""
    indices = []
    for position, axis in enumerate(row):
        if not isinstance(axis, int):
            (low, high), share = bounds[axis[0]], axis[1]
            indices.append(round(low + share * (high - low)))
            continue
        before = sum(list(r).count(axis) for r in rows[:number])
        before += list(row[:position]).count(axis)
        total = sum(list(r).count(axis) for r in rows)
        low, high = bounds[axis]
        share = 0.12 + 0.78 * (before + 0.5) / total
        indices.append(round(low + share * (high - low)))
    return indices


def assemble(volume: np.ndarray, where: Layout, smooth: bool = True) -> np.ndarray:
    """Cut a volume into the plane of a layout, float32; NaN becomes 0, gaps are 0."""
    plane = np.zeros(where.size, dtype=np.float32)
    resample = Image.Resampling.BILINEAR if smooth else Image.Resampling.NEAREST
    top = 0
    for row, height in zip(where.rows, where.row_heights, strict=True):
        for column, (axis, index) in enumerate(row):
            tile = _tile(volume, where.box, axis, index)
            size = [max(round(n * where.px_per_voxel), 1) for n in tile.shape[::-1]]
            enlarged = np.asarray(Image.fromarray(tile).resize(size, resample))
            enlarged = enlarged[:height, : where.tile_width]
            y = top + (height - enlarged.shape[0]) // 2
            x = column * (where.tile_width + GAP_PX)
            x += (where.tile_width - enlarged.shape[1]) // 2
            plane[y : y + enlarged.shape[0], x : x + enlarged.shape[1]] = enlarged
        top += height + GAP_PX
    return plane


def _tile(
    volume: np.ndarray, box: tuple[slice, slice, slice], axis: int, index: int
) -> np.ndarray:
    index_of_axes: list[slice | int] = list(box)
    index_of_axes[axis] = index
    tile = np.nan_to_num(np.asarray(volume[tuple(index_of_axes)], dtype=np.float32))
    return np.ascontiguousarray(tile.T[::-1])


def grey(plane: np.ndarray, low: float, high: float) -> np.ndarray:
    """Map a plane to grey RGB (uint8) between two intensities."""
    span = max(high - low, cast(float, np.finfo(np.float32).tiny))
    level = np.clip((plane - low) / span, 0, 1) * 255
    return np.repeat(level.astype(np.uint8)[..., None], 3, axis=2)


def colours(plane: np.ndarray, low: float, high: float) -> np.ndarray:
    """Map a plane to the colours of the ratio (uint8 RGB) between two values."""
    position = np.clip((plane - low) / (high - low), 0, 1) * (len(RATIO_COLOURS) - 1)
    stops = np.arange(len(RATIO_COLOURS))
    channels = [np.interp(position, stops, RATIO_COLOURS[:, c]) for c in range(3)]
    return np.stack(channels, axis=-1).astype(np.uint8)


def paint(
    picture: np.ndarray,
    where: np.ndarray,
    colour: tuple[int, int, int],
    opacity: float = 1.0,
) -> np.ndarray:
    """Return the picture with a colour laid over the pixels of a boolean plane."""
    painted = picture.astype(np.float32)
    painted[where] = (1 - opacity) * painted[where] + opacity * np.array(colour)
    return painted.round().astype(np.uint8)


def outline(mask: np.ndarray, where: Layout) -> np.ndarray:
    """Return the outline (boolean plane, one pixel wide) of a mask or probability > 0.5."""
    inside = assemble(np.asarray(mask, dtype=np.float32), where) > 0.5
    edge: np.ndarray = inside & ~_eroded(inside)
    return edge


def _eroded(inside: np.ndarray) -> np.ndarray:
    padded = np.pad(inside, 1)
    eroded: np.ndarray = (
        padded[:-2, 1:-1]
        & padded[2:, 1:-1]
        & padded[1:-1, :-2]
        & padded[1:-1, 2:]
        & inside
    )
    return eroded


def dashed(line: np.ndarray, dash_px: int = 5) -> np.ndarray:
    """Return every other piece of a line (boolean plane): told from others without colour."""
    rows, columns = np.indices(line.shape)
    kept: np.ndarray = line & (((rows + columns) // dash_px) % 2 == 0)
    return kept


def thick(line: np.ndarray) -> np.ndarray:
    """Return a line (boolean plane) three pixels wide."""
    wide = line.copy()
    for axis in (0, 1):
        wide |= np.roll(line, 1, axis) | np.roll(line, -1, axis)
    return wide


def edges(plane: np.ndarray, inside: np.ndarray, strongest: float = 0.15) -> np.ndarray:
    """Return the strongest edges of a plane: ridges of its gradient, one pixel wide.

    A pixel is kept where the gradient magnitude is a maximum along the row or the column,
    whichever it crosses, and is as strong as the ``strongest`` share within ``inside``
    (boolean plane, such as the brain: the skull's edges are stronger than any of its own).
    """
    vertical, horizontal = np.gradient(_blur(plane))
    magnitude = np.hypot(vertical, horizontal)
    if not inside.any():
        return np.zeros(plane.shape, dtype=bool)
    ridge = [
        (magnitude >= np.roll(magnitude, 1, axis))
        & (magnitude > np.roll(magnitude, -1, axis))
        for axis in (0, 1)
    ]
    crossed = np.where(np.abs(horizontal) >= np.abs(vertical), ridge[1], ridge[0])
    strong: np.ndarray = crossed & (
        magnitude > np.quantile(magnitude[inside], 1 - strongest)
    )
    return strong


def _blur(plane: np.ndarray) -> np.ndarray:
    """Smooth a plane twice with the binomial kernel 1 2 1."""
    for axis in (0, 1, 0, 1):
        pad = [(1, 1) if padded_axis == axis else (0, 0) for padded_axis in (0, 1)]
        padded = np.pad(plane, pad, mode="edge")
        beside = np.delete(padded, [-1, -2], axis) + np.delete(padded, [0, 1], axis)
        plane = (beside + 2 * plane) / 4
    return plane


def checkerboard(a: np.ndarray, b: np.ndarray, square_px: int = 36) -> np.ndarray:
    """Return a picture that shows ``a`` and ``b`` in alternate squares."""
    rows, columns = np.indices(a.shape[:2]) // square_px
    return np.where(((rows + columns) % 2 == 0)[..., None], a, b)


def mark_sides(picture: np.ndarray, where: Layout) -> np.ndarray:
    """Write L and R beside the first tile, if it is not sagittal, and each slice's coordinate.

    A picture of several mosaics on top of one another has coordinates in the first.
    """
    image = Image.fromarray(picture)
    draw = ImageDraw.Draw(image)
    font = ImageFont.load_default(13)
    _write_coordinates(draw, where)
    if where.rows[0][0][0] == 0:
        return np.asarray(image)
    middle = where.row_heights[0] // 2
    draw.text((3, middle), "L", fill=(255, 255, 255), font=font, anchor="lm")
    draw.text((where.tile_width - 3, middle), "R", (255, 255, 255), font, anchor="rm")
    return np.asarray(image)


def _write_coordinates(draw: ImageDraw.ImageDraw, where: Layout) -> None:
    if where.affine is None:
        return
    font, top = ImageFont.load_default(12), 0
    for row, height in zip(where.rows, where.row_heights, strict=True):
        for column, (axis, index) in enumerate(row):
            voxel = np.zeros(4)
            voxel[axis], voxel[3] = index, 1
            mm = round(float((where.affine @ voxel)[axis])) + 0
            text = f"{'xyz'[axis]} {mm}"  # Pillow's font has no minus sign
            at = column * (where.tile_width + GAP_PX) + 4, top + height - 3
            draw.text(at, text, (255, 255, 255), font, anchor="ls")
        top += height + GAP_PX


def jpeg_uri(picture: np.ndarray, quality: int = 64) -> str:
    """Return a picture as a JPEG data URI, colours at full resolution."""
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, "JPEG", quality=quality, subsampling=0)
    return "data:image/jpeg;base64," + base64.b64encode(buffer.getvalue()).decode()


def colour_bar_css() -> str:
    """Return the ratio's colours as a CSS gradient, left to right."""
    stops = ", ".join(
        "#{:02x}{:02x}{:02x}".format(*c.astype(int)) for c in RATIO_COLOURS
    )
    return f"linear-gradient(to right, {stops})"
