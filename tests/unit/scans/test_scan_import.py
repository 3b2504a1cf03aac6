import json
import shutil

import nibabel as nib
import numpy as np
import pydicom
import pytest
from dicom_files import (
    MPRAGE,
    PHILIPS,
    TSE,
    add_philips_scale,
    edit_files,
    volume,
    write_multiframe,
    write_series,
)

from rt1t2.errors import UserError
from rt1t2.scans.scan_import import check_pair, import_image, ledger_rows, open_scans

PLAIN = ["ORIGINAL", "PRIMARY", "M", "ND"]
NORM = [*PLAIN, "NORM"]
KIND = {"t1w": MPRAGE, "t2w": TSE}


def visit(folder, **series):
    """Write one series per keyword, such as ``t1w_norm={...}``, numbered from 1."""
    for number, (name, fields) in enumerate(series.items(), start=1):
        voxels = volume((36, 40, 24), seed=number)
        write_series(
            folder,
            voxels if name.startswith("t1w") else voxels[::-1, :, ::-1],
            number=number,
            name=f"{name}_{{}}",
            **KIND[name[:3]],
            **fields,
        )
    return folder


def opened(tmp_path, t1w, t2w):
    return open_scans({"T1w": t1w, "T2w": t2w}, tmp_path / "scratch")


def chosen(scans):
    return [scan.choice.series.number for scan in scans]


def pair_flags(tmp_path, scans):
    images = [import_image(scan, tmp_path / scan.contrast) for scan in scans]
    check_pair(scans, *images)
    return [entries["Flags"] for _, _, entries in images]


TWINS = {
    "both have both": (
        {"t1w": PLAIN, "t1w_norm": NORM, "t2w": PLAIN, "t2w_norm": NORM},
        [2, 4],
    ),
    "the T2w has no NORM": ({"t1w": PLAIN, "t1w_norm": NORM, "t2w": PLAIN}, [1, 3]),
    "the T1w has no NORM": ({"t1w": PLAIN, "t2w_norm": NORM, "t2w": PLAIN}, [1, 3]),
    "the T2w is NORM only": ({"t1w": PLAIN, "t1w_norm": NORM, "t2w": NORM}, [2, 3]),
}


@pytest.mark.parametrize("case", TWINS)
def test_of_twins_those_alike_are_chosen(tmp_path, case):
    types, numbers = TWINS[case]
    folder = visit(tmp_path / "d", **{k: {"ImageType": v} for k, v in types.items()})

    scans = opened(tmp_path, folder, folder)

    assert chosen(scans) == numbers
    assert not any(
        "NORM" in flag for flags in pair_flags(tmp_path, scans) for flag in flags
    )
    rows = ledger_rows(scans)
    assert [row["norm"] == "NORM" for row in rows] == [
        t == NORM for t in types.values()
    ]
    for number, row in enumerate(rows, start=1):
        assert row["decision"].startswith("used") == (number in numbers)
        assert number in numbers or "NORM" in row["reason"]


def test_a_pair_that_cannot_be_alike_is_flagged(tmp_path):
    folder = visit(tmp_path / "d", t1w={"ImageType": NORM}, t2w={"ImageType": PLAIN})

    flags = pair_flags(tmp_path, opened(tmp_path, folder, folder))

    for of_image in flags:
        assert any("only one of T1w and T2w was intensity-norm" in f for f in of_image)


def test_of_twins_the_one_corrected_for_distortion_is_chosen(tmp_path):
    corrected = [*PLAIN[:3], "DIS3D"]
    folder = visit(
        tmp_path / "d",
        t1w={"ImageType": PLAIN},
        t1w_corrected={"ImageType": corrected},
        t2w={"ImageType": PLAIN},
    )

    scans = opened(tmp_path, folder, folder)

    assert chosen(scans) == [2, 3]
    assert ledger_rows(scans)[0]["reason"].endswith(
        "is corrected for distortion (DIS3D)"
    )


def test_two_people_in_one_folder_are_refused(tmp_path):
    folder = visit(tmp_path / "d", t1w={"PatientID": "A17"}, t2w={"PatientID": "B18"})
    with pytest.raises(UserError, match="several people") as refusal:
        pair_flags(tmp_path, opened(tmp_path, folder, folder))
    assert "A17" not in str(refusal.value)


def two_visits(folder, key, *, t2w_again):
    """Write a coarse pair, and finer images of somebody or some time else."""
    fine = {"pixel_mm": (4.0, 3.6), "spacing_mm": 3.2, key: "1.2.9"}
    write_series(folder / "1", volume(HEAD), number=1, **MPRAGE)
    write_series(folder / "2", volume(HEAD)[::-1], number=2, **TSE)
    write_series(folder / "3", volume((40, 42, 20)), number=3, **MPRAGE, **fine)
    if t2w_again:
        write_series(folder / "4", volume((40, 42, 20))[::-1], number=4, **TSE, **fine)
    return folder


@pytest.mark.parametrize("t2w_again", [False, True])
def test_somebody_elses_finer_images_are_not_taken(tmp_path, t2w_again):
    folder = two_visits(tmp_path / "d", "PatientID", t2w_again=t2w_again)
    with pytest.raises(UserError, match="contains several people"):
        pair_flags(tmp_path, opened(tmp_path, folder, folder))


def test_of_two_visits_the_one_with_both_contrasts_is_taken(tmp_path):
    folder = two_visits(tmp_path / "d", "StudyInstanceUID", t2w_again=False)
    scans = opened(tmp_path, folder, folder)
    assert chosen(scans) == [1, 2]
    assert pair_flags(tmp_path, scans) == [[], []]
    assert "visit that has the other contrast" in ledger_rows(scans)[2]["reason"]


def test_which_of_two_whole_visits_is_asked(tmp_path):
    folder = two_visits(tmp_path / "d", "StudyInstanceUID", t2w_again=True)
    with pytest.raises(UserError, match=r"2 visits .* with a T1w and a T2w each"):
        pair_flags(tmp_path, opened(tmp_path, folder, folder))


def test_a_slice_of_somebody_else_is_noticed(tmp_path):
    folder = visit(tmp_path / "d", t1w={}, t2w={})
    (path, *_) = sorted(path for path in folder.rglob("*") if path.is_file())
    image = pydicom.dcmread(path)
    image.PatientID = "somebody else"
    image.save_as(path)
    with pytest.raises(UserError, match="of several people") as refusal:
        pair_flags(tmp_path, opened(tmp_path, folder, folder))
    assert "somebody else" not in str(refusal.value)


def test_a_negative_slope_exchanges_dark_and_bright(tmp_path):
    scale = {"RescaleSlope": -1, "RescaleIntercept": 2000}
    folder = visit(tmp_path / "d", t1w=scale, t2w={})
    with pytest.raises(UserError, match="dark and bright are exchanged"):
        pair_flags(tmp_path, opened(tmp_path, folder, folder))


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({}, []),
        ({"PatientID": ""}, []),
        (
            {"PatientID": "B18"},
            ["DICOM headers of T1w and T2w name different patients"],
        ),
        ({"StudyInstanceUID": "1.2.3"}, ["T1w and T2w are of different studies"]),
    ],
)
def test_folders_of_two_people_or_visits_are_flagged(tmp_path, fields, words):
    t1w = visit(tmp_path / "a", t1w={"PatientID": "A17"})
    t2w = visit(tmp_path / "b", t2w={"PatientID": "A17", **fields})

    for flags in pair_flags(tmp_path, opened(tmp_path, t1w, t2w)):
        assert len(flags) == len(words)
        assert all(word in flag for word, flag in zip(words, flags, strict=True))


def test_lossy_compression_is_flagged(tmp_path):
    folder = visit(tmp_path / "d", t1w={"LossyImageCompression": "01"}, t2w={})

    flags, others = pair_flags(tmp_path, opened(tmp_path, folder, folder))

    assert flags == ["stored with lossy compression"]
    assert others == []


def test_the_ledger_counts_copies(tmp_path):
    folder = visit(tmp_path / "d", t1w={}, t2w={})
    shutil.copytree(folder, folder / "copy", ignore=shutil.ignore_patterns("t1w*"))

    rows = ledger_rows(opened(tmp_path, folder, folder))

    assert [row["n_copies"] for row in rows] == ["0", "24"]


HEAD = (36, 40, 24)


def exported_again(folder):
    write_series(folder, volume(HEAD), **TSE)
    again = pydicom.dcmread(folder / "IM0004")
    again.SOPInstanceUID = again.file_meta.MediaStorageSOPInstanceUID = "1.2.3.4"
    again.save_as(folder / "again")


def two_echoes(folder):
    folder.mkdir()
    write_multiframe(folder / "image", volume(HEAD), (12.0, 93.0))


def philips_slopes(folder):
    write_series(folder, volume(HEAD), **TSE, **PHILIPS)
    edit_files(folder, lambda d: add_philips_scale(d, d.InstanceNumber, 0.004))


def changed(**changes):
    return lambda folder: write_series(folder, volume(HEAD), **TSE, **changes)


REFUSED = {
    "gantry tilt": (changed(shear_mm=0.5), "sheared by 7.1 degrees (gantry tilt)"),
    "missing slice": (changed(skip=(7,)), "1 slice(s) missing: a gap of 8.00 mm"),
    "uneven spacing": (changed(displace_mm=0.5), "uneven slice spacing: 3.50 to 4.50"),
    "duplicated slice": (exported_again, "1 slice(s) lie at the position of another"),
    "echoes in one file": (two_echoes, "several images (echoes or components) in one"),
    "Philips scaling": (philips_slopes, "Philips' scaling differs between slices"),
    "MIP": (changed(ImageType=["DERIVED", "PRIMARY", "MIP"]), "derived image"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_not_converted_is_in_the_ledger_with_its_reason(tmp_path, case):
    write, reason = REFUSED[case]
    write(tmp_path / "d")

    (scan,) = scans = open_scans({"T2w": tmp_path / "d"}, tmp_path)

    with pytest.raises(UserError, match="no T2w found") as refusal:
        import_image(scan, tmp_path / "scratch")
    assert reason in str(refusal.value)
    for row in ledger_rows(scans):
        assert row["decision"] == "not used"
        assert reason in row["reason"]


def thick(folder, name, orientation, number, fields):
    """Write slices of 5 mm with a coronal twin of smaller pixels where asked for."""
    pixel = 1.6 if orientation == "coronal" else 2.0
    write_series(
        folder,
        volume((100, 100, 36), seed=number),
        number=number,
        name=f"{name}_{{}}",
        orientation=orientation,
        pixel_mm=(pixel, pixel),
        spacing_mm=5.0,
        **fields,
    )


FFE = {"ScanningSequence": "GR", "MRAcquisitionType": "2D", "RepetitionTime": 248}
FFE |= {"EchoTime": 2.7, "FlipAngle": 80, "SeriesDescription": "T1W_FFE"}


def test_a_clinical_exam_of_thick_slices_is_a_pair_in_one_plane(tmp_path):
    folder = tmp_path / "d"
    thick(folder, "t1", "axial", 1, FFE)
    thick(folder, "t2cor", "coronal", 2, TSE)
    thick(folder, "t2ax", "axial", 3, TSE)
    assert chosen(opened(tmp_path, folder, folder)) == [1, 3]


def test_where_only_one_plane_is_shared_the_t1w_follows_the_t2w(tmp_path):
    folder = tmp_path / "d"
    thick(folder, "t1cor", "coronal", 1, FFE)
    thick(folder, "t1ax", "axial", 2, FFE)
    thick(folder, "t2ax", "axial", 3, TSE)
    assert chosen(opened(tmp_path, folder, folder)) == [2, 3]


def nifti_pair(folder, t1w_fields=None, t2w_fields=None, name="{}"):
    """Write a pair of NIfTI files with sidecars; return their paths."""
    folder.mkdir(exist_ok=True)
    paths = []
    for image, fields in (("T1w", t1w_fields), ("T2w", t2w_fields)):
        voxels = volume((36, 40, 24), seed=len(paths))[:: 1 - 2 * len(paths)]
        path = folder / f"{name.format(image)}.nii.gz"
        nib.save(
            nib.Nifti1Image(voxels.astype(np.int16), np.diag([5.0] * 3 + [1])), path
        )
        if fields is not None:
            path.with_name(path.name.replace("nii.gz", "json")).write_text(
                json.dumps(fields)
            )
        paths.append(path)
    return paths


GR = {"ScanningSequence": "GR\\IR", "RepetitionTime": 2.3, "EchoTime": 0.003}
GR |= {"InversionTime": 0.9, "Manufacturer": "Siemens"}
SE = {"ScanningSequence": "SE", "RepetitionTime": 5.0, "EchoTime": 0.093}
SE |= {"Manufacturer": "Siemens"}


def test_a_pair_of_nifti_is_judged_by_its_sidecars(tmp_path):
    paths = nifti_pair(
        tmp_path / "n", GR | {"ImageType": NORM}, SE | {"ImageType": PLAIN}
    )
    flags = pair_flags(tmp_path, opened(tmp_path, *paths))
    assert all("only one of T1w and T2w" in " ".join(each) for each in flags)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        (SE | {"ImageType": ["ORIGINAL", "PRIMARY", "P"]}, "phase image"),
        (SE | {"InversionTime": 2.5}, "FLAIR"),
        (GR, "T1w"),
        (SE | {"EchoTime": 0.012, "RepetitionTime": 4.0}, "PDw"),
    ],
)
def test_a_nifti_that_its_sidecar_calls_something_else_is_refused(
    tmp_path, fields, words
):
    paths = nifti_pair(tmp_path / "n", None, fields)
    (_, scan) = opened(tmp_path, *paths)
    with pytest.raises(UserError, match=f"no T2w by its JSON sidecar: {words}"):
        import_image(scan, tmp_path)


def test_what_a_sidecar_says_is_no_scan_by_mr_is_refused_or_flagged(tmp_path):
    paths = nifti_pair(tmp_path / "a", {"Modality": "CT"}, {})
    with pytest.raises(UserError, match="no T1w by its JSON sidecar: not MR"):
        pair_flags(tmp_path / "x", opened(tmp_path / "x", *paths))
    derived = {"ImageType": ["DERIVED", "SECONDARY", "MPR"]}
    paths = nifti_pair(tmp_path / "b", derived, {})
    flags, others = pair_flags(tmp_path / "y", opened(tmp_path / "y", *paths))
    assert "derived image, not as scanned" in flags
    assert others == []


def test_an_agent_in_the_name_or_sidecar_of_a_nifti_is_flagged(tmp_path):
    named = nifti_pair(tmp_path / "a", None, None, "sub-1_ce-gad_{}")
    told = nifti_pair(tmp_path / "b", GR | {"ContrastBolusAgent": "Gadovist"}, None)
    for paths in (named, told):
        scan = opened(tmp_path, *paths)[0]
        assert (
            "acquired after a contrast agent"
            in import_image(scan, tmp_path)[2]["Flags"]
        )


def test_a_sidecar_that_cannot_be_read_is_said(tmp_path):
    paths = nifti_pair(tmp_path / "n", GR, SE)
    (tmp_path / "n/T1w.json").write_bytes(b"{")
    scan = opened(tmp_path, *paths)[0]
    assert "sidecar cannot be read" in " ".join(
        import_image(scan, tmp_path)[2]["Flags"]
    )


def test_every_file_with_a_series_of_its_own_is_one_sentence(tmp_path):
    write_series(tmp_path / "d", volume(), **MPRAGE)
    for k, path in enumerate(sorted((tmp_path / "d").iterdir())):
        image = pydicom.dcmread(path)
        image.SeriesInstanceUID = f"2.25.{900 + k}"
        image.save_as(path)
    (scan,) = open_scans({"T1w": tmp_path / "d"}, tmp_path / "s")
    with pytest.raises(UserError, match="12 of 12 series hold a single image"):
        import_image(scan, tmp_path)


def test_what_else_lies_in_a_source_is_said(tmp_path):
    (paths,) = (nifti_pair(tmp_path / "n"),)
    (scan,) = open_scans({"T1w": tmp_path / "n"}, tmp_path / "s")
    with pytest.raises(
        UserError, match=r"no readable DICOM image; 2 file\(s\) are NIfTI"
    ):
        import_image(scan, tmp_path)
    assert len(paths) == 2
