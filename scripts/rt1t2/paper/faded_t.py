"""Colours of a signed t map that fade below the threshold, instead of hiding what lies there.

Taylor et al. 2023, NeuroImage 274:120138 (10.1016/j.neuroimage.2023.120138): highlight results, do
not hide them.
"""

import math
from collections.abc import Sequence

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap

from rt1t2.paper.figure_style import INK, SMALL_PT

STEPS = 512
# Blue and red, light in the middle: distinct for all common forms of colour blindness.
SIGNED = "RdBu_r"
# The ends are too dark for an outline in black; the middle is seen through anyway.
ENDS = (0.06, 0.94)


def faded_colours(height_t: float, largest_t: float) -> ListedColormap:
    """Return colours from -``largest_t`` to ``largest_t``: opaque from the threshold on.

    Below the threshold the opacity is (t / threshold)². It is 0 at t = 0.
    """
    t = np.linspace(-largest_t, largest_t, STEPS)
    place = np.interp(t, (-largest_t, largest_t), ENDS)
    rgba = colormaps[SIGNED](place)
    rgba[:, 3] = np.clip((t / height_t) ** 2, 0, 1)
    return ListedColormap(rgba, f"faded below {height_t:g}")


def opaque_colours() -> ListedColormap:
    """Return the same colours without fading."""
    return ListedColormap(colormaps[SIGNED](np.linspace(*ENDS, STEPS)), "signed t")


def common_limit(peaks: Sequence[float], heights: Sequence[float]) -> float:
    """Return the |t| at which the colours of all maps end: whole, and above every threshold."""
    highest = max((abs(t) for t in peaks if np.isfinite(t)), default=0.0)
    return max(math.ceil(highest), math.ceil(max(heights, default=0.0)) + 1)


def draw_bar(
    axes: Axes, height_t: float, largest_t: float, statistic: str = "t"
) -> None:
    """Draw the colours as an upright bar with a line at the thresholds; F is never negative."""
    colours = faded_colours(height_t, largest_t)
    values = np.linspace(-largest_t, largest_t, STEPS)[:, None]
    axes.imshow(
        values,
        cmap=colours,
        aspect="auto",
        origin="lower",
        extent=(0, 1, -largest_t, largest_t),
    )
    for t in (-height_t, height_t):
        axes.axhline(t, color=INK, linewidth=0.8)
    axes.set_xticks([])
    axes.yaxis.tick_right()
    shown = [-largest_t, -height_t, 0, height_t, largest_t]
    if statistic == "F":
        shown = shown[2:]
        axes.set_ylim(0, largest_t)
    axes.set_yticks(shown, [_number(t) for t in shown], fontsize=SMALL_PT)
    axes.tick_params(axis="y", length=1.5, pad=1)
    axes.spines[:].set_visible(True)
    axes.set_title(
        statistic, fontsize=SMALL_PT, fontweight="normal", loc="center", pad=2
    )


def _number(t: float) -> str:
    text = f"{t:.2f}" if t != round(t) else f"{t:.0f}"
    return text.replace("-", "\N{MINUS SIGN}")
