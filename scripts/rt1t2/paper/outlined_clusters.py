"""The clusters of every comparison as outlines on slices that go through them: figure 3C."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import cycle

import numpy as np

from rt1t2.paper.brain_slices import Grid, crop, draw_outline, draw_underlay, mark_sides
from rt1t2.paper.cluster_means import slice_levels
from rt1t2.paper.figure_page import Page
from rt1t2.paper.figure_style import INK, MUTED, PAGE_WIDTH_MM, fitted, text_width_mm

# Outlines of comparisons: apart from the groups' colours, distinct on grey.
PAIR_COLOURS = ("#ffb000", "#00d0ff", "#ff5fa2", "#7dff6a", "#b28cff", "#ff7a33")
STYLES = {1: "solid", -1: "dashed"}
LINE_MM, GAP_MM, SLICE_MM = 3.4, 1.5, 25.0
WIDEST_GAP_MM = 5.0  # few slices stay together
# The last comparison's line, and how much wider each before it is: where two outlines run along
# the same border, the wider one shows on both sides
LINE_PT, WIDER_PT = 0.8, 0.9


@dataclass(frozen=True)
class OutlinedPair:
    """A comparison: its name by the codes, and cluster labels (0 = none) of each direction.

    The first of the directions is 1 (higher in the group named first) or -1.
    """

    name: str
    directions: Sequence[tuple[int, np.ndarray]]

    @property
    def any(self) -> bool:
        """Whether there is a cluster."""
        return any((image > 0).any() for _, image in self.directions)


def draw_outlined_clusters(
    page: Page,
    top_mm: float,
    outlined: Sequence[OutlinedPair],
    template_t1w: np.ndarray,
    grid: Grid,
) -> None:
    """Draw axial slices through the clusters, and a sagittal one that shows where they are."""
    colours = dict(zip((p.name for p in outlined), cycle(PAIR_COLOURS), strict=False))
    found = [pair for pair in outlined if pair.any]
    entries = _key(outlined)
    for x, line, text, pair in entries:
        down = top_mm + 0.6 + line * LINE_MM
        if pair is not None:
            colour = colours[pair.name]
            page.text(x - 3.5, down, "\N{BLACK SQUARE}", fontsize=6.5, color=colour)
        page.text(x, down, text, fontsize=6.5, color=MUTED if pair is None else INK)
    down = top_mm + 8 + LINE_MM * max((line for _, line, _, _ in entries), default=0)
    brain = template_t1w > 0
    bright = 1.15 * float(np.percentile(template_t1w[brain], 99.5))
    images = [image for pair in outlined for _, image in pair.directions]
    levels = slice_levels(images, brain, grid)
    x_mm = _sagittal_mm(images, grid)
    places = [(0, x_mm), *((2, z) for z in levels)]
    sizes = [_extent_mm(brain, grid, axis) for axis, _ in places]
    free = PAGE_WIDTH_MM - 6 - GAP_MM * (len(places) - 1)
    scale = min(free / sum(w for w, _ in sizes), SLICE_MM / max(h for _, h in sizes))
    gap = GAP_MM + (free - scale * sum(w for w, _ in sizes)) / max(len(places) - 1, 1)
    gap = min(gap, WIDEST_GAP_MM)
    lowest = scale * max(h for _, h in sizes)
    left = 3.0
    for (axis, mm), (width, height) in zip(places, sizes, strict=True):
        box = page.box(
            left, down + lowest - scale * height, scale * width, scale * height
        )
        axes = page.figure.add_axes(box)
        draw_underlay(axes, template_t1w, grid, axis, mm, bright)
        for after, pair in zip(range(len(found))[::-1], found, strict=True):
            colour, width_pt = colours[pair.name], LINE_PT + WIDER_PT * after
            for sign, image in pair.directions:
                of = (grid, axis, mm, colour, STYLES[sign], width_pt)
                draw_outline(axes, image > 0, *of)
        crop(axes, brain, grid, axis)
        if axis == 0:
            for z in levels:
                axes.axhline(z, color=INK, linewidth=0.5)
        else:
            mark_sides(axes)
        left += scale * width + gap


Entry = tuple[float, int, str, OutlinedPair | None]


def _key(outlined: Sequence[OutlinedPair]) -> list[Entry]:
    """Return place (mm), line and text of every entry of the key, and whose colour it names."""
    named = [(p.name if p.any else f"{p.name}: none", p) for p in outlined]
    texts: list[tuple[str, OutlinedPair | None]] = [
        (text, pair if pair.any else None) for text, pair in named
    ]
    if any(pair.any for pair in outlined):
        texts.append(("solid: higher in the group named first; dashed: lower", None))
    entries: list[Entry] = []
    x, line = 53.0, 0
    for text, pair in texts:
        text = fitted(text, PAGE_WIDTH_MM - 16, 6.5)
        width = text_width_mm(text, 6.5) + 7.5
        if x + width > PAGE_WIDTH_MM:
            x, line = 10.5, line + 1
        entries.append((x, line, text, pair))
        x += width
    return entries


def needed_mm(outlined: Sequence[OutlinedPair]) -> float:
    """Return the height of the panel."""
    lines = max((line for _, line, _, _ in _key(outlined)), default=0)
    return 8 + LINE_MM * lines + SLICE_MM + 1


def _sagittal_mm(images: Sequence[np.ndarray], grid: Grid) -> float:
    """Return where the clusters are widest from left to right; a little off the midline without."""
    if not any((image > 0).any() for image in images):
        return 4.0
    area = np.sum([(image > 0).sum(axis=(1, 2)) for image in images], axis=0)
    return float(grid.mm([int(area.argmax()), 0, 0])[0])


def _extent_mm(brain: np.ndarray, grid: Grid, axis: int) -> tuple[float, float]:
    sizes = []
    for drawn in ((1, 2), (0, 2), (0, 1))[axis]:
        present = np.flatnonzero(brain.any(axis=tuple({0, 1, 2} - {drawn})))
        sizes.append(float(grid.affine[drawn, drawn] * np.ptp(present)) + 6)
    return sizes[0], sizes[1]
