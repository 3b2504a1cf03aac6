"""Texts that a table or a config might bring along: what a browser, a spreadsheet or LaTeX runs."""

import random
from html.parser import HTMLParser

FIRE = "document.documentElement.setAttribute('data-fired','1')"
KINDS = {
    "element": (
        "<script>{js}</script>",
        "</td></table><script>{js}</script>",
        "<img src=x onerror={js}>",
        '"><iframe srcdoc="<script>parent.{js}</script>">',
        "</title></style><body onload={js}>",
        "<a href=javascript:{js}>x</a>",
        "<!--><script>{js}</script>-->",
        "&lt;script&gt;{js}&lt;/script&gt;&#60;script&#62;{js}",
    ),
    "attribute": (
        '" onmouseover="{js}" x="',
        "' onfocus='{js}' autofocus='",
        'doi:10.1/x"onmouseover="{js}',
        'doi:10.1/x"><script>{js}</script>',
        'https://x.org/"onload="{js}',
        "x` onclick=`{js}",
    ),
    "address": (
        "javascript:{js}",
        "data:text/html,<script>{js}</script>",
        "doi:10.1000/{n} https://evil.example/{n} www.evil.example",
        "<https://evil.example/{n}> <a@evil.example>",
        "vbscript:{js} file:///etc/passwd//x",
    ),
    "svg": (
        "<svg onload={js}>",
        "<svg><animate onbegin={js} attributeName=x dur=1s>",
        "</text></svg><svg/onload={js}>",
        "]]><svg xmlns='http://www.w3.org/2000/svg' onload='{js}'/>",
        "<?xml-stylesheet href='javascript:{js}'?>",
    ),
    "markdown": (
        "[x](javascript:{js})",
        "![x](http://evil.example/{n}.png)",
        "# heading {n}",
        "| a | b |",
        "one | two || three \\| four |",
        "**bold** _it_ ~~del~~ `code` ``` fence",
        "> quote\n\n- item\n\n1. item",
        "[x]: http://evil.example/{n}",
        "\\[x](javascript:{js}) \\\\",
        "---\n{n}\n===",
        "$x^2$ $$y$$ {{{{ config }}}} {{% raw %}}",
    ),
    "latex": (
        "\\input{{/etc/passwd}}",
        "$\\frac{{1}}{{",
        "\\write18{{id}} % {n}",
        "^_#&~",
    ),
    "formula": (
        "=1+{n}",
        '=HYPERLINK("http://evil.example/{n}","x")',
        "@SUM(A1:A9)",
        "+1+{n}",
        "-2+{n}+cmd|' /C calc'!A0",
        "=cmd|' /C calc'!A0",
        "\uff1d1+1",
        "'=1+1",
        '"=1+1"',
        "\t=1+1",
        "\r=1+1",
        " =1+1",
        "-{n}x",
    ),
    "unicode": (
        "\u202etxt.exe\u202c",
        "\u2066\u2067a\u2069",
        "a\u200bb\ufeffc\u00ad",
        "e\u0301\u0301\u0301 \U0001f9e0 \u4e2d\u6587",
        "\u2028line\u2029",
        "\ud7ff\ufffd\uffff",
        "\u0130\u0131 \ufb01",
    ),
    "control": ("a\0b", "\x1b[31mred\x1b[0m", "\x07\x08\x7f", "a\vb\fc", "\x85\x9f"),
    "long": ("A" * 5000, "<b>" * 3000, "x " * 4000, "\u0300" * 2000, "|" * 3000),
}


def hostile_texts(n: int = 200, seed: int = 1) -> list[str]:
    """Return so many texts, of every kind in turn."""
    rng = random.Random(seed)
    kinds = list(KINDS.values())
    texts = []
    for number in range(n):
        kind = kinds[number % len(kinds)]
        pattern = kind[number // len(kinds) % len(kind)]
        text = pattern.format(js=FIRE, n=number)
        while text in texts:  # again, within other words
            word = rng.choice(["moved ", "n = 3; ", "((", "'", '"', "\N{DEGREE SIGN}"])
            text = rng.choice([word + text, text + word, f"{word}{text}{word}"])
        texts.append(text)
    return texts


class _Skeleton(HTMLParser):
    """Collects what a browser would build: elements, their attributes, addresses."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: set[tuple[str, ...]] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.parts.add((tag,))
        for name, value in attrs:
            self.parts.add((tag, name))
            if name in {"href", "src", "srcset", "action", "style", "xlink:href"}:
                told = (value or "").split(",")[0][:200]
                self.parts.add((tag, name, told))

    def handle_comment(self, data: str) -> None:
        self.parts.add(("comment", data[:50]))

    def handle_pi(self, data: str) -> None:
        self.parts.add(("instruction", data[:50]))


def skeleton(page: str) -> set[tuple[str, ...]]:
    """Return the elements, attributes and addresses of a page."""
    parser = _Skeleton()
    parser.feed(page)
    parser.close()
    return parser.parts
