"""Slices of a brain in matplotlib axes, placed in mm: the underlay of the paper's figures.

Volumes are (x, y, z) on a :class:`Grid`; a slice is given by its axis (0 sagittal, 1 coronal,
2 axial) and its position on that axis in mm.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes

from rt1t2.geometry.volume import Volume, is_upright
from rt1t2.paper.figure_style import SMALL_PT

AXIS_NAMES = ("x", "y", "z")


@dataclass(frozen=True)
class Grid:
    """An axis-aligned grid in RAS mm (no rotation, positive steps).

    Raises
    ------
    ValueError
        The axes run otherwise: left would be drawn right. See
        :attr:`rt1t2.geometry.volume.Volume.upright`.
    """

    shape: tuple[int, int, int]
    affine: np.ndarray

    def __post_init__(self) -> None:
        """Refuse axes that do not run right, forward and up."""
        if not is_upright(self.affine):
            raise ValueError("the axes of the grid do not run along x, y and z in RAS")

    @classmethod
    def of(cls, volume: Volume) -> "Grid":
        """Return the grid of an upright volume."""
        return cls(volume.shape, volume.affine)

    def index(self, axis: int, mm: float) -> int:
        """Return the voxel index of a position along one axis, kept inside the grid."""
        index = round((mm - self.affine[axis, 3]) / self.affine[axis, axis])
        return int(np.clip(index, 0, self.shape[axis] - 1))

    def mm(self, index: np.ndarray | Sequence[int]) -> np.ndarray:
        """Return the position (x, y, z in mm) of a voxel."""
        position: np.ndarray = (
            self.affine[:3, :3] @ np.asarray(index) + self.affine[:3, 3]
        )
        return position

    def extent(self, axis: int) -> tuple[float, float, float, float]:
        """Return left, right, bottom and top of a slice in mm, voxel edges included."""
        across, up = _plane(axis)
        edges = []
        for drawn_axis in (across, up):
            step = self.affine[drawn_axis, drawn_axis]
            first = self.affine[drawn_axis, 3] - step / 2
            edges += [first, first + step * self.shape[drawn_axis]]
        return tuple(edges)


def _plane(axis: int) -> tuple[int, int]:
    """Return the axes drawn to the right and upwards in a slice across ``axis``."""
    return ((1, 2), (0, 2), (0, 1))[axis]


def cut(volume: np.ndarray, grid: Grid, axis: int, mm: float) -> np.ndarray:
    """Return a slice as rows from bottom to top (for ``origin="lower"``)."""
    plane: np.ndarray = np.take(volume, grid.index(axis, mm), axis=axis).T
    return plane


def draw_underlay(
    axes: Axes, volume: np.ndarray, grid: Grid, axis: int, mm: float, bright: float
) -> None:
    """Draw an anatomical slice in grey on white, and say where it lies."""
    plane = cut(volume, grid, axis, mm)
    shown = np.ma.masked_where(plane <= 0, plane)
    axes.imshow(
        shown,
        cmap="gray",
        vmin=0,
        vmax=bright,
        origin="lower",
        extent=grid.extent(axis),
        interpolation="bilinear",
    )
    axes.set_axis_off()
    axes.set_title(
        f"{AXIS_NAMES[axis]} = {mm:.0f}".replace("-", "\N{MINUS SIGN}"),
        fontsize=6.5,
        fontweight="normal",
        loc="center",
        pad=2,
    )


def draw_outline(
    axes: Axes,
    mask: np.ndarray,
    grid: Grid,
    axis: int,
    mm: float,
    colour: str,
    style: str = "solid",
    width_pt: float = 0.9,
) -> None:
    """Draw the outline of a mask on a slice, if it is there."""
    plane = cut(mask, grid, axis, mm).astype(float)
    if plane.max() > 0.5:
        left, right, bottom, top = grid.extent(axis)
        across = np.linspace(left, right, plane.shape[1] * 2 + 1)[1::2]
        up = np.linspace(bottom, top, plane.shape[0] * 2 + 1)[1::2]
        axes.contour(
            across,
            up,
            plane,
            levels=[0.5],
            colors=[colour],
            linewidths=width_pt,
            linestyles=style,
        )


def crop(
    axes: Axes, support: np.ndarray, grid: Grid, axis: int, pad_mm: float = 3
) -> None:
    """Limit a slice's axes to where ``support`` lies, the same for every position."""
    limits = []
    for drawn_axis in _plane(axis):
        others = tuple({0, 1, 2} - {drawn_axis})
        present = np.flatnonzero(support.any(axis=others))
        step, first = grid.affine[drawn_axis, drawn_axis], grid.affine[drawn_axis, 3]
        limits.append((first + step * present[0], first + step * present[-1]))
    (left, right), (bottom, top) = limits
    axes.set_xlim(left - pad_mm, right + pad_mm)
    axes.set_ylim(bottom - pad_mm, top + pad_mm)


def mark_sides(axes: Axes) -> None:
    """Write L and R into the upper corners of an axial or coronal slice."""
    for x, text, align in ((0.0, "L", "left"), (1.0, "R", "right")):
        axes.text(
            *(x, 1.0, text),
            transform=axes.transAxes,
            ha=align,
            va="top",
            fontsize=SMALL_PT,
        )
