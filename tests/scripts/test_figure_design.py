"""The rule figure_design: every participant's row of every design."""

from rt1t2.paper.figure_design import design_figure
from rt1t2.tables import write_tsv


def rows(n):
    return [
        {"participant_id": f"sub-{i}", "HC": i < 3, "PSP": i >= 3, "age": i - 2.5}
        for i in range(n)
    ]


def table(n):
    return [{k: str(float(v)) if k != "participant_id" else v for k, v in r.items()}
            for r in rows(n)]  # fmt: skip


def test_the_same_design_gives_the_same_bytes(script_main, tmp_path):
    designs = []
    for name, n in (("HC-PSP", 6), ("PSP-HC", 40)):
        designs.append(str(tmp_path / f"{name}.tsv"))
        write_tsv(table(n), list(table(n)[0]), designs[-1])
    pictures = []
    for name in "ab":
        files = {end: str(tmp_path / f"{name}.{end}") for end in ("png", "svg")}
        script_main("figure_design")(
            designs=designs,
            **files,
            code="",
            contrasts=["HC-PSP", "PSP-HC"],
            simulated=True,
        )
        pictures.append((tmp_path / f"{name}.png").read_bytes())
    assert pictures[0] == pictures[1]


def test_columns_weights_and_rows():
    figure = design_figure({"HC-PSP": table(6), "PSP-HC": table(40)}, False)
    small, large = figure.axes
    labels = [text.get_text() for text in small.get_xticklabels()]
    assert labels == ["HC\n+1", "PSP\n\N{MINUS SIGN}1", "age\n0"]
    assert len(small.get_yticklabels()) == 6
    assert [text.get_text() for text in large.get_yticklabels()] == ["1", "40"]
    shown = small.images[0].get_array()
    assert shown[:, 0].tolist() == [1, 1, 1, 0, 0, 0]
    assert abs(shown[:, 2]).max() == 1
    assert len(design_figure({str(i): table(6) for i in range(7)}, True).axes) == 12
