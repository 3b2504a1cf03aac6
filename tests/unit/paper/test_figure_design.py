"""The picture of the design: columns, weights, rows, and who is named."""

from rt1t2.paper.figure_design import design_figure

MINUS = "\N{MINUS SIGN}"


def table(n):
    """Return a design of n participants: three controls, the rest patients, centred age."""
    return [
        {"participant_id": f"sub-{i}", "HC": str(float(i < 3))}
        | {"PSP": str(float(i >= 3)), "age": str(i - 2.5)}
        for i in range(n)
    ]


def test_columns_weights_and_rows():
    figure = design_figure({"HC-PSP": table(6), "PSP-HC": table(40)}, False)
    small, large = figure.axes
    labels = [text.get_text() for text in small.get_xticklabels()]
    assert labels == ["HC\n+1", f"PSP\n{MINUS}1", "age\n0"]
    assert small.get_title(loc="left") == "HC-PSP"
    assert [text.get_text() for text in small.get_yticklabels()] == [
        f"sub-{i}" for i in range(6)
    ]
    assert [text.get_text() for text in large.get_yticklabels()] == ["1", "40"]


def test_each_column_is_scaled_to_its_largest_value_and_0_is_grey():
    (panel,) = design_figure({"HC-PSP": table(6)}, False).axes
    (image,) = panel.images
    shown = image.get_array()
    assert shown[:, 0].tolist() == [1, 1, 1, 0, 0, 0]
    assert shown[:, 2].tolist() == [v / 2.5 for v in (-2.5, -1.5, -0.5, 0.5, 1.5, 2.5)]
    assert image.get_clim() == (-1, 1)


def test_seven_contrasts_take_two_rows_and_room_for_the_mark():
    seven = {str(i): table(6) for i in range(7)}
    figure = design_figure(seven, True)
    figure.draw_without_rendering()
    assert len(figure.axes) == 12
    drawn = [axes for axes in figure.axes if axes.images]
    assert [axes.get_title(loc="left") for axes in drawn] == list(seven)
    (mark,) = figure.texts
    below = mark.get_window_extent().y0
    assert all(axes.title.get_window_extent().y1 < below for axes in drawn)
