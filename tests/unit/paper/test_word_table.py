"""Tables of a document: widths that hold the words, heads that repeat, numbers to the right."""

import pytest
import word_reader
from docx.enum.text import WD_ALIGN_PARAGRAPH
from PIL import ImageFont

from rt1t2.paper.word_file import Run, new_document, save
from rt1t2.paper.word_table import (
    LONGEST_WORD_MM,
    PADDING_MM,
    Grid,
    add_grid,
    column_widths_mm,
    narrowest_mm,
    text_mm,
)

GRID = Grid(
    header=[[Run("Map")], [Run("mean z")], [Run("p FDR")], [Run("Where it lies")]],
    rows=[
        [[Run("CB1")], [Run("0.10")], [Run("0.01*", bold=True)], [Run("a b " * 30)]],
        [[Run("D1")], [Run("no cluster: p < 0.001")]],
    ],
    right={1, 2},
    over=[("", 1), ("Pain", 2), ("", 1)],
)


@pytest.fixture
def table(tmp_path):
    document = new_document("x")
    add_grid(document, GRID, 170)
    save(document, tmp_path / "a.docx")
    return word_reader.opened(tmp_path / "a.docx").tables[0]


def test_every_cell_is_there_and_spans_what_it_should(table):
    assert word_reader.cells(table) == [
        ["", "Pain", ""],
        ["Map", "mean z", "p FDR", "Where it lies"],
        ["CB1", "0.10", "0.01*", "a b " * 30],
        ["D1", "no cluster: p < 0.001"],
    ]


def test_the_heads_come_again_and_no_row_is_cut(table):
    assert word_reader.headings(table) == 2
    assert len(table._tbl.findall(f".//{word_reader.WORD}cantSplit")) == len(table.rows)


def test_numbers_are_aligned_to_the_right_and_words_to_the_left(table):
    right = WD_ALIGN_PARAGRAPH.RIGHT
    sides = [
        [cell.paragraphs[0].alignment == right for cell in row.cells]
        for row in table.rows
    ]
    assert sides[1:3] == [[False, True, True, False]] * 2
    assert sides[3] == [False] * 4
    assert [cell.paragraphs[0].runs[0].bold for cell in table.rows[2].cells] == [
        *(None, None, True, None)
    ]


def test_the_columns_fill_the_line_and_hold_their_words():
    widths = column_widths_mm(GRID, 170)
    assert sum(widths) <= 170.001
    assert all(w >= n for w, n in zip(widths, narrowest_mm(GRID), strict=True))
    assert widths[3] > 3 * widths[0]  # where the text is
    squeezed = column_widths_mm(GRID, 30)
    assert sum(squeezed) == pytest.approx(30)


def test_short_texts_stay_on_one_line_and_long_words_are_broken():
    grid = Grid([[Run("n")], [Run("x")]], [[[Run("8 / 6")], [Run("A" * 500)]]])
    narrowest = narrowest_mm(grid)
    assert narrowest[0] == pytest.approx(text_mm("8 / 6") + 2 * PADDING_MM)
    assert narrowest[1] == LONGEST_WORD_MM + 2 * PADDING_MM


@pytest.mark.parametrize(
    "text",
    [
        "-0.1234",
        "Spearman's",
        "permutation)",
        "MNI152NLin2009aSym",
        "Wilhelmina",
        "MMMM",
    ],
)
def test_a_text_is_no_wider_than_thought(text):
    """DejaVu, the one font that every test has, is wider than Arial by a tenth or more."""
    from matplotlib import font_manager

    font = ImageFont.truetype(font_manager.findfont("DejaVu Sans"), 100)
    drawn_mm = font.getlength(text) / 100 * 8 * 25.4 / 72
    assert 0.85 * drawn_mm < text_mm(text) < 1.6 * drawn_mm
