"""Inputs as scanners' makers and archives write them: read rightly, or refused with the reason."""

import nibabel as nib
import numpy as np
import pytest
from dicom_files import (
    FLAIR,
    MPRAGE,
    PHILIPS,
    TSE,
    add_philips_scale,
    edit_files,
    volume,
    write_enhanced,
    write_multiframe,
    write_series,
)
from pydicom.dataset import Dataset

from rt1t2.errors import UserError
from rt1t2.scans.scan_import import check_pair, import_image, open_scans

VOXELS = volume((30, 32, 12))
T1W_GROUPS = {
    "MRTimingAndRelatedParametersSequence": {"RepetitionTime": 2300, "FlipAngle": 9},
    "MREchoSequence": {"EffectiveEchoTime": 2.98},
    "MRModifierSequence": {"InversionRecovery": "YES", "InversionTimes": 900},
}
T2W_GROUPS = {
    "MRTimingAndRelatedParametersSequence": {"RepetitionTime": 3200, "FlipAngle": 120},
    "MREchoSequence": {"EffectiveEchoTime": 408},
}
GRADIENT = {
    "MRAcquisitionType": "3D",
    "EchoPulseSequence": "GRADIENT",
    "AcquisitionContrast": "T1",
    "ImageType": ["ORIGINAL", "PRIMARY", "T1", "NONE"],
}
SPIN = {
    "MRAcquisitionType": "3D",
    "EchoPulseSequence": "SPIN",
    "AcquisitionContrast": "T2",
    "ImageType": ["ORIGINAL", "PRIMARY", "T2", "NONE"],
}


def imported(sources, scratch):
    """Return the images of a source's contrasts, checked as a pair where there are two."""
    scans = open_scans(sources, scratch / "s")
    images = [import_image(scan, scratch / scan.contrast) for scan in scans]
    if len(images) == 2:
        check_pair(scans, *images)
    return images


def pair(folder):
    return imported({"T1w": folder, "T2w": folder}, folder.parent)


def assert_planted(image, voxels, affine):
    """Compare voxels and affine with what was written, whatever the order of the axes."""
    got, truth = (
        nib.as_closest_canonical(nib.Nifti1Image(np.asarray(data, np.float64), place))
        for data, place in ((image[0], image[1]), (voxels, affine))
    )
    np.testing.assert_allclose(
        np.asarray(got.dataobj), np.asarray(truth.dataobj), rtol=1e-6
    )
    np.testing.assert_allclose(got.affine, truth.affine, atol=1e-3)


def siemens_xa(norm):
    """Return what gives a frame the private image type of Siemens XA."""

    def add(frame):
        private = Dataset()
        private.add_new(0x00210011, "LO", "SIEMENS MR SDI 02")
        private.add_new(
            0x00211175, "CS", ["ORIGINAL", "PRIMARY", "M", *norm, "DIS3D", "NONE"]
        )
        frame.add_new(0x00210011, "LO", "SIEMENS MR SDI 02")
        frame.add_new(0x002111FE, "SQ", [private])

    return add


@pytest.mark.parametrize("orientation", ["sagittal", "axial", "oblique"])
@pytest.mark.parametrize("backwards", [False, True])
def test_siemens_xa_enhanced(tmp_path, orientation, backwards):
    placed = {"in_frames": True, "orientation": orientation, "backwards": backwards}
    xa = {**placed, "add": siemens_xa(["NORM"]), "Manufacturer": "Siemens Healthineers"}
    t1w = write_enhanced(tmp_path / "d/5.dcm", VOXELS, T1W_GROUPS, **xa, **GRADIENT)
    t2w = write_enhanced(
        tmp_path / "d/6.dcm", VOXELS**2 % 997, T2W_GROUPS, **xa, **SPIN
    )
    images = pair(tmp_path / "d")
    assert_planted(images[0], VOXELS, t1w)
    assert_planted(images[1], VOXELS**2 % 997, t2w)
    for image in images:
        assert image[2]["ScannerIntensityNormalisation"] == "NORM"
        assert image[2]["Flags"] == []
        assert image[2]["Manufacturer"] == "Siemens"
    assert images[0][2]["InversionTime"] == 0.9


def test_philips_enhanced_and_classic_have_the_same_values(tmp_path):
    slope, scale = 1.75, 0.0125
    t1w = {**MPRAGE, **PHILIPS, "ScanningSequence": "GR"}
    affine = write_series(tmp_path / "classic", VOXELS, **t1w)
    edit_files(
        tmp_path / "classic", lambda image: add_philips_scale(image, slope, scale)
    )
    write_enhanced(
        tmp_path / "enhanced/1301",
        VOXELS,
        T1W_GROUPS,
        add=lambda frame: add_philips_scale(frame, slope, scale),
        **GRADIENT,
        **PHILIPS,
    )
    for kind in ("classic", "enhanced"):
        (image,) = imported({"T1w": tmp_path / kind}, tmp_path / f"x_{kind}")
        assert_planted(image, VOXELS / scale, affine)
        assert image[2]["PhilipsScaleSlope"] == pytest.approx(scale)


def uih(image):
    image.add_new(0x00650010, "LO", "Image Private Header")
    image.add_new(0x00651000, "SH", "1.2.3")
    image.add_new(0x00651050, "DS", "1")
    image.add_new(0x0065100A, "SH", "private")


MAKERS = {
    "UIH": (
        {
            **{"Manufacturer": "UIH", "ManufacturerModelName": "uMR 790"},
            **{"ScanningSequence": "GR", "SequenceVariant": "SP"},
            **{"SequenceName": "gre_fsp", "RepetitionTime": 7.2, "EchoTime": 3.1},
            **{"InversionTime": 750, "FlipAngle": 10, "MRAcquisitionType": "3D"},
        },
        {"Manufacturer": "UIH", "ManufacturerModelName": "uMR 790"},
        uih,
    ),
    "GE MP-RAGE": (
        {
            **{"Manufacturer": "GE MEDICAL SYSTEMS", "InversionTime": 900},
            **{"ScanningSequence": ["RM", "IR"], "SequenceVariant": "NONE"},
            **{"RepetitionTime": 2300, "EchoTime": 2.96, "FlipAngle": 8},
            **{"MRAcquisitionType": "3D", "ScanOptions": ["FAST_GEMS", "FSR_GEMS"]},
        },
        {"Manufacturer": "GE MEDICAL SYSTEMS"},
        lambda image: None,
    ),
    "GE BRAVO": (
        {
            **{"Manufacturer": "GE MEDICAL SYSTEMS", "InversionTime": 450},
            **{"ScanningSequence": "RM", "SequenceVariant": "NONE"},
            **{"RepetitionTime": 8.2, "EchoTime": 3.2, "FlipAngle": 12},
            **{"MRAcquisitionType": "3D", "ScanOptions": ["FAST_GEMS", "EDR_GEMS"]},
        },
        {"Manufacturer": "GE MEDICAL SYSTEMS"},
        lambda image: None,
    ),
    "GE CUBE": (
        MPRAGE | {"Manufacturer": "GE MEDICAL SYSTEMS"},
        {
            **{"Manufacturer": "GE MEDICAL SYSTEMS", "ScanningSequence": "RM"},
            **{"SequenceVariant": "NONE", "RepetitionTime": 3002, "EchoTime": 84},
            **{"FlipAngle": 90, "MRAcquisitionType": "3D", "EchoTrainLength": 120},
            **{"SeriesDescription": "Sag CUBE T2"},
        },
        lambda image: None,
    ),
    "Canon": (
        {
            **{
                "Manufacturer": "CANON_MEC",
                "ImageType": ["ORIGINAL", "PRIMARY", "OTHER"],
            },
            **{"ScanningSequence": "GR", "SequenceVariant": ["SP", "MP"]},
            **{"RepetitionTime": 5.8, "EchoTime": 2.7, "InversionTime": 900},
            **{"FlipAngle": 9, "MRAcquisitionType": "3D"},
        },
        {"Manufacturer": "CANON_MEC", "ImageType": ["ORIGINAL", "PRIMARY", "OTHER"]},
        lambda image: None,
    ),
    "Hitachi": (
        {
            **{"Manufacturer": "Hitachi Medical Corporation", "ScanningSequence": "GR"},
            **{"SequenceVariant": "SP", "RepetitionTime": 9.2, "EchoTime": 4.1},
            **{"FlipAngle": 10, "MRAcquisitionType": "3D"},
        },
        {"Manufacturer": "Hitachi Medical Corporation"},
        lambda image: None,
    ),
}


@pytest.mark.parametrize("maker", MAKERS)
def test_other_makers_series_are_a_pair(tmp_path, maker):
    t1w, t2w, add = MAKERS[maker]
    affine = write_series(tmp_path / "d/1", VOXELS, number=2, **t1w)
    write_series(tmp_path / "d/2", VOXELS**2 % 997, number=3, **{**TSE, **t2w})
    flair = {**t2w, **FLAIR, "SeriesDescription": "FLAIR"}
    write_series(tmp_path / "d/3", VOXELS + 5, number=4, **flair)
    edit_files(tmp_path / "d", add)
    images = pair(tmp_path / "d")
    assert_planted(images[0], VOXELS, affine)
    assert_planted(images[1], VOXELS**2 % 997, affine)
    assert [image[2]["Flags"] for image in images] == [[], []]
    assert [image[2]["SeriesNumber"] for image in images] == [2, 3]


@pytest.mark.parametrize("of_the_t2w", ["NORM", "ND"])
def test_of_siemens_twins_the_one_alike_with_the_t2w_is_taken(tmp_path, of_the_t2w):
    for number, kind in ((2, "NORM"), (3, "ND")):
        codes = ["ORIGINAL", "PRIMARY", "M", "ND", *({kind} - {"ND"})]
        write_series(
            tmp_path / f"d/{number}",
            VOXELS + number,
            number=number,
            **MPRAGE,
            ImageType=codes,
        )
    codes = ["ORIGINAL", "PRIMARY", "M", "ND", *({of_the_t2w} - {"ND"})]
    write_series(tmp_path / "d/4", VOXELS**2 % 997, number=4, **TSE, ImageType=codes)
    images = pair(tmp_path / "d")
    number = {"NORM": 2, "ND": 3}[of_the_t2w]
    assert images[0][2]["SeriesNumber"] == number
    assert images[0][0].min() == VOXELS.min() + number


def deidentified(image):
    for keyword in [
        *("PatientName", "PatientID", "PatientBirthDate", "StudyDate", "StudyTime"),
        *("StudyDescription", "SeriesDescription", "ProtocolName", "InstitutionName"),
        *("StudyInstanceUID", "SequenceName", "ManufacturerModelName"),
    ]:
        if keyword in image:
            del image[keyword]
    image.PatientIdentityRemoved = "YES"


def test_deidentified_files_are_told_by_their_times(tmp_path):
    kinds = {2: MPRAGE, 3: TSE, 4: FLAIR, 5: {**TSE, "EchoTime": 12}}
    for number, kind in kinds.items():
        write_series(
            tmp_path / f"d/{number}", VOXELS**number % 997, number=number, **kind
        )
    edit_files(tmp_path / "d", deidentified)
    images = pair(tmp_path / "d")
    assert [image[2]["SeriesNumber"] for image in images] == [2, 3]


def whole_session():
    """Return what a research visit of 50 series holds, as an XA scanner exports it."""
    scout = {**MPRAGE, "RepetitionTime": 3.15, "EchoTime": 1.37, "FlipAngle": 8}
    scout |= {"SequenceVariant": "SP", "ScanningSequence": "GR"}
    del scout["InversionTime"]
    epi = {**TSE, "ScanningSequence": "EP", "EchoTime": 33, "RepetitionTime": 800}
    gre = {"ScanningSequence": "GR", "SequenceVariant": "SP", "MRAcquisitionType": "2D"}
    derived = ["DERIVED", "SECONDARY", "MPR", "CSA MPR", "", "CSAPARALLEL", "M", "ND"]
    phase = ["ORIGINAL", "PRIMARY", "P", "ND"]
    series = [
        *[{**scout, "SeriesDescription": f"AAHead_Scout_{n}"} for n in range(4)],
        *[{**epi, "SeriesDescription": f"rfMRI_{n}_SBRef"} for n in range(12)],
        *[{**epi, "SeriesDescription": f"dMRI_dir{n}"} for n in range(12)],
        *[
            {**gre, "RepetitionTime": 600, "EchoTime": te, "FlipAngle": 55}
            | {"SeriesDescription": "gre_field_mapping"}
            for te in (4.9, 7.4)
        ],
        {**MPRAGE, "SeriesDescription": "T1w_MPR_Tra", "ImageType": derived},
        {**MPRAGE, "SeriesDescription": "T1w_MPR_Cor", "ImageType": derived},
        {**epi, "SeriesDescription": "T1w_MPR_vNav_setter"},
        {**epi, "SeriesDescription": "T2w_SPC_vNav_setter"},
        {**FLAIR, "SeriesDescription": "t2_space_dark-fluid"},
        {**TSE, "SeriesDescription": "t2_tse_hippo", "rows": 20, "EchoTime": 80},
        {**TSE, "SeriesDescription": "PD_tse", "EchoTime": 11},
        {**gre, "RepetitionTime": 27, "EchoTime": 20, "SeriesDescription": "SWI_Mag"},
        {**gre, "RepetitionTime": 27, "EchoTime": 20, "ImageType": phase},
        *[
            {**gre, "MRAcquisitionType": "3D", "RepetitionTime": 21, "EchoTime": 3.4}
            | {"FlipAngle": 18, "SeriesDescription": f"TOF_3D_{n}", "AngioFlag": "Y"}
            for n in range(3)
        ],
        *[{**epi, "SeriesDescription": f"ASL_{n}", "EchoTime": 14} for n in range(6)],
        {**MPRAGE, "SeriesDescription": "T1w_MPR"},
        {
            **{**TSE, "MRAcquisitionType": "3D", "RepetitionTime": 3200},
            **{"EchoTime": 564, "SeriesDescription": "T2w_SPC"},
        },
    ]
    assert len(series) == 50
    return series


def test_of_a_session_of_fifty_series_the_right_ones_are_found(tmp_path):
    for number, fields in enumerate(whole_session(), start=1):
        rows = fields.pop("rows", 32)
        write_series(
            tmp_path / f"d/{number}",
            (VOXELS.astype(int) * (number + 3) % 997)[:, :rows],
            number=number,
            **fields,
        )
    images = pair(tmp_path / "d")
    assert [image[2]["SeriesNumber"] for image in images] == [49, 50]
    assert [image[2]["Flags"] for image in images] == [[], []]


def two_echoes(folder):
    folder.mkdir()
    write_multiframe(folder / "a", VOXELS, (12.0, 93.0))


def without_positions(folder):
    write_enhanced(folder / "a", VOXELS, T2W_GROUPS, **SPIN)

    def strip(image):
        for frame in image.PerFrameFunctionalGroupsSequence:
            del frame.PlanePositionSequence

    edit_files(folder, strip)


def without_groups(folder):
    write_enhanced(folder / "a", VOXELS, T2W_GROUPS, **SPIN)

    def strip(image):
        del image.PerFrameFunctionalGroupsSequence
        del image.SharedFunctionalGroupsSequence
        image.SOPClassUID = "1.2.840.10008.5.1.4.1.1.7.2"
        image.file_meta.MediaStorageSOPClassUID = image.SOPClassUID

    edit_files(folder, strip)


def diffusion(folder):
    groups = {**T2W_GROUPS, "MRDiffusionSequence": {"DiffusionBValue": 1000.0}}
    write_enhanced(folder / "a", VOXELS, groups, **SPIN)


def phase(folder):
    groups = {
        **T2W_GROUPS,
        "MRImageFrameTypeSequence": {
            "FrameType": ["ORIGINAL", "PRIMARY", "PHASE MAP", "NONE"],
            "ComplexImageComponent": "PHASE",
        },
    }
    write_enhanced(folder / "a", VOXELS, groups, **SPIN)


def agfa(folder):
    """An archive's copy in which every slice is a secondary capture with a new series UID."""
    write_series(
        folder,
        VOXELS,
        **TSE,
        SOPClassUID="1.2.840.10008.5.1.4.1.1.7",
        Modality="CR",
        ImageType=["DERIVED", "SECONDARY", "OTHER"],
    )


REFUSED = {
    "two echoes in one file": (two_echoes, "several images .* in one multi-frame file"),
    "frames without positions": (without_positions, "no position|without a position"),
    "frames without groups": (without_groups, "without a position per frame"),
    "diffusion": (diffusion, "DWI"),
    "phase": (phase, "phase image"),
    "secondary captures": (agfa, "not MR"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_used_is_refused_with_the_reason(tmp_path, name):
    make, words = REFUSED[name]
    make(tmp_path / "d")
    with pytest.raises(UserError, match=rf"no T2w found .*({words})"):
        imported({"T2w": tmp_path / "d"}, tmp_path)
