"""Markdown as the report shows it: levels, numbers, notices, links, and nothing unescaped."""

import xml.etree.ElementTree as ElementTree

import pytest

from rt1t2.paper.markdown import to_html


def parsed(text):
    """Return the elements of a text; a tag that is not closed is an error."""
    return ElementTree.fromstring(f"<main>{to_html(text)}</main>")


def test_headings_go_one_level_down():
    tree = parsed("# One\n\n## Two\n\n###### Six\n")
    assert [(e.tag, e.text) for e in tree] == [
        ("h2", "One"),
        ("h3", "Two"),
        ("h6", "Six"),
    ]


def test_paragraphs_lists_and_emphasis():
    tree = parsed("Plain **bold** `code` 1 < 2.\n\n- a\n- b\n\n1. x\n2. y\n")
    assert [e.tag for e in tree] == ["p", "ul", "ol"]
    assert tree[0].find("strong").text == "bold"
    assert tree[0].find("code").text == "code"
    assert "".join(tree[0].itertext()) == "Plain bold code 1 < 2."
    assert [e.text for e in tree[1]] == ["a", "b"]
    assert [e.text for e in tree[2]] == ["x", "y"]


def test_a_quote_is_a_notice_as_everywhere_on_the_pages():
    (notice,) = parsed("> **Simulated.** Nobody.\n")
    assert (notice.tag, notice.attrib) == ("div", {"class": "notice"})
    assert "".join(notice.itertext()).strip() == "Simulated. Nobody."


def test_numbers_of_a_table_are_aligned_and_a_wide_table_scrolls():
    (scroll,) = parsed("| h | n |\n|---|---:|\n| t | 5 |\n| u | **6** |\n")
    assert scroll.get("class") == "scroll"
    assert scroll.get("tabindex") == "0"  # the keyboard can scroll it
    rows = [
        [(cell.tag, cell.get("class"), "".join(cell.itertext())) for cell in row]
        for row in scroll.iter("tr")
    ]
    assert rows == [
        [("th", None, "h"), ("th", "n", "n")],
        [("td", None, "t"), ("td", "n", "5")],
        [("td", None, "u"), ("td", "n", "6")],
    ]


@pytest.mark.parametrize(
    ("doi", "address"),
    [
        ("10.3390/jcm14092888", "10.3390/jcm14092888"),
        ("10.1/(S)1:1<58::A>3.0.CO;2-O", "10.1/(S)1:1%3C58::A%3E3.0.CO;2-O"),
    ],
)
def test_dois_are_links(doi, address):
    (paragraph,) = parsed(f"Someone 2025. doi:{doi}")
    link = paragraph.find("a")
    assert link.get("href") == f"https://doi.org/{address}"
    assert link.text == f"doi:{doi}"


def test_html_in_a_label_is_shown_not_run():
    html = to_html("7 <script>alert(1)</script> & others\n\n<b>x</b>\n")
    assert "<script>" not in html
    assert "<b>" not in html
    assert "7 &lt;script&gt;" in html
