import gzip

import nibabel as nib
import numpy as np
import pytest

from rt1t2.errors import UserError
from rt1t2.tables import read_tsv

MM_2 = np.diag([2.0, 2.0, 2.0, 1.0])


@pytest.fixture
def study(tmp_path):
    labels = np.zeros((8, 8, 8), dtype=np.uint8)
    labels[1:4, 1:7, 1:7], labels[4:7, 1:7, 1:7] = 3, 12
    nib.Nifti1Image(labels, MM_2).to_filename(tmp_path / "atlas.nii.gz")
    (tmp_path / "atlas.tsv").write_text("index\tname\n3\tLeft\n12\tRight\n")
    ratio = np.where(labels == 0, np.nan, labels).astype(np.float32)
    nib.Nifti1Image(ratio, MM_2).to_filename(tmp_path / "whole.nii.gz")
    ratio[labels == 12] = np.nan
    nib.Nifti1Image(ratio, MM_2).to_filename(tmp_path / "half.nii.gz")
    fine = np.where(labels == 0, 0, labels).repeat(2, 0).repeat(2, 1).repeat(2, 2)
    affine = np.eye(4)
    affine[:3, 3] = -0.5
    nib.Nifti1Image(fine.astype(np.float32), affine).to_filename(
        tmp_path / "fine.nii.gz"
    )
    return tmp_path


def measured(script_main, study, names):
    table = study / "regions.tsv"
    script_main("region_means")(
        maps=[str(study / f"{name}.nii.gz") for name in names],
        atlas=str(study / "atlas.nii.gz"),
        labels=str(study / "atlas.tsv"),
        regions=str(table),
        code="code",
        participant_ids=[f"sub-{name}" for name in names],
        background="exclude",
    )
    return read_tsv(table)


def test_one_row_a_participant_and_region(script_main, study):
    rows = measured(script_main, study, ["whole", "half", "fine"])
    found = [
        (r["name"], r["region"], r["label"], r["mean"], r["coverage"]) for r in rows
    ]
    assert found == [
        ("sub-whole", "3", "Left", "3.0", "1.0"),
        ("sub-whole", "12", "Right", "12.0", "1.0"),
        ("sub-half", "3", "Left", "3.0", "1.0"),
        ("sub-half", "12", "Right", "n/a", "0.0"),
        ("sub-fine", "3", "Left", "3.0", "1.0"),
        ("sub-fine", "12", "Right", "12.0", "1.0"),
    ]
    assert {r["kind"] for r in rows} == {"participant"}


def test_a_map_that_cannot_be_used_stops_and_never_becomes_a_row(script_main, study):
    elsewhere = MM_2.copy()
    elsewhere[:3, 3] = 500
    data = np.ones((4, 4, 4), dtype=np.float32)
    nib.Nifti1Image(data, elsewhere).to_filename(study / "elsewhere.nii.gz")
    nib.Nifti1Image(data * np.nan, MM_2).to_filename(study / "empty.nii.gz")
    cut = (study / "whole.nii.gz").read_bytes()[:90]
    (study / "cut.nii.gz").write_bytes(cut)
    whole = bytearray((study / "whole.nii.gz").read_bytes())
    whole[60:80] = bytes(20)
    (study / "damaged.nii.gz").write_bytes(whole)
    flat = bytearray(nib.Nifti1Image(data, MM_2).to_bytes())
    flat[280:296] = bytes(16)  # srow_x of the sform
    (study / "flat.nii.gz").write_bytes(gzip.compress(flat))
    for name, message in (
        ("elsewhere", "no region of the receptor atlas lies in"),
        ("empty", "no data in any region"),
        ("cut", "cannot be read as an image"),
        ("flat", "no valid position in space"),
        ("damaged", "cannot be read as an image"),
        ("absent", "cannot be read as an image"),
    ):
        with pytest.raises(UserError, match=f"participant sub-{name}: .*{message}"):
            measured(script_main, study, ["whole", name])
