"""Nothing on disk is silently older than the inputs: what is planned after each kind of change."""

import os
import re
import shutil
import time
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
from map_study import AFFINE, MapStudy

from rt1t2.images import save

T_MAP = "results/group/{}/t.nii.gz"
PAIRS = ("PSP-HC", "HC-PSP")
TARGETS = tuple(T_MAP.format(name) for name in PAIRS)


@pytest.fixture(scope="module")
def finished(tmp_path_factory, run_in) -> Path:
    """Return the folder of a study of finished maps with one pair of contrasts, and of its run."""
    folder = tmp_path_factory.mktemp("maps") / "study"
    study = MapStudy(folder, {"HC": 3, "PSP": 3}, effect=1.0)
    study.config["contrasts"] = [
        {"name": "PSP-HC", "plus": "PSP", "minus": "HC"},
        {"name": "HC-PSP", "plus": "HC", "minus": "PSP"},
    ]
    ends(run_in(folder / "run", *TARGETS, "--configfile", study.write()))
    return folder


@pytest.fixture
def maps(finished, tmp_path, run_in):
    """Return a function that runs Snakemake on a copy of that study, in ``tmp_path``/study."""
    folder = tmp_path / "study"
    shutil.copytree(finished, folder)
    config = str(folder / "config.yaml")
    return lambda *arguments: run_in(folder / "run", *arguments, "--configfile", config)


def ends(run) -> str:
    said = run.stdout + run.stderr
    assert run.returncode == 0, said[-5000:]
    return said


def planned(run) -> set[str]:
    """Return the rules of a plan, with the contrast where a rule has one."""
    jobs = re.findall(r"^(?:local)?rule (\w+):\n((?: {4}.*\n)+)", ends(run), flags=re.M)
    contrasts = [re.search(r"wildcards: contrast=(\S+)", about) for _, about in jobs]
    return {
        f"{rule} {contrast[1]}" if contrast else rule
        for (rule, _), contrast in zip(jobs, contrasts, strict=True)
    }


def change_map(folder, days_ago=0):
    path = folder / "sub-01.nii.gz"
    data = np.asarray(nib.load(path).dataobj) + np.float32(0.05)
    nib.save(nib.Nifti1Image(data, AFFINE), path)
    if days_ago:
        os.utime(path, (time.time() - days_ago * 86_400,) * 2)


@pytest.mark.parametrize("days_ago", [0, 9], ids=["now", "from a backup"])
def test_a_map_changed_while_the_mask_is_not_reaches_every_t(maps, tmp_path, days_ago):
    mask = tmp_path / "study/run/results/group/mask.nii.gz"
    before = mask.read_bytes()
    change_map(tmp_path / "study", days_ago)
    ends(maps("results/group/mask.nii.gz"))
    assert mask.read_bytes() == before
    jobs = planned(maps("-n", *TARGETS))
    assert jobs == {f"group_ttest {name}" for name in PAIRS}


def test_one_t_made_again_does_not_hide_that_the_other_is_old(maps, tmp_path):
    change_map(tmp_path / "study")
    ends(maps(TARGETS[0]))
    assert planned(maps("-n", *TARGETS)) == {"group_ttest HC-PSP"}


def test_a_sidecar_that_was_deleted_comes_back(maps, tmp_path):
    sidecar = tmp_path / "study/run/results/group/mask.json"
    text = sidecar.read_text()
    sidecar.unlink()
    assert "A run would begin with this." in ends(maps("-n", *TARGETS))
    assert "1 deleted" in ends(maps(*TARGETS))
    assert sidecar.read_text() == text
    assert "Nothing to be done" in ends(maps("-n", *TARGETS))


def test_a_study_that_is_moved_has_nothing_to_do(maps):
    assert "Nothing to be done" in ends(maps("-n", *TARGETS))


@pytest.fixture
def scans(study, scan):
    """Return a study of scans that can be imported."""
    for name, data, affine in (
        ("t1w.nii.gz", scan.t1w, scan.t1w_affine),
        ("t2w.nii.gz", scan.t2w, scan.t2w_affine),
    ):
        save(data, affine, study.folder / name)
        for row in study.rows:
            folder = study.folder / row["participant_id"]
            folder.mkdir(exist_ok=True)
            shutil.copy(study.folder / name, folder / name)
            row[name[:3]] = f"{row['participant_id']}/{name}"
    study.config |= {"conform": {"voxel_mm": 2.5}, "normalisation": {"voxel_mm": 4.0}}
    return study


CONFORMED = "results/derivatives/rt1t2/sub-01/anat/sub-01_desc-conformed_T1w.nii.gz"


def test_a_scan_refused_after_the_first_run_leaves_no_old_result(
    snakemake, scans, tmp_path
):
    arguments = (CONFORMED, "--configfile", scans.write())
    ends(snakemake(*arguments))
    good = scans.rows[0]["t2w"]
    scans.rows[0]["t2w"] = scans.image("no_head.nii.gz", (30, 30, 30))
    scans.write()
    for _ in range(2):  # it is tried again
        refused = snakemake(*arguments)
        said = refused.stdout + refused.stderr
        assert refused.returncode != 0
        assert "import_participant: sub-01" in said
        assert "Traceback" not in said
        assert "FileNotFoundError" not in said
    assert not (tmp_path / "run" / CONFORMED).exists()
    scans.rows[0]["t2w"] = good
    scans.write()
    ends(snakemake(*arguments))
    assert (tmp_path / "run" / CONFORMED).exists()


T1W = "results/bids/sub-01/anat/sub-01_T1w.nii.gz"


def test_a_scan_that_changed_is_imported_again(snakemake, scans):
    def imports():
        return planned(snakemake("-n", T1W, "--configfile", scans.write()))

    t1w = scans.folder / "sub-01/t1w.nii.gz"
    ends(snakemake(T1W, "--configfile", scans.write()))
    assert imports() == set()
    date_ns = t1w.stat().st_mtime_ns
    os.utime(t1w, (time.time() - 9 * 86_400,) * 2)
    assert imports() == {"import_participant"}
    os.utime(t1w, ns=(date_ns, date_ns))
    (t1w.parent / "t1w.json").write_text("{}")
    assert imports() == {"import_participant"}
    (t1w.parent / "t1w.json").unlink()
    assert imports() == set()
    shutil.copy(t1w, scans.folder / "lesion.nii.gz")
    scans.rows[0]["lesion"] = "lesion.nii.gz"
    assert imports() == {"import_participant"}
