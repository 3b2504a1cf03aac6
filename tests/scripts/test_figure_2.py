import art_editor
import pytest

from rt1t2.tables import write_tsv

CORRELATIONS = "group receptor map n_participants mean_fisher_z p_fdr".split()
INDIVIDUAL = "group map fisher_z".split()
GROUPS = {"HC": "Controls", "PSP": "Post-stroke pain", "PSPS2": "Spinal pain"}


@pytest.fixture
def tables(tmp_path):
    rows, single = [], []
    for group, shift in (("PSP", 0.0), ("PSPS2", 0.1)):
        for k, name in enumerate(("CB1_x", "D1_x", "D1_y")):
            z = [0.1 * k + shift, 0.2 * k + shift]
            adjusted = 0.01 if k == 2 else 0.5
            rows.append((group, name[:-2], name, 2, sum(z) / 2, adjusted))
            single += [(group, name, value) for value in z]
    for name, columns, found in (
        ("correlations", CORRELATIONS, rows),
        ("individual", INDIVIDUAL, single),
    ):
        table = [dict(zip(columns, row, strict=True)) for row in found]
        write_tsv(table, columns, tmp_path / f"{name}.tsv")
    return tmp_path


def draw(script_main, tables, simulated, name):
    files = {ending: tables / f"{name}.{ending}" for ending in ("png", "svg", "pdf")}
    script_main("figure_2")(
        correlations=str(tables / "correlations.tsv"),
        individual=str(tables / "individual.tsv"),
        **{ending: str(path) for ending, path in files.items()},
        code="code",
        groups=GROUPS,
        simulated=simulated,
        formula="t1w_over_t2w",
    )
    art_editor.check(**files)
    return [path.read_bytes() for path in files.values()]


def test_the_same_numbers_give_the_same_bytes(script_main, tables):
    first = draw(script_main, tables, True, "a")
    assert first == draw(script_main, tables, True, "b")
    assert first[0].startswith(b"\x89PNG")
    assert first != draw(script_main, tables, False, "c")
