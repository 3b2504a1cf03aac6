"""Figure 3: how far each group lies from the controls: receptors, cluster means, slices.

The paper draws a slope of microstructural change as a hypothesis. Here the same question is
answered with data: panel B shows every participant, with the interval of each group's mean.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from rt1t2.paper.brain_slices import Grid
from rt1t2.paper.cluster_means import RegionMeans, mean_interval
from rt1t2.paper.figure_page import Page
from rt1t2.paper.figure_style import (
    MUTED,
    PAGE_WIDTH_MM,
    fitted,
    group_colours,
    group_markers,
    mark_simulated,
    new_figure,
    top_margin_mm,
    wrapped,
)
from rt1t2.paper.outlined_clusters import (
    OutlinedPair,
    draw_outlined_clusters,
    needed_mm,
)
from rt1t2.paper.receptor_radar import draw_radar

Rows = Sequence[Mapping[str, str]]

UPPER_MM = 94.0
RADAR_MM = 82.0  # width of panel A


def gradient_figure(
    correlations: Rows,
    regions: Sequence[RegionMeans],
    outlined: Sequence[OutlinedPair],
    member_groups: Sequence[str],
    groups: Mapping[str, str],
    control_group: str,
    template_t1w: np.ndarray,
    grid: Grid,
    simulated: bool,
) -> Figure:
    """Draw panels A (radar), B (means with intervals) and C (axial slices).

    Parameters
    ----------
    correlations
        Rows of ``correlations.tsv``.
    regions
        Everybody's mean ratio in the largest clusters, or in all voxels.
    outlined
        The clusters of every comparison.
    member_groups
        Group of every participant, in the order of the means.
    groups
        Codes and labels of all groups, in the order of the config.
    control_group
        Code of the group that comes first in panel B.
    template_t1w
        The template's T1w, 0 outside the brain, on ``grid`` like the clusters.
    grid
        MNI152NLin2009aSym, RAS mm.
    simulated
        Say so on the figure.
    """
    top = top_margin_mm(simulated)
    height = top + UPPER_MM + needed_mm(outlined)
    page = Page(new_figure(PAGE_WIDTH_MM, height), height)
    receptors = "Receptor maps: mean Fisher z" if correlations else "Receptor maps"
    page.heading(2, top, "A", receptors)
    left = RADAR_MM
    if correlations:
        box = page.box(2, top + 9, RADAR_MM - 4, UPPER_MM - 32)
        draw_radar(page.figure, box, correlations, groups, RADAR_MM / PAGE_WIDTH_MM)
    else:
        page.text(7, top + 6, "No receptor map\nwas correlated.", color=MUTED)
        left = 52.0
    selected = any(pair.any for pair in outlined)
    order = [control_group] + [group for group in groups if group != control_group]
    _means(page, (left + 4, top), regions, selected, member_groups, order, groups)
    page.heading(2, top + UPPER_MM, "C", "Clusters on the template")
    draw_outlined_clusters(page, top + UPPER_MM, outlined, template_t1w, grid)
    if simulated:
        mark_simulated(page.figure)
    return page.figure


def _means(
    page: Page,
    corner: tuple[float, float],
    regions: Sequence[RegionMeans],
    selected: bool,
    member_groups: Sequence[str],
    order: Sequence[str],
    groups: Mapping[str, str],
) -> None:
    """Draw every participant's mean ratio in each cluster, with the groups' intervals."""
    left, top = corner
    title = (
        "Mean ratio in the clusters" if selected else "Mean ratio, no cluster survived"
    )
    title = title if regions else "Mean ratio: no contrast was tested"
    page.heading(left, top, "B", title)
    if not regions:
        return
    note = (
        "dots: participants; bars: mean with 95 % interval. The clusters were selected for "
        "a difference between two groups, which inflates that difference (not the others)."
        if selected
        else "dots: participants; bars: mean with 95 % interval, over all analysed voxels."
    )
    width = PAGE_WIDTH_MM - left - 7
    lines = wrapped(note, width, 6.5, lines=3)
    page.text(left + 5, top + 4.6, lines, fontsize=6.5, color=MUTED)
    x, y, w, h = page.box(left + 12, top + 22, width - 8, UPPER_MM - 40)
    sides = {"left": x, "right": x + w, "bottom": y, "top": y + h, "wspace": 0.12}
    shown = page.figure.subplots(
        1, len(regions), sharey=True, squeeze=False, gridspec_kw=sides
    )[0]
    relative = all(region.relative for region in regions)
    membership = np.array(member_groups)
    for axes, region in zip(shown, regions, strict=True):
        if relative:
            axes.axhline(100, color=MUTED, linewidth=0.8)
        names = []
        for place, group in enumerate(order):
            values = region.percent[membership == group]
            _group(axes, place, values, group, groups)
            n = int(np.isfinite(values).sum())
            names.append(f"{fitted(group, 14, 6.5)} ({n})")
        axes.set_xticks(
            range(len(order)), names, rotation=45, ha="right", rotation_mode="anchor"
        )
        axes.set_xlim(-0.6, len(order) - 0.4)
        share = (width - 8) / len(regions) - 2
        name = "\n".join(fitted(line, share, 6.5) for line in region.title.split("\n"))
        axes.set_title(name, fontsize=6.5, fontweight="normal")
        axes.grid(axis="y")
    unit = "ratio, % of the controls' mean" if relative else "mean of the maps' values"
    shown[0].set_ylabel(unit)


def _group(
    axes: Axes, place: int, values: np.ndarray, group: str, groups: Mapping[str, str]
) -> None:
    """Draw one group's participants, mean and interval."""
    colour = group_colours(groups)[group]
    offsets = 0.09 * ((np.arange(values.size) % 5) - 2)
    axes.plot(
        place + offsets,
        values,
        group_markers(groups)[group],
        color=colour,
        alpha=0.5,
        markersize=2.8,
        markeredgewidth=0,
    )
    mean, low, high = mean_interval(values)
    axes.plot([place - 0.3, place + 0.3], [mean, mean], color=colour, linewidth=1.8)
    axes.plot([place, place], [low, high], color=colour, linewidth=1.8)
