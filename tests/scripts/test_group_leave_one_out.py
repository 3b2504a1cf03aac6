"""The rule group_leave_one_out on small maps, after group_ttest."""

import json

import numpy as np
import pytest
from small_study import write_study

from rt1t2 import images
from rt1t2.group.leave_one_out import COLUMNS
from rt1t2.tables import read_tsv

MODEL_FILES = ("t", "df", "effective_n", "rpv")


@pytest.fixture
def run_leave_one_out(script_main):
    def run(study, variance="unequal", **changes):
        fitted = study.outputs(
            *(f"{name}.nii.gz" for name in MODEL_FILES), "model.json", "design.tsv"
        )
        script_main("group_ttest")(
            maps=study.stacked(),
            **fitted,
            code="",
            contrast={"name": "A-B", "plus": "A", "minus": "B"},
            rows=study.rows,
            variance=variance,
            missing="exclude_voxel",
            covariates=[],
        )
        table = study.folder / "left_out.tsv"
        script_main("group_leave_one_out")(
            maps=study.stacked(),
            **{name: fitted[name] for name in ("t", "df", "model", "design")},
            table=str(table),
            code="",
            **({"height_p": 0.001, "extent_voxels": 20} | changes),
        )
        return table, images.load(fitted["t"])[0]

    return run


@pytest.mark.parametrize("variance", ["unequal", "equal", "welch"])
def test_the_planted_cluster_stands_without_anybody(
    run_leave_one_out, tmp_path, variance
):
    study = write_study(tmp_path, effect=0.6)
    table, t = run_leave_one_out(study, variance)
    rows = [row for row in read_tsv(table) if row["cluster"] == "1"]
    assert len(rows) == 13
    assert {row["participant_id"] for row in rows} == {
        f"sub-{i:02d}" for i in range(13)
    }
    peaks = np.array([float(row["peak_t"]) for row in rows])
    assert peaks.min() < np.nanmax(t) < peaks.max()
    assert all(row["found"] == "yes" for row in rows)
    assert all(int(row["n_voxels"]) >= 20 for row in rows)


def test_no_cluster_reads_no_map(run_leave_one_out, tmp_path):
    study = write_study(tmp_path, effect=0)
    table, _ = run_leave_one_out(study, height_p=1e-6)
    assert table.read_text().split() == list(COLUMNS)
    assert json.loads((tmp_path / "model.json").read_text())["df"] == 11
