import pytest

from rt1t2.paper.figure_style import (
    mark_simulated,
    new_figure,
    printable,
    save_figure,
)


def drawn():
    figure = new_figure(3, 2)
    axes = figure.subplots()
    axes.plot([0, 1], [0, 1], label="a")
    axes.imshow([[0, 1], [1, 0]])
    axes.legend()
    mark_simulated(figure)
    return figure


def test_the_same_drawing_gives_the_same_bytes(tmp_path):
    for name in ("a", "b"):
        save_figure(drawn(), tmp_path / f"{name}.png", tmp_path / f"{name}.svg")
    for ending in ("png", "svg"):
        first, second = (tmp_path / f"{name}.{ending}" for name in "ab")
        assert first.read_bytes() == second.read_bytes()
    assert "date" not in (tmp_path / "a.svg").read_text().lower()


def test_characters_that_the_font_lacks_are_not_drawn_as_boxes():
    assert printable("Müller & Söhne, β₂: ±3") == "Müller & Söhne, β₂: ±3"
    assert printable("患者", "PSP") == "PSP"
    assert printable("D2 患") == "D2 (U+60A3)"


@pytest.mark.filterwarnings("error")
def test_dollars_are_no_formula(tmp_path):
    figure = new_figure(2, 1)
    figure.text(0.1, 0.5, "from $5 to $10_{")
    save_figure(figure, tmp_path / "a.png", tmp_path / "a.svg")
    assert (tmp_path / "a.png").stat().st_size > 500
