"""``snakemake --report``: every figure, table and page has a caption, a category and a label."""

import re

import pytest

from .conftest import ROOT

RULES = {path.stem: path.read_text() for path in sorted((ROOT / "rules").glob("*.smk"))}
CAPTIONS = ROOT / "resources/report/captions"
SHOWN = re.findall(
    r'shown\(\s*"([^"]+)",\s*"(\w+)",\s*"(\w+)",\s*(\w+)="[^"]+"',
    "".join(RULES.values()),
)
CATEGORIES = {
    "Figures": "figure",
    "Tables": "table",
    "Pages": "page",
    "Quality": "page",
}


def test_every_figure_table_and_page_is_shown():
    text = "".join(RULES.values())
    made = set(re.findall(r'"(results/[^"]+\.(?:png|html))"', text))
    made |= set(re.findall(r'"(results/paper/[^"]+\.(?:tsv|md|docx))"', text))
    made = {path for path in made if not path.startswith("results/share/")}
    assert made == {path for path, *_ in SHOWN}


@pytest.mark.parametrize(("path", "caption", "category", "label"), SHOWN)
def test_a_caption_a_category_and_a_label(path, caption, category, label):
    assert (CAPTIONS / f"{caption}.rst").read_text().strip()
    assert CATEGORIES[category] == label


def test_no_caption_is_left_over():
    assert {path.stem for path in CAPTIONS.iterdir()} == {c for _, c, *_ in SHOWN}
