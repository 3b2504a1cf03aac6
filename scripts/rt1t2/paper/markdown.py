"""The part of Markdown that the methods text uses, as HTML: no package is needed for it."""

import re
from collections.abc import Iterator
from html import escape


def to_html(text: str, heading_from: int = 2) -> str:
    """Turn headings, paragraphs, lists, quotes and tables into HTML; everything is escaped.

    Parameters
    ----------
    text
        Markdown: ``#`` headings, ``-`` and ``1.`` lists, ``>`` quotes, ``|`` tables,
        ``**strong**`` and `` `code` ``. Blocks are parted by empty lines.
    heading_from
        Level of a ``#`` heading.
    """
    return "\n".join(_block(lines, heading_from) for lines in _blocks(text))


def _blocks(text: str) -> Iterator[list[str]]:
    """Part the text at empty lines; a heading is a block of its own."""
    lines: list[str] = []
    for line in [*text.splitlines(), ""]:
        if line.strip() and not line.startswith("#"):
            lines.append(line)
            continue
        if lines:
            yield lines
            lines = []
        if line.startswith("#"):
            yield [line]


def _block(lines: list[str], heading_from: int) -> str:
    first = lines[0]
    if first.startswith("#"):
        marks = len(first) - len(first.lstrip("#"))
        level = min(marks - 1 + heading_from, 6)
        return f"<h{level}>{_inline(first[marks:].strip())}</h{level}>"
    if first.startswith("|"):
        return _table(lines)
    if first.startswith(">"):
        inner = " ".join(line.lstrip("> ") for line in lines)
        return f'<div class="notice"><p>{_inline(inner)}</p></div>'
    for tag, mark in (("ul", r"- "), ("ol", r"\d+\. ")):
        if re.match(mark, first):
            items = [re.sub(f"^{mark}", "", line) for line in lines]
            return f"<{tag}>{''.join(f'<li>{_inline(i)}</li>' for i in items)}</{tag}>"
    return f"<p>{_inline(' '.join(lines))}</p>"


def _table(lines: list[str]) -> str:
    head, alignment, *body = [line.strip().strip("|").split("|") for line in lines]
    marks = [' class="n"' if cell.strip().endswith(":") else "" for cell in alignment]

    def row(cells: list[str], tag: str) -> str:
        filled = zip(cells, marks, strict=True)
        inner = "".join(f"<{tag}{m}>{_inline(c.strip())}</{tag}>" for c, m in filled)
        return f"<tr>{inner}</tr>"

    rows = [row(head, "th"), *(row(cells, "td") for cells in body)]
    return f'<div class="scroll"><table>{"".join(rows)}</table></div>'


def _inline(text: str) -> str:
    text = escape(text, quote=False)
    text = re.sub(r"\*\*(.+?)\*\*", r"<strong>\1</strong>", text)
    text = re.sub(r"`(.+?)`", r"<code>\1</code>", text)
    return re.sub(
        r"doi:(10\.\S+)",
        lambda m: f'<a href="https://doi.org/{_address(m[1])}">doi:{m[1]}</a>',
        text,
    )


def _address(doi: str) -> str:
    """Write the characters of a DOI that an address may not hold as escapes."""
    return doi.replace("&lt;", "%3C").replace("&gt;", "%3E")
