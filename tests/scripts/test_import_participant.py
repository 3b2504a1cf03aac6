import csv
import json
import logging
import tarfile
import zipfile

import nibabel as nib
import numpy as np
import pytest
from dicom_files import FLAIR, MPRAGE, PRIVATE, TSE, volume, write_series

from rt1t2.errors import UserError
from rt1t2.scans.scan_import import import_image, open_scans

OUTPUTS = {
    "t1w": "T1w.nii.gz",
    "t2w": "T2w.nii.gz",
    "series": "series.tsv",
}
T1W, T2W = volume((36, 36, 36), seed=1), volume((48, 48, 12), seed=2)[::-1, :, ::-1]


@pytest.fixture
def study(tmp_path):
    """One visit in one folder: localizer, T1w, FLAIR, T2w, names in every free text."""
    folder = tmp_path / "visit"
    text = {"SeriesDescription": PRIVATE}
    write_series(folder, T1W[:, :, :3], number=1, name="a{}", **MPRAGE, **text)
    write_series(
        folder / "t1",
        T1W,
        number=2,
        orientation="sagittal",
        name="b{}.IMA",
        **MPRAGE,
        **text,
    )
    write_series(folder, volume(), number=3, name="c{}", **FLAIR, **text)
    write_series(
        folder,
        T2W,
        number=4,
        pixel_mm=(3.5, 3.5),
        spacing_mm=11.0,
        name="d{}",
        **TSE,
        **text,
    )
    (folder / "DICOMDIR").write_bytes(b"index")
    return folder


@pytest.fixture
def run_import(script_main, tmp_path):
    def run(t1w, t2w, lesion=None, out="out"):
        folder = tmp_path / out
        folder.mkdir()
        script_main("import_participant")(
            t1w_source=str(t1w),
            t2w_source=str(t2w),
            lesion=str(lesion) if lesion else [],
            **{key: str(folder / name) for key, name in OUTPUTS.items()},
            code="x",
            participant_id="sub-01",
        )
        return folder

    return run


def ledger(folder):
    with (folder / "series.tsv").open() as file:
        return list(csv.DictReader(file, delimiter="\t"))


def contents(folder):
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def test_one_folder_gives_both_images_and_a_ledger(study, run_import, caplog):
    caplog.set_level(logging.INFO)

    folder = run_import(study, study)

    assert nib.load(folder / "T1w.nii.gz").shape == (36, 36, 36)
    t2w = nib.as_closest_canonical(nib.load(folder / "T2w.nii.gz"))
    np.testing.assert_array_equal(t2w.get_fdata(), T2W[::-1, ::-1])
    decisions = [(row["series_number"], row["decision"]) for row in ledger(folder)]
    assert decisions == [
        ("1", "not used"),
        ("2", "used as T1w"),
        ("3", "not used"),
        ("4", "used as T2w"),
    ]
    assert ledger(folder)[0]["reason"].startswith("too few slices")
    assert ledger(folder)[2]["contrast"] == "FLAIR"
    sidecar = json.loads((folder / "T2w.json").read_text())
    assert sidecar["EchoTime"] == 0.093
    assert sidecar["SourceKind"] == "dicom"
    said = b"".join(contents(folder)[n] for n in ("T1w.json", "T2w.json", "series.tsv"))
    for personal in ("Muster", "1960", "2020"):
        assert personal not in said.decode() + caplog.text


@pytest.mark.parametrize("suffix", [".zip", ".tar.gz", ".tgz"])
def test_an_archive_gives_the_same_images(study, run_import, tmp_path, suffix):
    archive = tmp_path / f"visit{suffix}"
    files = [path for path in sorted(study.rglob("*")) if path.is_file()]
    if suffix == ".zip":
        with zipfile.ZipFile(archive, "w") as packed:
            for path in files:
                packed.write(path, path.relative_to(tmp_path))
    else:
        with tarfile.open(archive, "w:gz") as packed:
            packed.add(study, "visit")

    folder = contents(run_import(study, study, out="folder"))
    packed = contents(run_import(archive, archive, out="archive"))

    assert packed["T1w.nii.gz"] == folder["T1w.nii.gz"]
    assert packed["T2w.nii.gz"] == folder["T2w.nii.gz"]
    assert b'"SourceKind": "archive"' in packed["T1w.json"]


def test_two_runs_give_the_same_bytes(study, run_import):
    first, second = (contents(run_import(study, study, out=out)) for out in "ab")
    assert first == second


def nifti(path, data, voxel_mm=5.0):
    image = nib.Nifti1Image(data, np.diag([voxel_mm] * 3 + [1.0]))
    nib.save(image, path)
    return path


def test_nifti_pair_with_lesion(run_import, tmp_path):
    lesion = np.zeros(T1W.shape, np.uint8)
    lesion[10:14, 10:14, 10:14] = 1
    folder = run_import(
        nifti(tmp_path / "t1.nii.gz", T1W.astype(np.float32)),
        nifti(tmp_path / "t2.nii.gz", T2W.astype(np.int16), 3.5),
        nifti(tmp_path / "lesion.nii.gz", lesion),
    )

    np.testing.assert_array_equal(nib.load(folder / "T1w.nii.gz").get_fdata(), T1W)
    sidecar = json.loads((folder / "T1w.json").read_text())
    assert (sidecar["SourceKind"], sidecar["AcquisitionKnown"]) == ("nifti", False)
    assert [row["kind"] for row in ledger(folder)] == ["nifti", "nifti"]


def refused(run_import, *sources):
    with pytest.raises(UserError) as refusal:
        run_import(*sources)
    message = str(refusal.value)
    assert message.startswith("sub-01: ")
    assert "\n" not in message
    return message


def test_a_visit_without_t2w_is_refused_and_its_ledger_kept(tmp_path, run_import):
    write_series(tmp_path / "visit", T1W, number=2, **MPRAGE)

    message = refused(run_import, tmp_path / "visit", tmp_path / "visit")

    assert "no T2w found (series 2 (TE 2.98 ms): T1w)" in message
    assert ledger(tmp_path / "out")[0]["decision"] == "used as T1w"


def test_the_t1w_given_again_as_t2w_is_refused(tmp_path, run_import):
    first = nifti(tmp_path / "t1.nii.gz", T1W.astype(np.float32))
    again = nifti(tmp_path / "t2.nii.gz", (T1W * 2.0).astype(np.float32))
    assert "the T2w is the T1w again" in refused(run_import, first, again)


def test_a_lesion_of_another_image_is_refused(tmp_path, run_import):
    sources = (
        nifti(tmp_path / "t1.nii.gz", T1W.astype(np.float32)),
        nifti(tmp_path / "t2.nii.gz", T2W.astype(np.float32), 3.5),
        nifti(tmp_path / "lesion.nii.gz", np.zeros(T2W.shape, np.uint8), 3.5),
    )
    message = refused(run_import, *sources)
    assert "matrix 48 x 48 x 12 instead of 36 x 36 x 36" in message
    assert "voxel size 3.50 x 3.50 x 3.50 mm instead of 5.00" in message


def test_empty_folder_and_missing_path_are_refused(tmp_path, run_import):
    (tmp_path / "empty").mkdir()
    message = refused(run_import, tmp_path / "empty", tmp_path / "empty")
    assert f"{tmp_path / 'empty'}: no readable DICOM image" in message
    with pytest.raises(UserError, match="does not exist"):
        open_scans({"T1w": tmp_path / "nothing"}, tmp_path)


REAL = {
    "dicom/ctk_mrhead_ge_coronal_T1.tar.gz": ("(256, 100, 256)", "no T2w found"),
    "negatives/dcm_qa_deident_fruit_T1.tar.gz": ("(196, 256, 256)", "no T2w found"),
    "dicom/dcm_qa_ts_transfer_syntaxes.tar.gz": ("EPI", "EPI"),
    "pairs/tcga-FG-6692/T1W.nii.gz": ("(256, 224, 26)", "(256, 224, 26)"),
}


@pytest.mark.shared
@pytest.mark.parametrize("source", REAL)
def test_real_sources(shared, tmp_path, source):
    got = []
    for contrast in ("T1w", "T2w"):
        scratch = tmp_path / contrast
        try:
            (scan,) = open_scans({contrast: shared / "data" / source}, scratch)
            got.append(str(import_image(scan, scratch / "converted")[0].shape))
        except UserError as error:
            got.append(str(error))
    for text, expected in zip(got, REAL[source], strict=True):
        assert expected in text
