"""The demo from raw DICOM to the report, compared with what was planted in it."""

import csv
import json
import re
from pathlib import Path

import numpy as np
import pytest
import yaml

from rt1t2 import images
from rt1t2.geometry.transforms import read_itk
from rt1t2.simulate.dicom_writer import MARK

from ..same_bytes import digests
from .conftest import ROOT, run_demo

CONFIG = yaml.safe_load((ROOT / "config/demo.yaml").read_text())
PLANTED = CONFIG["simulation"]["effect"]


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file, delimiter="\t"))


def test_the_outputs_are_those_of_the_manifest(demo):
    expected = (ROOT / "tests/expected/outputs_demo.txt").read_text().split()
    found = sorted({re.sub(r"sub-\d+", "sub-*", name) for name in digests(demo)})
    assert found == expected


def test_every_scanned_participant_has_the_same_outputs(demo):
    folder = demo / "results/derivatives/rt1t2"
    per_person = {
        path.name: {re.sub(r"sub-\d+", "sub-*", f.name) for f in path.rglob("*.*")}
        for path in folder.glob("sub-*")
    }
    assert len(per_person) == 19
    assert len({frozenset(names) for names in per_person.values()}) == 1


def test_a_second_run_has_nothing_to_do(demo):
    assert "Nothing to be done" in run_demo(demo)


def test_the_planted_decrease_is_the_largest_cluster(demo):
    clusters = rows(demo / "results/group/HC-PSP/clusters.tsv")
    largest = max(clusters, key=lambda row: int(row["n_voxels"]))
    centre = [float(largest[f"cog_{axis}_mm"]) for axis in "xyz"]
    assert np.linalg.norm(np.subtract(centre, PLANTED["centre_mm"])) < 10


def test_the_reverse_contrast_has_no_cluster_there(demo):
    for row in rows(demo / "results/group/PSP-HC/clusters.tsv"):
        centre = [float(row[f"cog_{axis}_mm"]) for axis in "xyz"]
        assert np.linalg.norm(np.subtract(centre, PLANTED["centre_mm"])) > 30


@pytest.mark.parametrize("contrast", ["PSPS2-HC", "HC-PSPS2"])
def test_where_nothing_was_planted_there_is_no_cluster(demo, contrast):
    assert rows(demo / f"results/group/{contrast}/clusters.tsv") == []
    labels, _ = images.load(demo / f"results/group/{contrast}/clusters.nii.gz")
    assert not labels.any()


@pytest.mark.parametrize("group", ["PSP", "PSPS2"])
def test_the_planted_receptor_map_ranks_first(demo, group):
    found = [
        r
        for r in rows(demo / "results/receptors/correlations.tsv")
        if r["group"] == group
    ]
    first = max(found, key=lambda row: float(row["mean_fisher_z"]))
    assert first["map"] == CONFIG["simulation"]["receptor_pattern"]["map"]


def test_who_is_missing_is_listed_with_the_reason(demo):
    reasons = {
        r["participant_id"]: r["reason"]
        for r in rows(demo / "results/qc/exclusions.tsv")
    }
    assert reasons == {"sub-15": "no T2w", "sub-21": "moved during both scans"}


def test_t2w_lies_on_t1w(demo):
    """Mean distance over a brain-sized grid between the registration and the simulated truth."""
    grid = np.stack(np.meshgrid(*[np.linspace(-60, 60, 7)] * 3), axis=-1).reshape(-1, 3)
    for path in sorted((demo / "simulation/truth").glob("sub-*/truth.json")):
        truth = json.loads(path.read_text())
        anat = demo / f"results/derivatives/rt1t2/{truth['participant_id']}/anat"
        stem = anat / truth["participant_id"]
        ac_mm = json.loads(Path(f"{stem}_desc-origin_xfm.json").read_text())["ac_mm"]
        found = read_itk(f"{stem}_from-T2w_to-T1w_mode-image_xfm.txt")
        true = np.array(truth["t2w_to_t1w"])
        points = grid + ac_mm
        here = grid @ found[:3, :3].T + found[:3, 3]
        there = points @ true[:3, :3].T + true[:3, 3]
        assert np.linalg.norm(here - there, axis=1).mean() < 0.5, path


def test_no_name_birth_date_or_local_path_is_left_in_any_text(demo):
    words = (
        MARK,
        "PatientName",
        "PatientBirthDate",
        str(demo),
        str(ROOT),
    )
    for path in sorted((demo / "results").rglob("*")):
        if path.suffix in {".json", ".tsv", ".html", ".md", ".txt", ".svg"}:
            text = path.read_text()
            for word in words:
                assert word not in text, f"{word} in {path}"
    for path in sorted((demo / "logs").rglob("*.log")):
        assert MARK not in path.read_text()
