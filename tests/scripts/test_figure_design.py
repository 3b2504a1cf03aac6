"""The rule figure_design: every participant's row of every design."""

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
    for name, n in (("HC-PSP", 6), ("PSP-HC", 40)):
        designs.append(str(tmp_path / f"{name}.tsv"))
        write_tsv(table(n), list(table(n)[0]), designs[-1])
        save_json({"weights": [[1, -1, 0]]}, tmp_path / f"{name}.json")
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
