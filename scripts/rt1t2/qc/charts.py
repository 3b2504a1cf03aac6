"""Small charts as inline SVG for the pages: sharp, light, every point named on hover.

Drawn without matplotlib, whose start-up would cost more than everything else on a
participant's page. The figures of the paper use matplotlib (:mod:`rt1t2.paper.figure_style`).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

MARGIN_LEFT, MARGIN_RIGHT, MARGIN_TOP, MARGIN_BOTTOM = 50, 12, 24, 38


@dataclass(frozen=True)
class Series:
    """Points of one line (or cloud) with a colour and a name."""

    x: Sequence[float]
    y: Sequence[float]
    colour: str
    name: str = ""
    line: bool = True
    dots: bool = False
    dashed: bool = False
    filled: bool = False
    opacity: float = 1.0
    hints: Sequence[str] = ()


def xy_chart(
    series: Sequence[Series],
    title: str,
    x_label: str,
    y_label: str,
    width: int = 380,
    height: int = 260,
    x_range: tuple[float, float] | None = None,
    y_range: tuple[float, float] | None = None,
    legend: str = "right",
) -> str:
    """Draw lines and dots over two linear axes; undefined points are left out."""
    x_low, x_high = x_range or _range([v for s in series for v in s.x])
    y_low, y_high = y_range or _range([v for s in series for v in s.y])

    def place(x: float, y: float) -> tuple[float, float]:
        left = MARGIN_LEFT + (x - x_low) / (x_high - x_low) * _inner_width(width)
        top = MARGIN_TOP + (y_high - y) / (y_high - y_low) * _inner_height(height)
        return round(left, 1), round(top, 1)

    parts = [_frame(title, x_label, y_label, width, height)]
    for tick in ticks(x_low, x_high):
        parts.append(_x_tick(place(tick, y_low), number(tick)))
    for tick in ticks(y_low, y_high):
        parts.append(_y_tick(place(x_low, tick), number(tick), width))
    for line in series:
        hints = line.hints or [line.name] * len(line.x)
        points = [
            (place(min(max(x, x_low), x_high), min(max(y, y_low), y_high)), hint)
            for x, y, hint in zip(line.x, line.y, hints, strict=True)
            if _finite(x) and _finite(y)
        ]
        parts.append(_drawn(line, points, place(x_low, y_low)[1]))
    parts.append(_legend([s for s in series if s.name], legend, width))
    return _svg("".join(parts), width, height, title)


def strip_chart(
    groups: Sequence[str],
    values: Sequence[Sequence[float]],
    hints: Sequence[Sequence[str]],
    colours: Sequence[str],
    title: str,
    y_label: str,
    width: int = 240,
    height: int = 210,
) -> str:
    """Draw one column of dots per group, with a bar at each group's median."""
    defined = [v for column in values for v in column if _finite(v)]
    y_low, y_high = _range(defined)
    step = _inner_width(width) / max(len(groups), 1)

    def top(y: float) -> float:
        share = (y_high - y) / (y_high - y_low)
        return round(MARGIN_TOP + share * _inner_height(height), 1)

    parts = [_frame(title, "", y_label, width, height)]
    for tick in ticks(y_low, y_high):
        parts.append(_y_tick((MARGIN_LEFT, top(tick)), number(tick), width))
    for column, (group, colour) in enumerate(zip(groups, colours, strict=True)):
        centre = MARGIN_LEFT + (column + 0.5) * step
        parts.append(
            f'<text x="{centre:.1f}" y="{height - MARGIN_BOTTOM + 15}" '
            f'class="tick" text-anchor="middle">{escape(group)}</text>'
        )
        shown = [
            (v, h)
            for v, h in zip(values[column], hints[column], strict=True)
            if _finite(v)
        ]
        for order, (value, hint) in enumerate(shown):
            shift = (order % 5 - 2) * step * 0.09
            parts.append(_dot((centre + shift, top(value)), colour, hint))
        if shown:
            middle = top(_median([v for v, _ in shown]))
            parts.append(
                f'<line x1="{centre - step * 0.3:.1f}" x2="{centre + step * 0.3:.1f}" '
                f'y1="{middle}" y2="{middle}" stroke="{colour}" stroke-width="2"/>'
            )
    return _svg("".join(parts), width, height, title)


def ticks(low: float, high: float, about: int = 5) -> list[float]:
    """Return round numbers between two limits, about as many as asked for."""
    raw = (high - low) / max(about, 1)
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(power * m for m in (1, 2, 5, 10) if power * m >= raw * 0.999)
    first = math.ceil(low / step - 1e-9)
    last = math.floor(high / step + 1e-9)
    return [round(i * step, 12) for i in range(first, last + 1)]


def number(value: float) -> str:
    """Write a tick's number in short form."""
    return f"{value + 0.0:.4g}".replace("-", "\N{MINUS SIGN}")


def _range(values: Sequence[float]) -> tuple[float, float]:
    defined = [float(v) for v in values if _finite(v)] or [0.0, 1.0]
    low, high = min(defined), max(defined)
    constant = high - low <= 1e-9 * max(abs(low), abs(high), 1)
    pad = max(abs(high) * 0.05, 0.5) if constant else (high - low) * 0.06
    return low - pad, high + pad


def _finite(value: float | None) -> bool:
    return value is not None and math.isfinite(value)


def _median(values: Sequence[float]) -> float:
    ordered = sorted(values)
    half = len(ordered) // 2
    return (
        ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2
    )


def _inner_width(width: int) -> int:
    return width - MARGIN_LEFT - MARGIN_RIGHT


def _inner_height(height: int) -> int:
    return height - MARGIN_TOP - MARGIN_BOTTOM


def _svg(content: str, width: int, height: int, title: str) -> str:
    return (
        f'<svg class="chart" viewBox="0 0 {width} {height}" width="{width}" '
        f'height="{height}" role="img" aria-label="{escape(title)}">{content}</svg>'
    )


def _frame(title: str, x_label: str, y_label: str, width: int, height: int) -> str:
    bottom = height - MARGIN_BOTTOM
    middle = MARGIN_TOP + _inner_height(height) / 2
    return (
        f'<text x="{MARGIN_LEFT}" y="14" class="title">{escape(title)}</text>'
        f'<text x="{MARGIN_LEFT + _inner_width(width) / 2:.0f}" y="{height - 6}" '
        f'class="label" text-anchor="middle">{escape(x_label)}</text>'
        f'<text transform="translate(11 {middle:.0f}) rotate(-90)" class="label" '
        f'text-anchor="middle">{escape(y_label)}</text>'
        f'<line x1="{MARGIN_LEFT}" x2="{width - MARGIN_RIGHT}" y1="{bottom}" '
        f'y2="{bottom}" class="axis"/>'
    )


def _x_tick(at: tuple[float, float], text: str) -> str:
    return (
        f'<text x="{at[0]}" y="{at[1] + 14}" class="tick" '
        f'text-anchor="middle">{text}</text>'
    )


def _y_tick(at: tuple[float, float], text: str, width: int) -> str:
    return (
        f'<line x1="{at[0]}" x2="{width - MARGIN_RIGHT}" y1="{at[1]}" y2="{at[1]}" '
        f'class="grid"/><text x="{at[0] - 5}" y="{at[1] + 3}" class="tick" '
        f'text-anchor="end">{text}</text>'
    )


def _drawn(
    series: Series, points: Sequence[tuple[tuple[float, float], str]], floor: float
) -> str:
    parts = []
    path = " ".join(f"{x},{y}" for (x, y), _ in points)
    if series.filled and points:
        left, right = points[0][0][0], points[-1][0][0]
        closed = f"{left},{floor} {path} {right},{floor}"
        parts.append(
            f'<polygon points="{closed}" fill="{series.colour}" opacity="0.18"/>'
        )
    if series.line and points:
        dash = ' stroke-dasharray="5 4"' if series.dashed else ""
        parts.append(
            f'<polyline points="{path}" fill="none" stroke="{series.colour}" '
            f'stroke-width="1.6" opacity="{series.opacity}"{dash}>'
            f"<title>{escape(points[0][1])}</title></polyline>"
        )
    if series.dots:
        parts += [_dot(place, series.colour, hint) for place, hint in points]
    return "".join(parts)


def _dot(at: tuple[float, float], colour: str, hint: str) -> str:
    return (
        f'<circle cx="{at[0]:.1f}" cy="{at[1]:.1f}" r="3.4" fill="{colour}" '
        f'fill-opacity="0.75"><title>{escape(hint)}</title></circle>'
    )


def _legend(named: Sequence[Series], side: str, width: int) -> str:
    """List the named series in the upper left or right corner."""
    left = MARGIN_LEFT + 8 if side == "left" else width - MARGIN_RIGHT - 10
    text_x, anchor = (left + 15, "start") if side == "left" else (left - 5, "end")
    parts = []
    for row, series in enumerate(named):
        y = MARGIN_TOP + 8 + 14 * row
        parts.append(
            f'<rect x="{left}" y="{y - 6}" width="10" height="5" fill="{series.colour}"/>'
            f'<text x="{text_x}" y="{y}" class="tick" text-anchor="{anchor}">'
            f"{escape(series.name)}</text>"
        )
    return "".join(parts)
