"""Figure 4: the processing steps on one participant's own images, with the values in use."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch

from rt1t2.paper.figure_style import HAIRLINE, INK, MUTED, mark_simulated, new_figure
from rt1t2.paper.pipeline_steps import Step, steps

WIDTH_IN, HEIGHT_IN = 11.2, 6.0
BOX_W, BOX_H, TEXT_H = 1.22, 1.36, 0.62
CONTOURS = (("brain", "#ff463c"), ("gm", "#d55e00"), ("wm", "#00cdff"))


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
    figure = new_figure(WIDTH_IN, HEIGHT_IN)
    placed = {step.key: step for step in steps(config, scanned)}
    ratio_top = _ratio_top(images)
    for step in placed.values():
        for name in step.follows:
            _arrow(figure, placed[name], step)
    for step in placed.values():
        _box(figure, step)
        _picture(figure, step, images, ratio_top)
    figure.text(
        0.011,
        0.975,
        f"From {'raw scans to ratio maps' if scanned else 'finished maps'}"
        f"{',' if scanned else ' to'} group statistics and receptor correlations",
        fontsize=11,
        fontweight="bold",
        va="top",
    )
    figure.text(
        0.011,
        0.93,
        "In each box: the step, the rules that run it (monospaced), and the values in use.",
        fontsize=8,
        color=MUTED,
        va="top",
    )
    if config["simulation"]:
        mark_simulated(figure)
    return figure


def _box(figure: Figure, step: Step) -> None:
    figure.add_artist(
        FancyBboxPatch(
            (step.x / WIDTH_IN, (step.y - TEXT_H) / HEIGHT_IN),
            BOX_W / WIDTH_IN,
            (BOX_H + TEXT_H + 0.2) / HEIGHT_IN,
            boxstyle="round,pad=0.004",
            facecolor="#f5f7f9",
            edgecolor=HAIRLINE,
            linewidth=0.8,
            transform=figure.transFigure,
            zorder=2,
        )
    )
    middle = (step.x + BOX_W / 2) / WIDTH_IN
    style: dict[str, Any] = {"ha": "center", "va": "top", "zorder": 4}
    top = (step.y + BOX_H + 0.15) / HEIGHT_IN
    figure.text(middle, top, step.title, fontsize=7.5, fontweight="bold", **style)
    y = step.y - 0.03
    figure.text(
        middle,
        y / HEIGHT_IN,
        step.rules,
        fontsize=6,
        family="DejaVu Sans Mono",
        color=MUTED,
        **style,
    )
    y -= 0.125 * (1 + step.rules.count("\n")) + 0.03
    figure.text(middle, y / HEIGHT_IN, step.values, fontsize=6.5, color=INK, **style)


def _picture(
    figure: Figure,
    step: Step,
    images: Mapping[str, tuple[np.ndarray, np.ndarray]],
    ratio_top: float,
) -> None:
    key = "t1w" if step.key == "tissue" else step.key
    axes = figure.add_axes(
        (
            (step.x + 0.06) / WIDTH_IN,
            step.y / HEIGHT_IN,
            (BOX_W - 0.12) / WIDTH_IN,
            (BOX_H - 0.08) / HEIGHT_IN,
        ),
        zorder=3,
    )
    axes.set_axis_off()
    if key not in images:
        axes.text(0.5, 0.5, _WORDS.get(key, ""), ha="center", va="center", fontsize=7.5)
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
                axes.contour(mask, levels=[0.5], colors=[colour], linewidths=0.7)
    rows, columns = np.nonzero(np.nan_to_num(plane) > 0.08 * high)
    if rows.size:
        axes.set_xlim(columns.min() - 2, columns.max() + 2)
        axes.set_ylim(rows.min() - 2, rows.max() + 2)


_WORDS = {
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
    """Point from the side of one box to the side (or top) of the next."""
    if start.x == end.x:
        x = start.x + BOX_W / 2
        tail, head = (x, start.y - TEXT_H), (x, end.y + BOX_H + 0.2)
    else:
        tail = (start.x + BOX_W, start.y + BOX_H / 2)
        head = (end.x, end.y + BOX_H / 2)
    figure.add_artist(
        FancyArrowPatch(
            (tail[0] / WIDTH_IN, tail[1] / HEIGHT_IN),
            (head[0] / WIDTH_IN, head[1] / HEIGHT_IN),
            transform=figure.transFigure,
            arrowstyle="-|>",
            mutation_scale=9,
            color=MUTED,
            linewidth=1,
            shrinkA=5,
            shrinkB=4,
            zorder=5,
        )
    )
