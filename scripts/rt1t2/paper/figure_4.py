"""Figure 4: the processing steps on one participant's own images, with the values in use."""

from collections.abc import Container, Mapping
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch
from matplotlib.path import Path

from rt1t2.paper.figure_style import (
    HAIRLINE,
    INK,
    MM_PER_INCH,
    MUTED,
    PAGE_WIDTH_MM,
    SMALL_PT,
    TITLE_PT,
    mark_simulated,
    new_figure,
    top_margin_mm,
    wrapped,
)
from rt1t2.paper.pipeline_steps import LAST_ROW, Step, steps

BOX_W, BOX_H, PICTURE_H, TEXT_H = 29.0, 36.0, 18.5, 13.0
HEADER_MM, GUTTER_MM = 8.5, 4.0
CONTOURS = (("brain", "#ffd000"), ("gm", "#ff5fa2"), ("wm", "#00cdff"))


def pipeline_figure(
    images: Mapping[str, tuple[np.ndarray, np.ndarray]],
    config: Mapping[str, Any],
    scanned: bool = True,
) -> Figure:
    """Draw every step as a box with an axial slice where there is an image.

    ``images`` maps a step's key (and ``brain``, ``gm``, ``wm`` for the contours) to volume and
    affine; without images every box holds its text alone. Where nobody was ``scanned``, the steps
    before the finished maps are left out.
    """
    placed = {step.key: step for step in steps(config, scanned)}
    simulated = bool(config["simulation"])
    top = max(step.y for step in placed.values()) + BOX_H + HEADER_MM + 1
    height = top + top_margin_mm(simulated)
    figure = new_figure(PAGE_WIDTH_MM, height)
    ratio_top = _ratio_top(images)
    for step in placed.values():
        for name in step.follows:
            _arrow(figure, placed[name], step)
    for step in placed.values():
        _box(figure, step)
        _picture(figure, step, images, ratio_top)
    _header(figure, top, height, scanned, images)
    if simulated:
        mark_simulated(figure)
    return figure


def _header(
    figure: Figure, top: float, height: float, scanned: bool, shown: Container[str]
) -> None:
    """Say what the figure shows, and what the contours are."""
    title = (
        "From raw scans to ratio maps, group statistics and receptor correlations"
        if scanned
        else "From finished maps to group statistics and receptor correlations"
    )
    style: dict[str, Any] = {"va": "top"}
    y = top / height
    figure.text(0.01, y, title, fontsize=TITLE_PT, fontweight="bold", **style)
    y -= 4.2 / height
    text = (
        "In each box: the step, the rules that run it (monospaced), the values in use."
    )
    style |= {"fontsize": 6.5, "color": MUTED}
    figure.text(0.01, y, text, **style)
    x = 106.0
    for name, colour in CONTOURS:
        if name in shown:
            said = {"brain": "brain mask", "gm": "grey matter", "wm": "white matter"}
            square = dict(style, color=colour)
            figure.text(x / PAGE_WIDTH_MM, y, "\N{BLACK SQUARE}", **square)
            figure.text((x + 3) / PAGE_WIDTH_MM, y, said[name], **style)
            x += 20


def _box(figure: Figure, step: Step) -> None:
    width, height = figure.get_size_inches() * MM_PER_INCH
    figure.add_artist(
        FancyBboxPatch(
            (step.x / width, step.y / height),
            BOX_W / width,
            BOX_H / height,
            boxstyle="square,pad=0",
            facecolor="#f5f7f9",
            edgecolor=HAIRLINE,
            linewidth=0.8,
            transform=figure.transFigure,
            zorder=2,
        )
    )
    middle = (step.x + BOX_W / 2) / width
    style: dict[str, Any] = {"ha": "center", "va": "top", "zorder": 4}
    top = (step.y + BOX_H - 0.8) / height
    figure.text(middle, top, step.title, fontsize=7, fontweight="bold", **style)
    y = step.y + TEXT_H
    style["fontsize"] = SMALL_PT
    mono = "DejaVu Sans Mono"
    figure.text(middle, y / height, step.rules, family=mono, color=MUTED, **style)
    y -= 2.6 * (1 + step.rules.count("\n")) + 0.2
    values = wrapped(step.values, BOX_W - 1.5, SMALL_PT, lines=3)
    figure.text(middle, y / height, values, color=INK, **style)


def _picture(
    figure: Figure,
    step: Step,
    images: Mapping[str, tuple[np.ndarray, np.ndarray]],
    ratio_top: float,
) -> None:
    key = "t1w" if step.key == "tissue" else step.key
    width, height = figure.get_size_inches() * MM_PER_INCH
    bottom = step.y + TEXT_H + 0.4
    axes = figure.add_axes(
        (
            (step.x + 1) / width,
            bottom / height,
            (BOX_W - 2) / width,
            PICTURE_H / height,
        ),
        zorder=3,
    )
    axes.set_axis_off()
    if key not in images:
        axes.text(0.5, 0.5, _WORDS.get(key, ""), ha="center", va="center", fontsize=6.5)
        return
    volume, affine = images[key]
    plane = _axial(volume, affine)
    is_ratio = key in {"ratio", "mni_ratio", "smoothed"}
    high = ratio_top if is_ratio else np.nanpercentile(volume[volume > 0], 97)
    colours = "viridis" if is_ratio else "gray"
    nothing = is_ratio & (plane == 0)  # a smoothed map may be 0 outside the brain
    masked = np.ma.masked_invalid(np.where(nothing, np.nan, plane))
    axes.imshow(masked, cmap=colours, vmin=0, vmax=high, origin="lower")
    if step.key == "tissue":
        for name, colour in CONTOURS:
            if name in images:
                mask = _axial(*images[name])
                axes.contour(mask, levels=[0.5], colors=[colour], linewidths=0.6)
    rows, columns = np.nonzero(np.nan_to_num(plane) > 0.08 * high)
    if rows.size:
        axes.set_xlim(columns.min() - 2, columns.max() + 2)
        axes.set_ylim(rows.min() - 2, rows.max() + 2)


_WORDS = {
    "smoothed": "ratio maps in\ntemplate space",
    "raw": "T1w and T2w\nof each participant,\nchosen and checked\nseries by series",
    "group": "two-sample t\nat every voxel,\nclusters and peaks",
    "receptors": "z against controls,\ncorrelated with\nmolecular imaging",
}


def _axial(volume: np.ndarray, affine: np.ndarray, z_mm: float = 10) -> np.ndarray:
    """Return the axial slice nearest to 10 mm above the AC, rows from bottom to top."""
    voxel = np.linalg.inv(affine) @ np.array([0, -20, z_mm, 1])
    index = int(np.clip(round(voxel[2]), 0, volume.shape[2] - 1))
    return volume[:, :, index].T


def _ratio_top(images: Mapping[str, tuple[np.ndarray, np.ndarray]]) -> float:
    if "ratio" not in images:
        return 1.0
    return 1.4 * float(np.nanpercentile(images["ratio"][0], 90))


def _arrow(figure: Figure, start: Step, end: Step) -> None:
    """Lead from one box to the next: straight, around the corner, or below what lies between."""
    width, height = figure.get_size_inches() * MM_PER_INCH
    way = [(x / width, y / height) for x, y in _way(start, end)]
    figure.add_artist(
        FancyArrowPatch(
            path=Path(way),
            transform=figure.transFigure,
            arrowstyle="-|>",
            mutation_scale=7,
            color=MUTED,
            linewidth=0.9,
            zorder=5,
        )
    )


def _way(start: Step, end: Step) -> list[tuple[float, float]]:
    """Return the corners of an arrow, mm."""
    from_middle, to_middle = start.x + BOX_W / 2, end.x + BOX_W / 2
    if end.x < start.x:  # the next row begins at the left
        gutter = end.y + BOX_H + GUTTER_MM
        return [
            (from_middle, start.y),
            (from_middle, gutter),
            (to_middle, gutter),
            (to_middle, end.y + BOX_H),
        ]
    if start.y == end.y == LAST_ROW and end.x - start.x > 3 * BOX_W:  # a box between
        gutter = end.y - GUTTER_MM
        return [
            (from_middle, start.y),
            (from_middle, gutter),
            (to_middle, gutter),
            (to_middle, end.y),
        ]
    return [
        (start.x + BOX_W, start.y + BOX_H / 2),
        (end.x, end.y + BOX_H / 2),
    ]
