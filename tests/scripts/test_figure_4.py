import art_editor
import fabricated
import pytest

ENDINGS = ("png", "svg", "pdf")
NAMES = ("t1w", "t2w", "brain", "gm", "wm", "ratio", "mni_ratio", "smoothed")


@pytest.mark.parametrize("scanned", [True, False])
def test_figure_with_and_without_an_example(tmp_path, script_main, head, scanned):
    inputs = {name: [] for name in (*NAMES, "calibrated_t1w", "calibrated_t2w")}
    if scanned:
        paths = fabricated.write_participant(tmp_path, head, "sub-01", "HC", 1)
        inputs = {name: [paths[name]] for name in NAMES}
        inputs |= {"calibrated_t1w": [paths["t1w"]], "calibrated_t2w": [paths["t2w"]]}
    for run in "ab":
        script_main("figure_4")(
            **inputs,
            png=str(tmp_path / f"{run}.png"),
            svg=str(tmp_path / f"{run}.svg"),
            pdf=str(tmp_path / f"{run}.pdf"),
            code="abc",
            config=fabricated.CONFIG,
        )
    art_editor.check(*(tmp_path / f"a.{ending}" for ending in ENDINGS))
    for ending in ENDINGS:
        first, second = (tmp_path / f"{run}.{ending}" for run in "ab")
        assert first.read_bytes() == second.read_bytes()
        assert first.stat().st_size < 1.5e6
