"""Every metric of every participant on one axis of robust z, outliers named and linked."""

import math
from collections.abc import Mapping, Sequence
from html import escape

from rt1t2.qc.cohort_outliers import Deviation
from rt1t2.qc.metrics import OUTLIER_Z, formatted

WIDTH, LEFT, RIGHT, TOP, ROW, BOTTOM = 1180, 340, 290, 26, 22, 38
MOST_NAMED = 3  # of a metric; the table has all
LIMIT = 8.0  # what lies farther is drawn there
SHAPES = ("circle", "square", "triangle")


def outlier_strip(
    people: Sequence[Mapping[str, str]],
    columns: Mapping[str, Sequence[Deviation]],
    colours: Mapping[str, str],
) -> str:
    """Draw one line per metric with one mark per participant, a link to the page.

    Parameters
    ----------
    people
        ``participant_id`` and ``group`` of everybody.
    columns
        Deviations by metric, in the order of the people.
    colours
        Of the groups; each also has its own shape.
    """
    shown = [
        column for column in columns.values() if any(math.isfinite(d.z) for d in column)
    ]
    if not shown:
        return ""
    height = TOP + ROW * len(shown) + BOTTOM
    parts = [_axis(len(shown))]
    for row, column in enumerate(shown):
        parts.append(_line(column, TOP + ROW * (row + 0.5), people, colours))
    middle = (LEFT + WIDTH - RIGHT) / 2
    parts.append(
        f'<text x="{middle:g}" y="{height - 10}" class="label" text-anchor="middle">robust z '
        f"(1.4826 MAD from the median); grey: within {OUTLIER_Z:g}</text>"
    )
    return (
        f'<svg class="chart strip" viewBox="0 0 {WIDTH} {height}" role="group" '
        f'aria-label="Robust z of every metric of every participant">{"".join(parts)}</svg>'
    )


def shape_names(groups: Sequence[str]) -> dict[str, str]:
    """Return the shape of each group's marks."""
    return {group: SHAPES[i % len(SHAPES)] for i, group in enumerate(groups)}


def _x(z: float) -> float:
    share = (min(max(z, -LIMIT), LIMIT) + LIMIT) / (2 * LIMIT)
    return LEFT + share * (WIDTH - LEFT - RIGHT)


def _axis(rows: int) -> str:
    bottom = TOP + ROW * rows
    width = _x(OUTLIER_Z) - _x(-OUTLIER_Z)
    parts = [
        f'<rect x="{_x(-OUTLIER_Z):.1f}" y="{TOP}" width="{width:.1f}" '
        f'height="{bottom - TOP}" fill="#f1f4f6"/>'
    ]
    ends = {
        -LIMIT: f"\N{LESS-THAN OR EQUAL TO} {formatted(-LIMIT, 0)}",
        LIMIT: f"\N{GREATER-THAN OR EQUAL TO} {formatted(LIMIT, 0)}",
    }
    for z in (-LIMIT, -OUTLIER_Z, 0.0, OUTLIER_Z, LIMIT):
        text = ends.get(z, f"{z:g}".replace("-", "\N{MINUS SIGN}"))
        parts.append(
            f'<line x1="{_x(z):.1f}" x2="{_x(z):.1f}" y1="{TOP}" y2="{bottom}" class="grid"/>'
            f'<text x="{_x(z):.1f}" y="{TOP - 8}" class="tick" text-anchor="middle">{text}</text>'
        )
    return "".join(parts)


def _line(
    column: Sequence[Deviation],
    y: float,
    people: Sequence[Mapping[str, str]],
    colours: Mapping[str, str],
) -> str:
    shapes = shape_names(list(colours))
    parts = [
        f'<text x="{LEFT - 12}" y="{y + 4:g}" class="tick" text-anchor="end">'
        f"{escape(column[0].metric.label)}</text>"
    ]
    named: list[str] = []
    order = sorted(range(len(column)), key=lambda i: (-abs(column[i].z), i))
    for rank, i in enumerate(i for i in order if math.isfinite(column[i].z)):
        deviation, person = column[i], people[i]
        name, group = person["participant_id"], person["group"]
        outlying = abs(deviation.z) > OUTLIER_Z
        colour = colours.get(group, "#555")
        mark = _mark(
            _x(deviation.z),
            y + (rank % 3 - 1) * 4,
            shapes.get(group, SHAPES[0]),
            colour,
        )
        if not outlying:
            parts.append(f"<g fill-opacity='0.6'>{mark}</g>")
            continue
        link = f"{escape(name)}.html"
        label = f"{escape(name)} ({formatted(deviation.z, 1)})"
        parts.append(f'<g stroke="#000" stroke-width="0.8">{mark}</g>')
        named.append(f'<a href="{link}">{label}</a>')
    more = f" and {len(named) - MOST_NAMED} more" if named[MOST_NAMED:] else ""
    parts.append(
        f'<text x="{WIDTH - RIGHT + 14}" y="{y + 4:g}" class="named">'
        f"{', '.join(named[:MOST_NAMED])}{more}</text>"
    )
    return "".join(parts)


def _mark(x: float, y: float, shape: str, colour: str) -> str:
    if shape == "square":
        corner = f'x="{x - 3.4:.1f}" y="{y - 3.4:.1f}"'
        return f'<rect {corner} width="6.8" height="6.8" fill="{colour}"/>'
    if shape == "triangle":
        return f'<path d="M{x:.1f} {y - 4.4:.1f}l4.2 7.8h-8.4z" fill="{colour}"/>'
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.8" fill="{colour}"/>'
