"""The rules region_table and region_tests: one table of all, and its tests with reasons."""

import numpy as np

from rt1t2.ratio.region_values import COLUMNS
from rt1t2.records import read_json
from rt1t2.tables import read_tsv, write_tsv

ROWS = [{"participant_id": f"sub-{i}", "group": "AB"[i % 2]} for i in range(10)]


def test_tables_become_one_and_are_tested(script_main, tmp_path):
    rng = np.random.default_rng(0)
    tables = []
    for row in ROWS:
        tables.append(str(tmp_path / f"{row['participant_id']}.tsv"))
        values = {"atlas": "one", "n_voxels": 5, "coverage": 1.0, "volume_mm3": 5.0}
        regions = [
            row | values | {"index": k, "region": f"r{k}", "mean": rng.normal()}
            for k in range(3)
        ]
        write_tsv(regions, COLUMNS, tables[-1])
    at = {name: str(tmp_path / name) for name in ("native.tsv", "native.json")}
    script_main("region_table")(
        tables=tables, native=at["native.tsv"], about=at["native.json"], code=""
    )
    assert len(read_tsv(at["native.tsv"])) == 30
    assert set(COLUMNS) <= set(read_json(at["native.json"]))
    script_main("region_tests")(
        values=[at["native.tsv"]],
        more_columns=[],
        tests=str(tmp_path / "tests.tsv"),
        about=str(tmp_path / "tests.json"),
        code="",
        contrasts=[
            {"name": "A-B", "plus": "A", "minus": "B"},
            {"name": "few", "any_of": ["A", "B"]},
        ],
        rows=[ROWS, ROWS[:3]],
        covariates=[[], []],
        variance="unequal",
    )
    tests = read_tsv(tmp_path / "tests.tsv")
    assert [test["contrast"] for test in tests] == ["A-B"] * 3
    assert "group B has 1" in read_json(tmp_path / "tests.json")["NotTested"]["few"]
