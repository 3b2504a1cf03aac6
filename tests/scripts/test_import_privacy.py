import gzip
import json
import logging
import tarfile
import zipfile

import nibabel as nib
import numpy as np
import pytest
from dicom_files import MPRAGE, TSE, edit_files, volume, write_series
from pydicom import Dataset
from pydicom.datadict import dictionary_VR

from rt1t2.errors import UserError

PERSONAL = ("Muster", "Erika", "19600102", "1960-01-02", "20200304", "claustrophobic")
TEXT = "Muster^Erika claustrophobic"
TEXT_FIELDS = (
    "PatientName", "PatientID", "OtherPatientIDs", "PatientComments", "ImageComments",
    "PatientAddress", "AdditionalPatientHistory", "SeriesDescription", "StudyDescription",
    "ProtocolName", "SequenceName", "InstitutionName", "OperatorsName", "AccessionNumber",
    "ReferringPhysicianName", "PerformedProcedureStepDescription", "StationName",
)  # fmt: skip
T1W, T2W = volume((36, 36, 36), seed=1), volume((36, 36, 36), seed=2)[::-1, :, ::-1]


def plant(image):
    """Put a name and a remark into every field of text, and into a private one."""
    for keyword in TEXT_FIELDS:
        short = dictionary_VR(keyword) == "SH"
        setattr(image, keyword, TEXT[:16] if short else TEXT)
    request = Dataset()
    request.ScheduledProcedureStepDescription = TEXT
    image.RequestAttributesSequence = [request]
    image.PatientBirthDate, image.StudyDate = "19600102", "20200304"
    image.AcquisitionDate = image.ContentDate = "20200304"
    image.private_block(0x0029, "Erika Muster", create=True).add_new(1, "LO", TEXT)


def dicom_folder(folder):
    write_series(folder / "Muster Erika", T1W, number=2, name="Muster{}", **MPRAGE)
    write_series(folder / "t2_Muster", T2W, number=3, **TSE)
    edit_files(folder, plant)
    (folder / "Muster.txt").write_text(TEXT)
    return folder, folder


def zipped(folder):
    dicom_folder(folder)
    archive = folder.with_suffix(".zip")
    with zipfile.ZipFile(archive, "w") as packed:
        packed.comment = TEXT.encode()
        for path in sorted(folder.rglob("*")):
            packed.write(path, f"Muster/{path.relative_to(folder)}")
    return archive, archive


def tarred(folder):
    dicom_folder(folder)
    archive = folder.with_suffix(".tar.gz")
    with tarfile.open(archive, "w:gz") as packed:
        packed.add(folder, "Muster")
    return archive, archive


def niftis(folder):
    folder.mkdir()
    fields = {"PatientName": TEXT, "PatientBirthDate": "1960-01-02", "EchoTime": 0.003}
    fields |= dict.fromkeys(("SeriesDescription", "ImageComments", "ScanOptions"), TEXT)
    paths = []
    for name, data in (("t1", T1W), ("t2", T2W)):
        image = nib.Nifti1Image(data.astype(np.int16), np.diag([5.0, 5.0, 5.0, 1.0]))
        for key, size in (("descrip", 80), ("aux_file", 24), ("db_name", 18)):
            image.header[key] = TEXT[:size].encode()
        image.header["intent_name"] = b"Muster"
        image.header.extensions.append(nib.nifti1.Nifti1Extension(6, TEXT.encode()))
        paths.append(folder / f"{name}.nii.gz")
        nib.save(image, paths[-1])
        (folder / f"{name}.json").write_text(json.dumps(fields))
    return tuple(paths)


def t1w_only(folder):
    write_series(folder, T1W, number=2, **MPRAGE)
    edit_files(folder, plant)
    return folder, folder


def damaged(folder):
    dicom_folder(folder)
    path = folder / "t2_Muster" / "IM0005"
    path.write_bytes(path.read_bytes()[:-900])
    return folder, folder


def name_for_a_number(folder):
    write_series(folder, T1W, number=2, **{**MPRAGE, "EchoTime": "9.8765"})
    edit_files(folder, plant)
    for path in folder.iterdir():
        path.write_bytes(path.read_bytes().replace(b"9.8765", b"Muster"))
    return folder, folder


def packed_by_halves(folder):
    _, archive = zipped(folder)
    archive.write_bytes(archive.read_bytes()[:5000])
    return archive, archive


@pytest.mark.parametrize(
    ("source", "accepted"),
    [
        (dicom_folder, True),
        (zipped, True),
        (tarred, True),
        (niftis, True),
        (t1w_only, False),
        (damaged, False),
        (name_for_a_number, False),
        (packed_by_halves, False),
    ],
)
def test_nothing_personal_leaves_the_import(
    source, accepted, tmp_path, script_main, caplog, capfd
):
    caplog.set_level(logging.DEBUG)
    t1w, t2w = source(tmp_path / "source")
    planted = b"".join(p.read_bytes() for p in tmp_path.rglob("*") if p.is_file())
    assert source is not dicom_folder or planted.count(b"Muster") > 72 * 15
    out = tmp_path / "out"
    out.mkdir()
    said = ""
    try:
        script_main("import_participant")(
            t1w_source=str(t1w),
            t2w_source=str(t2w),
            lesion=[],
            t1w=str(out / "T1w.nii.gz"),
            t2w=str(out / "T2w.nii.gz"),
            series=str(out / "series.tsv"),
            code="x",
            participant_id="sub-01",
        )
    except UserError as error:
        said = str(error)
    assert (said == "") == accepted

    written = [path for path in sorted(out.rglob("*")) if path.is_file()]
    assert {path.name for path in written} <= {
        "T1w.nii.gz", "T1w.json", "T2w.nii.gz", "T2w.json", "series.tsv",
    }  # fmt: skip
    packed = (path.read_bytes() for path in written)
    plain = [gzip.decompress(b) if b[:2] == b"\x1f\x8b" else b for b in packed]
    texts = [content.decode("latin-1") for content in plain]
    for text in (*texts, said, caplog.text, *capfd.readouterr()):
        for word in PERSONAL:
            assert word.lower() not in text.lower()
