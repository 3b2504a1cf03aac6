"""What an art editor checks before a figure is printed, read from the files themselves.

Widths, sizes of text, text that is cut off at the edge or runs over other text (from the SVG, in
which text is text), resolution of the PNG, one page of the same size without a date in the PDF.
"""

import re
from dataclasses import dataclass
from functools import cache
from math import cos, radians, sin
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
from matplotlib import font_manager
from matplotlib.ft2font import FT2Font
from PIL import Image

MM_PER_PT = 25.4 / 72
WIDTHS_MM = (85.0, 170.0)
LEAST_PT, LEAST_DPI, TALLEST_MM = 6.0, 300, 330.0
EDGE_PT = 0.5  # text may touch the edge, but not pass it
# Of a line's height: what letters take up, from above the baseline to below
ASCENT, DESCENT = 0.74, 0.18
SHARED = 0.08  # of the smaller text's area: letters do not fill their boxes


@dataclass(frozen=True)
class Text:
    """A line of text: its size (pt), and its corners (4, 2) in pt, y down."""

    words: str
    size: float
    corners: np.ndarray


@cache
def _font(bold: bool, mono: bool) -> FT2Font:
    properties = font_manager.FontProperties(
        family="DejaVu Sans Mono" if mono else "DejaVu Sans",
        weight="bold" if bold else "normal",
    )
    font = FT2Font(font_manager.findfont(properties))
    font.set_size(100, 72)
    return font


def texts(svg: str | Path) -> list[Text]:
    """Return every line of text of an SVG by matplotlib."""
    found = []
    for element in ElementTree.parse(svg).iter("{http://www.w3.org/2000/svg}text"):
        words = "".join(element.itertext())
        style = element.get("style", "")
        size = float(re.search(r"font-size: ([\d.]+)px", style)[1])
        font = _font("font-weight: 700" in style, "Mono" in style)
        font.set_text(words, 0)
        width = font.get_width_height()[0] / 64 * size / 100
        place = element.get("transform", "")
        move = re.search(r"translate\(([-\d.e]+)[ ,]+([-\d.e]+)\)", place)
        turn = re.search(r"rotate\(([-\d.e]+)", place)
        origin = (
            [float(v) for v in move.groups()]
            if move
            else [float(element.get("x")), float(element.get("y"))]
        )
        anchor = re.search(r"text-anchor: (\w+)", style)
        shift = {"middle": -width / 2, "end": -width}.get(anchor and anchor[1], 0.0)
        left, right = shift, shift + width
        top, bottom = -ASCENT * size, DESCENT * size
        box = np.array([(left, top), (right, top), (right, bottom), (left, bottom)])
        angle = radians(float(turn[1])) if turn else 0.0
        turned = box @ np.array([[cos(angle), sin(angle)], [-sin(angle), cos(angle)]])
        if words.strip():
            found.append(Text(words, size, turned + origin))
    return found


def _inside(points: np.ndarray, corners: np.ndarray) -> np.ndarray:
    edges = np.roll(corners, -1, axis=0) - corners
    away = points[:, None] - corners
    return (edges[:, 0] * away[..., 1] - edges[:, 1] * away[..., 0] >= 0).all(axis=1)


def shared_area(one: Text, other: Text) -> float:
    """Return which share of the smaller of two texts lies under the other."""
    if (one.corners.max(0) < other.corners.min(0)).any():
        return 0.0
    if (other.corners.max(0) < one.corners.min(0)).any():
        return 0.0
    small, large = sorted(
        (one, other), key=lambda text: np.prod(np.ptp(text.corners, 0))
    )
    u, v = np.meshgrid(np.linspace(0.02, 0.98, 40), np.linspace(0.05, 0.95, 12))
    a, b, _, d = small.corners
    points = a + u.reshape(-1, 1) * (b - a) + v.reshape(-1, 1) * (d - a)
    return float(_inside(points, large.corners).mean())


def faults(svg: str | Path) -> list[str]:
    """Return what an art editor would send a figure back for; nothing if it may be printed."""
    root = ElementTree.parse(svg).getroot()
    width, height = (
        float(root.get(name).removesuffix("pt")) for name in ("width", "height")
    )
    found = []
    if not any(abs(width * MM_PER_PT - mm) < 0.1 for mm in WIDTHS_MM):
        found.append(f"{width * MM_PER_PT:.1f} mm wide")
    if height * MM_PER_PT > TALLEST_MM:
        found.append(f"{height * MM_PER_PT:.0f} mm high")
    lines = texts(svg)
    if not lines:
        found.append("no text is text")
    found += [f"{t.size:g} pt: {t.words}" for t in lines if t.size < LEAST_PT]
    for text in lines:
        low, high = text.corners.min(0), text.corners.max(0)
        if (
            (low < -EDGE_PT).any()
            or high[0] > width + EDGE_PT
            or high[1] > height + EDGE_PT
        ):
            found.append(f"cut off: {text.words}")
    for k, one in enumerate(lines):
        found += [
            f"one over the other: {one.words} / {other.words}"
            for other in lines[k + 1 :]
            if shared_area(one, other) > SHARED
        ]
    return found


def check(png: str | Path, svg: str | Path, pdf: str | Path) -> None:
    """Fail with everything that is wrong with a figure."""
    assert faults(svg) == []
    root = ElementTree.parse(svg).getroot()
    width, height = (
        float(root.get(name).removesuffix("pt")) for name in ("width", "height")
    )
    with Image.open(png) as picture:
        assert picture.width >= int(width / 72 * LEAST_DPI)
        assert picture.info["dpi"][0] >= LEAST_DPI - 1
    page = Path(pdf).read_bytes()
    (box,) = re.findall(rb"/MediaBox \[ 0 0 ([\d.]+) ([\d.]+) \]", page)
    assert np.allclose([float(v) for v in box], (width, height), atol=0.01)
    assert b"/Subtype /Type3" not in page, "text in the PDF is not text"
    assert b"Date" not in page
