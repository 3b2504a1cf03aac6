"""The picture of the design: columns, weights, rows, and who is named."""

from rt1t2.paper.figure_design import Design, design_figure

MINUS = "\N{MINUS SIGN}"
T = [[1, -1, 0]]


def table(n):
    """Return a design of n participants: three controls, the rest patients, centred age."""
    return [
        {"participant_id": f"sub-{i}", "HC": str(float(i < 3))}
        | {"PSP": str(float(i >= 3)), "age": str(i - 2.5)}
        for i in range(n)
    ]


def test_columns_weights_and_rows():
    designs = [Design("PSP - HC", table(6), T, -1), Design("HC - PSP", table(40), T)]
    figure = design_figure(designs, False)
    small, large = figure.axes
    labels = [text.get_text() for text in small.get_xticklabels()]
    assert labels == [f"HC (n = 3): {MINUS}1", "PSP (n = 3): +1", "age: 0"]
    assert small.get_title(loc="left") == "PSP - HC"
    weights = [text.get_text().split(": ")[1] for text in large.get_xticklabels()]
    assert weights == ["+1", f"{MINUS}1", "0"]
    assert [text.get_text() for text in small.get_yticklabels()] == [
        f"sub-{i}" for i in range(6)
    ]
    assert [text.get_text() for text in large.get_yticklabels()] == ["1", "40"]


def test_each_column_is_scaled_to_its_largest_value_and_0_is_grey():
    (panel,) = design_figure([Design("A", table(6), T)], False).axes
    (image,) = panel.images
    shown = image.get_array()
    assert shown[:, 0].tolist() == [1, 1, 1, 0, 0, 0]
    assert shown[:, 2].tolist() == [v / 2.5 for v in (-2.5, -1.5, -0.5, 0.5, 1.5, 2.5)]
    assert image.get_clim() == (-1, 1)


def test_seven_comparisons_take_two_rows_and_room_for_the_mark():
    figure = design_figure([Design(str(i), table(6), T) for i in range(7)], True)
    figure.draw_without_rendering()
    assert len(figure.axes) == 8
    drawn = [axes for axes in figure.axes if axes.images]
    assert [axes.get_title(loc="left") for axes in drawn] == [str(i) for i in range(7)]
    (mark,) = figure.texts
    below = mark.get_window_extent().y0
    assert all(axes.title.get_window_extent().y1 < below for axes in drawn)


def test_f_has_a_weight_for_each_of_its_rows():
    (panel,) = design_figure(
        [Design("F", table(6), [[1, 0, 0], [0, 1, 0]])], False
    ).axes
    labels = [text.get_text() for text in panel.get_xticklabels()]
    assert labels == ["HC (n = 3): +1/0", "PSP (n = 3): 0/+1", "age: 0/0"]
