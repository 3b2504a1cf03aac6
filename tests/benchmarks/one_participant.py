"""CPU seconds and memory from DICOM to the smoothed map, rule by rule: python one_participant.py.

A simulated person with a 1 mm T1w and a T2w of 4 mm slices, on the default grids, one thread.
Imports of packages count, the template and the cohort's reference do not.
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
from rule_steps import ROOT, build_template, run_step, take_to_template

sys.path[:0] = [str(ROOT / "scripts"), str(ROOT / "tests")]

from ratio_steps import STEPS

from rt1t2 import images
from rt1t2.ratio.ratio import T1W_OVER_T2W
from rt1t2.records import save_json
from rt1t2.simulate.phantom import simulate_scan
from rt1t2.template.head_model import build_head

NAME, METHOD = "sub-01", "weighted"
T2W_VOXEL_MM = (0.9, 0.9, 4.0)
LIMIT_CPU_S, LIMIT_MB = 150, 2048


def write_dicom(folder: Path, voxel_mm: float) -> str:
    """Simulate the person and write the scans as DICOM; return that folder."""
    scan = simulate_scan(
        build_head(1.5 * voxel_mm), 1, t1w_voxel_mm=voxel_mm, t2w_voxel_mm=T2W_VOXEL_MM
    )
    files = {name: str(folder / f"scan_{name}.nii.gz") for name in ("t1w", "t2w")}
    images.save(np.rint(scan.t1w).astype(np.int32), scan.t1w_affine, files["t1w"])
    images.save(np.rint(scan.t2w).astype(np.int32), scan.t2w_affine, files["t2w"])
    run_step(
        "simulate_dicom",
        **files,
        dicom=str(folder / "dicom"),
        code="",
        participant={"participant_id": NAME, "age": "50", "sex": "F"},
        simulation={"t1w_voxel_mm": voxel_mm, "t2w_voxel_mm": T2W_VOXEL_MM},
        seed=1,
    )
    return str(folder / "dicom")


def reference_of_others(folder: Path) -> str:
    """Write a reference as if two others had this person's landmarks."""
    record = json.loads((folder / "landmarks.json").read_text())
    others = {name: folder / f"{name}_landmarks.json" for name in ("sub-02", "sub-03")}
    for name, file in others.items():
        save_json(record | {"participant_id": name}, file)
    path = str(folder / "reference.json")
    run_step(
        "calibration_reference",
        landmarks=[str(file) for file in others.values()],
        reference=path,
        code="",
        named_protocols={},
        method=METHOD,
        templates=False,
    )
    return path


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--keep", type=Path, required=True, help="folder for images")
    parser.add_argument("--voxel-mm", type=float, default=1.0)
    chosen = parser.parse_args()
    folder, voxel_mm = chosen.keep, chosen.voxel_mm
    template = build_template(folder, voxel_mm)
    dicom = write_dicom(folder, voxel_mm)
    costs = {
        "import_participant": run_step(
            "import_participant",
            t1w_source=dicom,
            t2w_source=dicom,
            lesion=[],
            t1w=str(folder / "native_T1w.nii.gz"),
            t2w=str(folder / "native_T2w.nii.gz"),
            series=str(folder / "series.tsv"),
            code="",
            participant_id=NAME,
        )
    }
    files, found = take_to_template(
        folder, template, NAME, voxel_mm=voxel_mm, estimate_mm=2.0
    )
    costs |= found
    files |= {
        key: str(folder / f"{key}.nii.gz")
        for key in (
            *("calibrated_t1w", "calibrated_t2w", "ratio"),
            *("mni_ratio", "mni_lesion", "smoothed"),
        )
    }
    files |= {"landmarks": str(folder / "landmarks.json")}
    files |= {"reference": reference_of_others(folder)}
    files |= {"curve": str(folder / "curve.json"), "template_brain": template["brain"]}
    params: dict[str, dict[str, Any]] = {
        "calibrate": {"participant_id": NAME, "entries": {}, "method": METHOD},
        "ratio_map": {
            "participant_id": NAME,
            "method": METHOD,
            "formula": T1W_OVER_T2W,
        },
        "to_template": {"formula": T1W_OVER_T2W},
        "smooth": {"fwhm_mm": 10, "edges": "normalised", "formula": T1W_OVER_T2W},
    }
    for rule, names in STEPS.items():
        paths = {name: files[name] for name in names}
        costs[rule] = run_step(rule, **paths, code="", **params[rule])
    for rule, cost in costs.items():
        print(f"{rule:20}{cost.cpu_s:6.0f} CPU s{cost.peak_mb:7.0f} MB")
    total = sum(cost.cpu_s for cost in costs.values())
    peak = max(cost.peak_mb for cost in costs.values())
    print(f"{'all':20}{total:6.0f} CPU s{peak:7.0f} MB")
    print(f"{'limit':20}{LIMIT_CPU_S:6} CPU s{LIMIT_MB:7} MB")


if __name__ == "__main__":
    main()
