"""Facts of a header by vendor and kind of source: the same question gives the same answer."""

import pydicom
import pytest
from dicom_files import MPRAGE, TSE, edit_files, volume, write_multiframe, write_series
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from rt1t2.scans.dicom_headers import read_headers
from rt1t2.scans.header_facts import (
    component,
    fat_suppressed,
    has_contrast_agent,
    image_codes,
    normalised_by_scanner,
    other_body_part,
    plain_words,
)

GE = "GE MEDICAL SYSTEMS"


def text(description):
    return {"text": description}


@pytest.mark.parametrize(
    ("header", "norm"),
    [
        ({"Manufacturer": "SIEMENS", "ImageType": ("ORIGINAL", "M", "NORM")}, "NORM"),
        ({"Manufacturer": "Siemens Healthineers", "ImageType": ("M", "ND")}, "none"),
        ({"Manufacturer": "SIEMENS"}, "unknown"),
        ({"Manufacturer": GE, "ImageType": ("ORIGINAL", "OTHER")}, "unknown"),
        ({"Manufacturer": "SIEMENS", "ImageType": ("M",), "Enhanced": True}, "unknown"),
        (
            {"ImageType": ("M",), "Enhanced": True, "PrivateImageType": ("M", "NORM")},
            "NORM",
        ),
        (
            {
                "Manufacturer": "SIEMENS",
                "ImageType": ("M",),
                "Enhanced": True,
                "PrivateImageType": ("M", "DIS2D"),
            },
            "none",
        ),
        ({"ScannerIntensityNormalisation": "NORM"}, "NORM"),
    ],
)
def test_scanner_normalisation(header, norm):
    assert normalised_by_scanner(header) == norm


@pytest.mark.parametrize(
    ("header", "suppressed"),
    [
        ({"ScanOptions": ("PFP", "FS")}, True),
        ({"ScanOptions": ("IR", "WE")}, True),
        ({"ScanOptions": ("FAST_GEMS", "FATSAT_GEMS")}, True),
        *(({"ScanOptions": (f"FS{side}_GEMS",)}, False) for side in "AILPRS"),
        *(({"ScanOptions": (o,)}, True) for o in ("FAT_SAT", "FAT SAT", "SPAIR")),
        ({"ScanOptions": ("PFP", "SFS")}, False),
        ({"SpectrallySelectedSuppression": ("FAT",)}, True),
        ({"SpectrallySelectedSuppression": ("FAT_AND_WATER",)}, True),
        ({"SpectrallySelectedSuppression": ("NONE",)}, False),
        ({"SpectrallySelectedExcitation": ("WATER",)}, True),
        ({"PhilipsSPIR": ("Y",)}, True),
        ({"ImageType": ("ORIGINAL", "PRIMARY", "W", "W")}, True),
        ({"ImageType": ("DERIVED", "PRIMARY", "DIXON", "WATER")}, True),
        ({"ImageType": ("ORIGINAL", "PRIMARY", "IP")}, False),
        ({"FatSuppression": True}, True),
        *(
            (text(name), True)
            for name in (
                *("t2_tse_fs_tra", "T2 FatSat", "t1_mprage_we", "mDIXON T2 W"),
                *(
                    "T2W_SPAIR",
                    "sT2 PROSET",
                    "t2 fat-suppressed",
                    "WATER: Ax T2 FLEX",
                    "T2 IDEAL WATER",
                    "T2 FS free breathing",
                    "T2 fettgesaettigt",
                    "T2 Water Excitation",
                ),
            )
        ),
        *(
            (text(name), False)
            for name in (
                *("t2_tse_tra", "T2 no fat sat", "T2 ohne FS", "T2 non-fs", "sweep"),
                *("T2 dixon in", "answer", "T2 w/o fatsat", "InPhase: T2 FLEX"),
                *("T2 FatSat off", "T2 WFS 1.5", "T2 fs free"),
            )
        ),
    ],
)
def test_fat_suppression(header, suppressed):
    assert fat_suppressed(header) is suppressed


@pytest.mark.parametrize(
    ("description", "given"),
    [
        ("t1_mprage_sag", False),
        ("t1_mprage_sag+KM", True),
        ("AX T1 POST", True),
        ("Ax T1 post FS", True),
        ("POST Sag T1", True),
        ("T1 post Gd 3D", True),
        ("T1 non-sel post Gd", True),
        ("T1 POST CONTRAST", True),
        ("T1 SE +C", True),
        ("C+ T1", True),
        ("AX T1 CONTRAST", True),
        ("T1 mit Kontrastmittel", True),
        ("T1 Gadovist", True),
        ("T1w ce", True),
        ("T1 POST-OP", False),
        ("T1 post-stroke", False),
        ("post treatment T1", False),
        ("T1 post traumatic", False),
        ("post_TMS T1", False),
        ("T1w high contrast MPRAGE", False),
        ("mprage tissue contrast", False),
        ("t1 best GM/WM contrast", False),
        ("contrast-optimised T1", False),
        ("t1_mprage ohne KM", False),
        ("T1 W/O CONTRAST", False),
        ("pre contrast T1", False),
        ("T1 without iv contrast", False),
        ("non-contrast T1", False),
        ("T1 vor KM", False),
        *((name, True) for name in ("T1+C", "T1 con contraste", "T1 apres injection")),
        *((name, True) for name in ("3D T1 IV+", "T1_gadobutrol", "T1 nach KM")),
        *((name, False) for name in ("T1 KM-frei", "T1 kontrastfrei", "T1 GD neg")),
        *((name, False) for name in ("Gadeken T1", "t1 gadget", "T1 avant injection")),
        ("T1 contrast weighted", False),
    ],
)
def test_contrast_agent_in_the_description(description, given):
    assert has_contrast_agent(text(description)) is given


@pytest.mark.parametrize(
    ("agent", "given"),
    [
        *((name, True) for name in ("Gadovist", "GADOVIST 7.5 ml", "Dotarem", "X")),
        ("Gadovist, no reaction", True),
        ("Gd-DTPA", True),
        *((name, False) for name in ("NONE", "no", "", "N/A", "0", "---", "ohne")),
        *((name, False) for name in ("WITHOUT CONTRAST", "w/o Gd", "No contrast")),
        *((name, False) for name in ("Non-contrast", "not given", "keines", "Unknown")),
        ("Agent not administered", False),
    ],
)
def test_contrast_agent_in_its_field(agent, given):
    for field in ("ContrastBolusAgent", "ContrastBolusIngredient"):
        assert has_contrast_agent({field: agent, "text": "t1"}) is given


@pytest.mark.parametrize(
    ("header", "part"),
    [
        ({"ImageType": ("ORIGINAL", "PRIMARY", "P")}, "phase image"),
        ({"ImageType": ("M",), "ComplexImageComponent": ("REAL",)}, "real part"),
        ({"GEComponent": 3.0}, "imaginary part"),
        ({"ImageType": ("ORIGINAL", "PRIMARY", "M"), "GEComponent": 0.0}, ""),
        ({"ImageType": ("ORIGINAL", "PRIMARY", "OP")}, "opposed-phase image"),
        (text("t1_vibe_dixon_tra_F"), "Dixon fat image"),
        (text("t1_vibe_dixon_tra_opp"), "opposed-phase image"),
        (text("t1_vibe_dixon_tra_in"), ""),
        (text("FAT: Ax T2 FLEX"), "Dixon fat image"),
        (text("OutPhase: Ax T2 FLEX"), "opposed-phase image"),
        (text("Fat sat T2 FLEX"), ""),
    ],
)
def test_components(header, part):
    assert component(header) == part


@pytest.mark.parametrize(
    ("part", "description", "other"),
    [
        ("HEAD", "t2", False),
        ("", "t2_tse_tra", False),
        ("CSPINE", "t2", True),
        ("C_SPINE", "t2", True),
        ("KNEE", "t2", True),
        ("", "t2_tse_sag_cspine", True),
        ("", "T2 HWS sag", True),
        ("BRAIN", "brain, then spine", False),
        ("WHOLEBODY", "t1", False),
        *((part, "t2", True) for part in ("WIRBELSAEULE", "HALS", "COLUMNA", "CERVIX")),
        *(
            ("", name, True)
            for name in ("t2 neck", "T2 abdomen", "T1 knee", "Phantom T1")
        ),
        *(
            ("", name, False)
            for name in ("knee pain T1", "phantom limb T1", "neck mprage")
        ),
        ("", "T1 lumbar puncture study", False),
        ("HIPPOCAMPUS", "t2", False),
    ],
)
def test_body_part(part, description, other):
    header = {"text": description} | ({"BodyPartExamined": (part,)} if part else {})
    assert other_body_part(header) is other


def test_words_have_blanks_for_punctuation():
    assert plain_words("T1_MPRAGE-sag (+C)") == "t1 mprage sag +c"


@pytest.mark.parametrize("implicit", [False, True])
def test_the_private_type_of_siemens_xa_is_read_in_any_block(tmp_path, implicit):
    def add(image):
        image.add_new(0x00210011, "LO", "SIEMENS MR SDI 02")
        image.add_new(0x00211175, "CS", ["ORIGINAL", "M", "NORM"])
        if implicit:
            image.file_meta.TransferSyntaxUID = pydicom.uid.ImplicitVRLittleEndian

    write_series(tmp_path, volume((30, 32, 1)), name="a", **MPRAGE)
    edit_files(tmp_path, add)
    (header,) = read_headers(tmp_path / "a")
    assert "NORM" in image_codes(header)
    assert normalised_by_scanner(header) == "NORM"


def test_functional_groups_tell_what_classic_fields_tell(tmp_path):
    def add(image):
        modifier, usage = Dataset(), Dataset()
        modifier.SpectrallySelectedSuppression = "FAT"
        usage.ContrastBolusAgentAdministered = "YES"
        shared = image.SharedFunctionalGroupsSequence[0]
        shared.MRModifierSequence = Sequence([modifier])
        for frame in image.PerFrameFunctionalGroupsSequence:
            frame.ContrastBolusUsageSequence = Sequence([usage])

    write_multiframe(tmp_path / "a", volume((30, 32, 3)), (93.0,))
    before = read_headers(tmp_path / "a")[0]
    edit_files(tmp_path, add)
    after = read_headers(tmp_path / "a")[0]
    for fact in (fat_suppressed, has_contrast_agent):
        assert (fact(before), fact(after)) == (False, True)


def test_coded_entries_and_other_makers_private_fields(tmp_path):
    def add(image):
        region, agent = Dataset(), Dataset()
        region.CodeMeaning, agent.CodeMeaning = "Cervical spine", "Gadobutrol"
        image.AnatomicRegionSequence = Sequence([region])
        image.ContrastBolusAgentSequence = Sequence([agent])
        image.add_new(0x00430010, "LO", "GEMS_PARM_01")
        image.add_new(0x0043102F, "SS", 1)
        image.add_new(0x20010010, "LO", "Philips Imaging DD 001")
        image.add_new(0x20011021, "CS", "Y")

    write_series(tmp_path, volume((30, 32, 1)), name="a", **TSE)
    edit_files(tmp_path, add)
    (header,) = read_headers(tmp_path / "a")
    assert other_body_part(header)
    assert has_contrast_agent(header)
    assert component(header) == "phase image"
    assert fat_suppressed(header)


def test_an_empty_sequence_of_frames_is_a_classic_image(tmp_path):
    write_series(tmp_path, volume((30, 32, 1)), name="a", **TSE)

    def add(image):
        image.PerFrameFunctionalGroupsSequence = Sequence([])

    edit_files(tmp_path, add)
    (header,) = read_headers(tmp_path / "a")
    assert header["EchoTime"] == 93.0
    assert "Enhanced" not in header
