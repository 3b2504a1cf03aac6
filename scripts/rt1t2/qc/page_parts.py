"""The parts that a participant's quality page is made of."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

# The panels of the page, by title, in their order; the texts of metrics call them by number.
PANELS = (
    "Series found",
    "Bias correction",
    "T2w on T1w",
    "Brain and tissue",
    "Tissue that sets the scale",
    "Calibration",
    "Ratio by tissue",
    "Ratio map",
    "Normalisation to MNI152NLin2009aSym",
    "Ratio in template space",
)

GM_COLOUR, WM_COLOUR, CSF_COLOUR = "#d55e00", "#0072b2", "#009e73"


@dataclass(frozen=True)
class Picture:
    """A mosaic with the key to its colours, and perhaps another one to change to.

    ``name`` and ``other_name`` say on the button which of both is shown.
    """

    uri: str
    description: str
    key: Sequence[tuple[str, str]] = ()
    bar: tuple[str, str] | None = None
    other_uri: str = ""
    name: str = ""
    other_name: str = ""


@dataclass(frozen=True)
class Table:
    """A small table; the first column names the rows."""

    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    numeric_from: int = 1


@dataclass(frozen=True)
class Panel:
    """One step of the pipeline on the page."""

    title: str
    good: str
    measured: Sequence[str] = ()
    pictures: Sequence[Picture] = ()
    charts: Sequence[str] = ()
    tables: Sequence[Table] = ()
    warnings: Sequence[str] = ()


def percentile(image: np.ndarray, inside: np.ndarray, percent: float) -> float:
    """Return a percentile of the defined voxels of a mask, 1 if there are none."""
    values = image[inside & np.isfinite(image)]
    return float(np.percentile(values, percent)) if values.size else 1.0


def rgb(css: str) -> tuple[int, int, int]:
    """Turn ``#rrggbb`` into three numbers."""
    red, green, blue = (int(css[i : i + 2], 16) for i in (1, 3, 5))
    return red, green, blue


def css(colour: tuple[int, int, int]) -> str:
    """Turn three numbers into ``#rrggbb``."""
    return "#{:02x}{:02x}{:02x}".format(*colour)
