"""Pages that open offline: templates filled, pictures inside."""

import base64
import io
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import jinja2
from PIL import Image

from rt1t2.user_text import in_markdown

TEMPLATES = Path(__file__).resolve().parents[3] / "resources" / "report"


def render(template: str, **content: Any) -> str:
    """Fill a template of ``resources/report``.

    HTML templates escape every value, and are given the style sheet as ``style`` and what
    tables and pictures do as ``script``; in Markdown
    every text is shown as it is. A name that a template uses and that is not given is an
    error, and so is one that Jinja takes for a method (``update`` of a dict).
    """
    is_page = template.endswith(".html.j2")
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=lambda name: name is not None and name.endswith(".html.j2"),
        finalize=_printed if is_page else _printed_in_markdown,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    if is_page:
        content["style"] = (TEMPLATES / "style.css").read_text()
        content["script"] = (TEMPLATES / "page.js").read_text()
    return environment.get_template(template).render(**content)


def _printed(value: Any) -> Any:
    if callable(value) and not isinstance(value, jinja2.Undefined):
        raise TypeError(f"a template prints {value!r}, which is no text")
    return value


def _printed_in_markdown(value: Any) -> Any:
    return in_markdown(value) if isinstance(value, str) else _printed(value)


def save_page(template: str, path: str | Path, **content: Any) -> None:
    """Fill a template and write the page."""
    Path(path).write_text(render(template, **content))


def picture_uri(path: str | Path) -> str:
    """Return a picture as a data URI: the same pixels as WebP, half the size of a PNG."""
    buffer = io.BytesIO()
    with Image.open(path) as picture:
        picture.convert("RGB").save(buffer, "WEBP", lossless=True, quality=60)
    return "data:image/webp;base64," + base64.b64encode(buffer.getvalue()).decode()


def columns_of(rows: Iterable[Mapping[str, Any]]) -> list[str]:
    """Return the names of all columns in the order of their first appearance."""
    return list(dict.fromkeys(name for row in rows for name in row))


def numeric_columns(rows: Sequence[Mapping[str, str]]) -> set[str]:
    """Return the columns of a table that hold numbers (or nothing) only."""
    return {
        name
        for name in rows[0]
        if all(row[name] == "n/a" or _is_number(row[name]) for row in rows)
        and any(row[name] != "n/a" for row in rows)
    }


def column_headings(columns: Iterable[str]) -> list[dict[str, Any]]:
    """Gather columns named ``group: what`` under one heading per group.

    Returns
    -------
    list
        ``over`` (the group, or nothing), ``span`` and ``columns`` (name, text) of each.
    """
    headings: list[dict[str, Any]] = []
    for name in columns:
        over, _, text = name.rpartition(": ")
        if not headings or not over or headings[-1]["over"] != over:
            headings.append({"over": over, "span": 0, "columns": []})
        headings[-1]["span"] += 1
        headings[-1]["columns"].append((name, text))
    return headings


def minus(text: str) -> str:
    """Write a negative number with a minus sign instead of a hyphen."""
    if text.startswith("-") and _is_number(text):
        return text.replace("-", "\N{MINUS SIGN}", 1)
    return text


def starred(text: str) -> bool:
    """Tell whether a cell is a number with the mark of a p below its limit."""
    return text.endswith("*") and _is_number(text)


def _is_number(text: str) -> bool:
    try:
        float(text.removeprefix("<").removesuffix("*"))
    except ValueError:
        return False
    return True
