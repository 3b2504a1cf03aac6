"""The rule figure_design: every participant's row of every design."""

from pathlib import Path

import art_editor
import fabricated

from rt1t2.records import save_json
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
    for name, n in (("HC-PSP", 6), ("HC-PSPS2", 40)):
        (tmp_path / name).mkdir()
        designs.append(str(tmp_path / name / "design.tsv"))
        save_json({"weights": [[1, -1, 0]]}, tmp_path / name / "design.json")
        write_tsv(table(n), list(table(n)[0]), designs[-1])
    contrasts = [
        {"name": f"HC-{group}", "plus": "HC", "minus": group}
        for group in ("PSP", "PSPS2")
    ]
    pictures = []
    for name in "ab":
        files = {end: str(tmp_path / f"{name}.{end}") for end in ("png", "svg", "pdf")}
        script_main("figure_design")(
            designs=designs,
            **files,
            code="",
            config=fabricated.CONFIG | {"contrasts": contrasts, "simulation": {}},
        )
        art_editor.check(**files)
        pictures.append([Path(path).read_bytes() for path in files.values()])
    assert pictures[0] == pictures[1]
