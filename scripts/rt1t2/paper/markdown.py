"""The methods text as HTML, in the look of the report."""

import re
from urllib.parse import quote

from markdown_it import MarkdownIt
from markdown_it.token import Token

DOI = re.compile(r"doi:(10\.\S+)")
MARKDOWN = MarkdownIt("commonmark", {"html": False}).enable("table")


def parsed(text: str) -> list[Token]:
    """Return the parts of a text in CommonMark with tables; HTML in it is text."""
    return MARKDOWN.parse(text)


def to_html(text: str) -> str:
    """Turn CommonMark with tables into HTML; HTML in the text is escaped.

    Headings go one level down (the page has its own ``h1``), quotes become notices, columns
    aligned to the right hold numbers, and DOIs become links.
    """
    tokens = parsed(DOI.sub(_link, text))
    for token in tokens:
        if token.type in {"heading_open", "heading_close"}:
            token.tag = f"h{min(int(token.tag[1]) + 1, 6)}"
        elif token.type in {"blockquote_open", "blockquote_close"}:
            token.tag = "div"
            token.attrs = {"class": "notice"} if token.nesting == 1 else {}
        elif token.attrs.get("style") == "text-align:right":
            token.attrs = {"class": "n"}
    html: str = MARKDOWN.renderer.render(tokens, MARKDOWN.options, {})
    html = html.replace(
        "<table>",
        '<div class="scroll" tabindex="0" role="group" aria-label="table"><table>',
    )
    return html.replace("</table>", "</table></div>")


def _link(doi: re.Match[str]) -> str:
    address = quote(doi[1], safe="/:;()")
    return f"[{doi[0]}](<https://doi.org/{address}>)"
