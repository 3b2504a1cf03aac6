"""One person scanned twice with two protocols: what the calibration page says of it."""

import json
import math

import pytest
import yaml

from rt1t2.qc.calibration_check import METHODS
from rt1t2.tables import read_tsv

PAIRS = (
    ("sub-01", "openms-01_s1", "n/a"),
    ("sub-01b", "openms-01_s2", "sub-01"),
    ("sub-04", "openms-04_s1", "n/a"),
)


@pytest.mark.shared
def test_variation_of_a_repeated_scan_calibrated_and_not(snakemake, shared, tmp_path):
    lines = ["participant_id\tgroup\tt1w\tt2w\tretest_of"]
    for who, folder, first in PAIRS:
        images = "\t".join(f"{folder}/T{i}W.nii.gz" for i in (1, 2))
        lines.append(f"{who}\tHC\t{images}\t{first}")
    (tmp_path / "participants.tsv").write_text("\n".join(lines) + "\n")
    config = {
        "participants": "participants.tsv",
        "data_root": str(shared / "data/pairs"),
        "contrasts": [],
        "conform": {"voxel_mm": 3.0},
        "normalisation": {"estimate_mm": 4.0, "voxel_mm": 4.0},
    }
    (tmp_path / "config.yaml").write_text(yaml.safe_dump(config))
    page = "results/qc/calibration.html"
    run = snakemake(page, "--configfile", str(tmp_path / "config.yaml"))
    assert run.returncode == 0, run.stdout + run.stderr

    results = tmp_path / "run/results"
    facts = json.loads((results / "qc/calibration.json").read_text())
    found = {(r["Method"], r["Tissue"]): r for r in facts["Retest"]}
    assert set(found) == {
        (method, tissue) for method in METHODS for tissue in ("wm", "gm", "deep")
    }
    for row in found.values():
        assert row["Scans"] == ["sub-01", "sub-01b"]
        first, second = row["Ratios"]
        half = abs(first - second) / math.sqrt(2)
        expected = 100 * half / ((first + second) / 2)
        assert row["VariationPercent"] == pytest.approx(expected)
        assert 0 < row["VariationPercent"] < 40
    for method in METHODS:
        grey, deep, white = (found[method, t]["Ratios"] for t in ("gm", "deep", "wm"))
        assert all(g < d < w for g, d, w in zip(grey, deep, white, strict=True))
    text = (results.parent / page).read_text()
    for method in ("affine", "none"):
        assert f"{found[method, 'wm']['VariationPercent']:.2f}" in text
    lines = read_tsv(results / "calibration/protocols.tsv")
    labels = {line["participant_id"]: line["protocol"] for line in lines}
    assert labels["sub-01"] != labels["sub-01b"] == labels["sub-04"]
