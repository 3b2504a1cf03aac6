import art_editor
import pytest

from rt1t2.receptors.sensitivity_table import SENSITIVITY
from rt1t2.tables import write_tsv

GROUPS = {"HC": "Controls", "PSP": "Post-stroke pain", "PSPS2": "Spinal pain"}
VARIANTS = ("main", "mean_removed", "spatial_null", "leave_one_out")


@pytest.fixture
def table(tmp_path):
    rows = []
    for group in ("PSPS2", "PSP"):
        for variant in VARIANTS:
            for k, name in enumerate(("CB1_x", "D1_x", "D1_y")):
                row = {"group": group, "receptor": name[:-2], "map": name}
                row |= {"variant": variant, "n_participants": 5}
                if variant == "leave_one_out":
                    row |= {"fisher_z_low": -0.1, "fisher_z_high": 0.3, "p_high": 0.2}
                else:
                    row |= {"mean_fisher_z": 0.1 * k, "p": (0.0004, 0.03, None)[k]}
                rows.append(row)
    write_tsv(rows, SENSITIVITY, tmp_path / "sensitivity.tsv")
    return tmp_path / "sensitivity.tsv"


def draw(script_main, table, simulated, name):
    files = {e: str(table.parent / f"{name}.{e}") for e in ("png", "svg", "pdf")}
    script_main("figure_sensitivity")(
        sensitivity=str(table),
        **files,
        code="code",
        groups=GROUPS,
        simulated=simulated,
    )
    art_editor.check(**files)
    return [(table.parent / f"{name}.{e}").read_bytes() for e in files]


def test_the_same_numbers_give_the_same_bytes(script_main, table):
    first = draw(script_main, table, True, "a")
    assert first == draw(script_main, table, True, "b")
    assert first[0].startswith(b"\x89PNG")
    assert first != draw(script_main, table, False, "c")
