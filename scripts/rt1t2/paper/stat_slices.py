"""Slices and glass brains of a signed t map, drawn by nilearn, in boxes given in mm."""

from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import Colormap
from matplotlib.figure import Figure
from nilearn import plotting

from rt1t2.geometry.volume import Volume
from rt1t2.nifti import nib
from rt1t2.paper.brain_slices import mark_sides
from rt1t2.paper.faded_t import opaque_colours
from rt1t2.paper.figure_style import INK, SMALL_PT

AXES = "xyz"
DRAWN = ((1, 2), (0, 2), (0, 1))  # axes to the right and upwards, by the axis cut
PAD_MM = 3.0
Box = tuple[
    float, float, float, float
]  # left, bottom, width, height: shares of the figure
GLASS_MM = np.array([[-76.0, 76.0], [-112.0, 80.0], [-70.0, 90.0]])


@dataclass(frozen=True)
class Frame:
    """What slices show, along x, y and z: ``limits`` (3, 2), RAS mm."""

    limits: np.ndarray

    @classmethod
    def around(cls, brain: Volume) -> "Frame":
        """Return the box around all voxels above 0 of an upright image."""
        edges = []
        for axis in range(3):
            others = tuple({0, 1, 2} - {axis})
            present = np.flatnonzero((brain.data > 0).any(axis=others))
            first, last = (present[0], present[-1]) if present.size else (0, 1)
            step, start = brain.affine[axis, axis], brain.affine[axis, 3]
            edges.append((start + step * first - PAD_MM, start + step * last + PAD_MM))
        return cls(np.array(edges))

    def size_mm(self, axis: int) -> tuple[float, float]:
        """Return width and height of a slice across an axis."""
        across, up = (float(np.ptp(self.limits[i])) for i in DRAWN[axis])
        return across, up

    def apply(self, axes: Axes, axis: int) -> None:
        """Show that part of a slice."""
        across, up = DRAWN[axis]
        axes.set_xlim(*self.limits[across])
        axes.set_ylim(*self.limits[up])


GLASS = Frame(GLASS_MM)


def image_of(volume: Volume) -> nib.Nifti1Image:
    """Return a volume as nilearn takes it, undefined voxels as 0."""
    data = np.nan_to_num(volume.data).astype(np.float32)
    return nib.Nifti1Image(data, volume.affine)


def draw_slice(
    figure: Figure,
    box: Box,
    axis: int,
    mm: float,
    frame: Frame,
    images: tuple[nib.Nifti1Image, nib.Nifti1Image, nib.Nifti1Image | None],
    colours: Colormap,
    largest_t: float,
) -> None:
    """Draw one slice: anatomy, t that fades, clusters outlined.

    ``images`` are the template's T1w, t, and where there are clusters (``None``: nowhere).
    """
    anatomy, t, clusters = images
    holder = figure.add_axes(box)
    top = float(np.percentile(anatomy.dataobj[anatomy.dataobj > 0], 99.5))
    display = plotting.plot_anat(
        anatomy,
        cut_coords=[mm],
        display_mode=AXES[axis],
        axes=holder,
        annotate=False,
        draw_cross=False,
        black_bg=False,
        colorbar=False,
        vmin=0,
        vmax=1.15 * top,
        threshold=1e-6,
    )
    display.add_overlay(t, cmap=colours, vmin=-largest_t, vmax=largest_t)
    if clusters is not None:
        display.add_contours(clusters, levels=[0.5], colors=[INK], linewidths=0.7)
    axes = _freed(display.axes[mm].ax, box)
    frame.apply(axes, axis)
    _describe(axes, axis, mm)


def draw_glass(
    figure: Figure,
    box: Box,
    axis: int,
    t: nib.Nifti1Image,
    largest_t: float,
) -> None:
    """Draw a glass brain: the t furthest from 0 along an axis, wherever ``t`` is not 0."""
    holder = figure.add_axes(box)
    display = plotting.plot_glass_brain(
        t,
        display_mode=AXES[axis],
        axes=holder,
        annotate=False,
        black_bg=False,
        colorbar=False,
        plot_abs=False,
        cmap=opaque_colours(),
        vmin=-largest_t,
        vmax=largest_t,
        threshold=1e-6,
        alpha=0.5,
    )
    axes = _freed(display.axes[AXES[axis]].ax, box)
    GLASS.apply(axes, axis)
    if axis:
        mark_sides(axes)


def _freed(axes: Axes, box: Box) -> Axes:
    """Put axes where they are wanted, and not where nilearn would have them."""
    axes.set_axes_locator(None)  # type: ignore[arg-type]
    axes.set_position(box)
    axes.set_aspect("equal")
    return axes


def _describe(axes: Axes, axis: int, mm: float) -> None:
    """Write below a slice where it lies, and into its corners which side is which."""
    side = {-1: " (L)", 0: "", 1: " (R)"}[int(np.sign(round(mm)))] if axis == 0 else ""
    where = f"{AXES[axis]} = {mm:.0f} mm".replace("-", "\N{MINUS SIGN}")
    axes.annotate(
        where + side,
        (0.5, 0),
        xycoords="axes fraction",
        xytext=(0, -1),
        textcoords="offset points",
        ha="center",
        va="top",
        fontsize=SMALL_PT,
    )
    if axis:
        mark_sides(axes)
