"""The inputs of ../shared/cases/import that went wrong, and what each has to give now.

One table for the tests (``scripts/test_wrong_inputs.py``: in this process, seconds) and for the
print-out (``benchmarks/import_cases.py --wrong``: by the real command, minutes).
"""

import json
import runpy
import subprocess
import sys
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import yaml

from rt1t2.errors import UserError
from rt1t2.workflow.config import check_config
from rt1t2.workflow.participants import read_cohort

ROOT = Path(__file__).resolve().parents[1]
# What the print-out of a case must match (a regular expression).
RIGHT = {
    "01_xa_norm_pair": r"only one of T1w and T2w.*'NORM'.*'none'",
    "03_nifti_sidecar_norm": r"only one of T1w and T2w.*'NORM'.*'none'",
    "05_nifti_sidecar_phase": r"phase image",
    "07_ge_fat_shift": r"'Flags': \[\].*'FatSuppression': False.*'Flags': \[\].*False",
    "08_siemens_water_excitation": r"fat-suppressed.*'FatSuppression': True",
    "09_enhanced_fat_suppression": r"fat-suppressed.*'FatSuppression': True",
    "11_niigz_crc": r"damaged",
    "12_zip_bad_data": r"cannot be read as an archive",
    "14_nifti_intercept_nan": r"cannot be read as NIfTI",
    "15_nifti_datatype_0": r"cannot be read as NIfTI",
    "18_annex_links_to_nowhere": r"6 .*links to nothing",
    "20_uint32_overflow": r"'min': 25000000[,.]",
    "21_sidecar_bom": r"'AcquisitionKnown': True",
    "23_dcm_gz": r"'SeriesNumber': 2.*'SeriesNumber': 3",
    "24_nested_zip": r"'SeriesNumber': 2.*'SeriesNumber': 3",
    "26_linked_series_folder": r"'SeriesNumber': 8",
    "28_upper_case_zip": r"'SeriesNumber': 2.*'SeriesNumber': 3",
    "30_braces_in_a_path": r"sub-01.*\{ or \}",
    "31_long_cell": r"sub-01 .*no such file",
    "32_empty_frames_sequence": r"'SeriesNumber': 2.*'SeriesNumber': 3",
    "33_echo_time_noise": r"'SeriesNumber': 2.*\(40, 44, 30\)|'shape': \(.*30",
    "34_agent_without": r"'SeriesNumber': 2",
    "36_post_stroke": r"'SeriesNumber': 2",
    "38_high_contrast": r"'SeriesNumber': 2",
    "39_local_shim": r"'SeriesNumber': 2",
    "41_flash_2d": r"'SeriesNumber': 2",
    "42_aahscout_taken_as_t1w": r"T1w.*'SeriesNumber': 4",
    "44_spine_beside_brain": r"T2w.*'SeriesNumber': 3",
    "46_fat_suppressed_preferred": r"T2w.*'SeriesNumber': 3",
    "47_monochrome1": r"MONOCHROME1",
    "49_some_slices_unscaled": r"lack the rescale slope",
    "52_uid_for_every_file": r"series UID of its own",
    "53_nifti_shear": r"sheared",
    "54_nifti_micron": r"micron",
    "56_lesion_grid_message": r"origin",
    "57_table_latin1": r"^\(0, \['sub-02'\]",
    "59_table_xlsx": r"no text table",
    "60_column_Exclude": r"did you mean `exclude`",
    "62_column_twice": r"`exclude` .*twice",
    "64_lone_quote": r"sub-01.*sub-02.*sub-03",
    "66_exclude_no": r"exclude `no`",
    "68_ages_that_are_none": r"`nan`.*`inf`.*`-61`.*`1961`.*`6_1`",
    "70_trailing_tabs": r"^\(0,.*sub-01.*sub-02",
    "71_line_number": r"line 6 ",
    "72_groups_0_and_1": r"quot",
    "75_bids_dir_absent": r"bids_dir.*nowhere",
    "77_bids_no_t2w": r"^\(0,",
    "78_bids_two_sessions": r"sub-02_ses-2_T1w.*t1w",
    "80_bids_and_a_cell": r"'mean': 349",
    "82_bids_ce_gadolinium": r"ce-gadolinium|contrast agent",
    "83_bids_inheritance": r"'AcquisitionKnown': True",
    "85_disk_full": r"disk|TMPDIR",
    "87_covariate_nan": r"sub-0.*`3,5`",
}
KEYS = (
    "Flags", "ScannerIntensityNormalisation", "FatSuppression", "AcquisitionKnown",
    "SeriesNumber", "VoxelSizeMm", "EchoTime",
)  # fmt: skip


def by_command(script: Path) -> str:
    """Run a case as it is, which calls Snakemake; return what it prints."""
    done = subprocess.run(
        [sys.executable, script],
        env={
            "PATH": "/usr/bin:/bin",
            "PROJ": str(ROOT),
            "PYTHONDONTWRITEBYTECODE": "1",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout + done.stderr


def in_process(script: Path, scratch: Path, run_script: Any) -> str:
    """Give a case to the same functions without Snakemake; return what is said.

    ``run_script`` returns the ``main`` of a script by its name.
    """
    case = runpy.run_path(str(script))
    (scratch / "study").mkdir(parents=True)
    config = yaml.safe_load((ROOT / "config/config.yaml").read_text())
    own: dict[str, Any] = {"groups": {"HC": "Controls", "PSP": "Patients"}}
    own["contrasts"] = []
    try:
        if "RAW" in case:
            content, *extra, _ = case["RAW"]
            case["niis"](scratch / "study/img")
            own |= yaml.safe_load(extra[0]) if extra else {}
            case["study"](scratch, [], raw_table=content)
            check_config(config | own, ROOT / "config/schemas/config.schema.yaml")
            cohort, problems = _cohort(scratch, config | own)
            said = [problem.message for problem in problems]
            return repr((1 if said else 0, said or list(cohort.participants)))
        if "try_bids(MAKE)" in script.read_text():
            rows, extra, sub = case["MAKE"](scratch)
            own |= yaml.safe_load(extra)
        else:
            rows, sub = [{"participant_id": "sub-01"}], "sub-01"
            rows[0] |= {"group": "HC"} | case["MAKE"](scratch / "in")
        case["study"](scratch, rows)
        cohort, problems = _cohort(scratch, config | own)
        if problems:
            return repr((1, [problem.message for problem in problems]))
        return repr((0, _imported(scratch, cohort[sub], run_script) if sub else sub))
    except UserError as error:
        return repr((1, str(error)))


def _cohort(scratch: Path, config: dict[str, Any]) -> Any:
    return read_cohort(
        scratch / "study/participants.tsv",
        config["groups"],
        config["control_group"],
        bids_dir=Path(config["bids_dir"]) if config["bids_dir"] else None,
    )


def _imported(scratch: Path, person: Any, run_script: Any) -> dict[str, Any]:
    files = {name: str(scratch / f"{name}.nii.gz") for name in ("t1w", "t2w")}
    run_script("import_participant")(
        t1w_source=person.t1w,
        t2w_source=person.t2w,
        lesion=person.lesion or [],
        **files,
        series=str(scratch / "series.tsv"),
        code="x",
        participant_id=person.participant_id,
    )
    got = {}
    for name, path in files.items():
        data = np.asarray(nib.load(path).dataobj)
        entries = json.loads(Path(path.replace(".nii.gz", ".json")).read_text())
        got["T" + name[1:]] = {key: entries.get(key) for key in KEYS} | {
            "shape": data.shape,
            "min": data.min().item(),
            "max": data.max().item(),
            "mean": float(data.mean()),
        }
    return got
