"""The rule table_2: one row per cluster, one for a contrast without any."""

import json

from rt1t2.group.clusters import CLUSTER_COLUMNS
from rt1t2.tables import read_tsv, write_tsv


def test_table_2(script_main, tmp_path):
    row = dict.fromkeys(CLUSTER_COLUMNS, 1.4) | {
        "cluster": 1,
        "n_voxels": 900,
        "label": None,
    }
    paths = {"clusters": [], "summaries": []}
    for name, rows in (("A-B", [row]), ("B-A", [])):
        paths["clusters"].append(str(tmp_path / f"{name}.tsv"))
        write_tsv(rows, CLUSTER_COLUMNS, paths["clusters"][-1])
        paths["summaries"].append(str(tmp_path / f"{name}.json"))
        (tmp_path / f"{name}.json").write_text(
            json.dumps({"height_p": 0.001, "extent_voxels": 94})
        )
    table = tmp_path / "table_2.tsv"
    script_main("table_2")(**paths, table=str(table), code="", contrasts=["A-B", "B-A"])
    found = read_tsv(table)
    assert [(row["Contrast"], row["Cluster"]) for row in found] == [
        ("A-B", "1"),
        ("B-A", "no cluster survived"),
    ]
    assert found[0]["Number of voxels"] == "900"
    assert found[0]["Peak x (mm)"] == "1"
    assert found[1]["Peak x (mm)"] == "n/a"
