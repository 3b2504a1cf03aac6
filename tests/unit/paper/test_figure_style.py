from rt1t2.paper.figure_style import mark_simulated, new_figure, save_figure


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
