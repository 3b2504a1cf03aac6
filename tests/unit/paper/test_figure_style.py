import art_editor
import pytest

from rt1t2.paper.figure_style import (
    fitted,
    mark_simulated,
    new_figure,
    printable,
    save_figure,
    text_width_mm,
    wrapped,
)


def drawn():
    figure = new_figure(85, 50)
    axes = figure.subplots()
    axes.plot([0, 1], [0, 1], label="a")
    axes.imshow([[0, 1], [1, 0]])
    axes.legend()
    mark_simulated(figure)
    return figure


def test_the_same_drawing_gives_the_same_bytes(tmp_path):
    for name in ("a", "b"):
        save_figure(
            drawn(),
            *(tmp_path / f"{name}.{ending}" for ending in ("png", "svg", "pdf")),
        )
    for ending in ("png", "svg", "pdf"):
        first, second = (tmp_path / f"{name}.{ending}" for name in "ab")
        assert first.read_bytes() == second.read_bytes()
    assert "date" not in (tmp_path / "a.svg").read_text().lower()
    art_editor.check(*(tmp_path / f"a.{ending}" for ending in ("png", "svg", "pdf")))


@pytest.mark.parametrize("bold", [False, True])
def test_a_text_is_as_long_as_it_is_drawn(bold):
    figure = new_figure(85, 20)
    words = "Persistent pain \N{MINUS SIGN} 3.5"
    text = figure.text(0, 0, words, fontsize=7, fontweight="bold" if bold else "normal")
    figure.draw_without_rendering()
    drawn = text.get_window_extent().width / figure.dpi * 25.4
    assert text_width_mm(words, 7, bold) == pytest.approx(drawn, rel=0.03)


def test_what_is_too_long_is_cut_with_an_ellipsis_or_broken_at_a_space():
    assert fitted("short", 50, 7) == "short"
    cut = fitted("a long name, of many words", 20, 7)
    assert cut.endswith("\N{HORIZONTAL ELLIPSIS}")
    assert text_width_mm(cut, 7) <= 20
    lines = wrapped("one two three four five six seven", 20, 7, lines=2).split("\n")
    assert lines[0] == "one two three"
    assert len(lines) == 2
    assert wrapped("one two", 50, 7) == "one two"


def test_characters_that_the_font_lacks_are_not_drawn_as_boxes():
    assert printable("Müller & Söhne, β₂: ±3") == "Müller & Söhne, β₂: ±3"
    assert printable("患者", "PSP") == "PSP"
    assert printable("D2 患") == "D2 (U+60A3)"


@pytest.mark.filterwarnings("error")
def test_dollars_are_no_formula(tmp_path):
    figure = new_figure(50, 25)
    figure.text(0.1, 0.5, "from $5 to $10_{")
    save_figure(figure, tmp_path / "a.png", tmp_path / "a.svg")
    assert (tmp_path / "a.png").stat().st_size > 500
