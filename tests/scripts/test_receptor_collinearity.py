import numpy as np
import pytest

from rt1t2.receptors.region_table import COLUMNS
from rt1t2.records import read_json
from rt1t2.tables import read_tsv, write_tsv


def run(script_main, folder, means):
    rows = [
        dict(zip(COLUMNS, (kind, name, k, f"r{k}", mean, 1.0, mean), strict=True))
        for (kind, name), values in means.items()
        for k, mean in enumerate(values)
    ]
    write_tsv(rows, COLUMNS, folder / "map_regions.tsv")
    script_main("receptor_collinearity")(
        map_regions=str(folder / "map_regions.tsv"),
        correlations=str(folder / "map_correlations.tsv"),
        about=str(folder / "map_correlations.json"),
        code="abc",
        receptors={"D1_a": "D1", "D2_b": "D2"},
    )
    return read_tsv(folder / "map_correlations.tsv")


def test_two_maps_that_are_alike_find_each_other(script_main, tmp_path, caplog):
    values = np.random.default_rng(0).normal(size=(3, 30))
    values[1] = values[0] ** 3
    means = {("map", "D1_a"): values[0], ("map", "D2_b"): values[1]}
    rows = run(script_main, tmp_path, means)
    assert [row["closest_map"] for row in rows] == ["D2_b", "D1_a"]
    assert float(rows[0]["rho:D2_b"]) == pytest.approx(1)
    assert "D1_a and D2_b are alike" in caplog.text
    about = read_json(tmp_path / "map_correlations.json")
    assert set(rows[0]) <= set(about)
    assert "grey-matter" not in about["closest_rho"]["Description"]
    run(script_main, tmp_path, means | {("covariate", "GM"): values[2]})
    about = read_json(tmp_path / "map_correlations.json")
    assert "grey-matter" in about["closest_rho"]["Description"]


def test_no_map_is_an_empty_table(script_main, tmp_path):
    assert run(script_main, tmp_path, {}) == []
