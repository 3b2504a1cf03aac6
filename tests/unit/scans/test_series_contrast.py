"""The contrast of a series from its header: clinical protocols, contrast agents, names."""

import pytest

from rt1t2.scans.series_contrast import (
    fat_suppressed,
    guess_contrast,
    is_named,
    normalised_by_scanner,
)

GR, SE, IR = ("GR",), ("SE",), ("SE", "IR")


def header(family, tr, te, ti=None, text="", **more):
    times = {"RepetitionTime": tr, "EchoTime": te, "FlipAngle": 12.0}
    if ti:
        times["InversionTime"] = ti
    return {"ScanningSequence": family, "text": text, **times, **more}


# Clinical protocols as scanners write them: sequence codes, TR, TE, TI in ms.
PROTOCOLS = {
    "Siemens MPRAGE": (header(("GR", "IR"), 2300, 2.98, 900), "T1w"),
    "GE BRAVO": (header(GR, 8.2, 3.2, 450), "T1w"),
    "GE IR-prepared GRE, 1.5 T": (header(GR, 10.35, 5.0, 300), "T1w"),
    "Philips TFE without TI": (header(GR, 8.1, 3.7), "T1w"),
    "FLASH": (header(GR, 18, 4.9), "T1w"),
    "spin echo": (header(SE, 550, 12), "T1w"),
    "T1 SPACE": (header(SE, 700, 20), "T1w"),
    "T1 FLAIR (GE)": (header(IR, 2300, 20, 860), "T1w"),
    "TSE": (header(SE, 5000, 93), "T2w"),
    "T2 SPACE": (header(SE, 3200, 408), "T2w"),
    "GE CUBE": (header(SE, 2500, 61), "T2w"),
    "2D FLAIR": (header(IR, 9000, 120, 2500), "FLAIR"),
    "3D FLAIR, very long TE": (header(IR, 6000, 394, 2200), "FLAIR"),
    "FLAIR without TI": (header(SE, 9000, 120, text="t2_tirm_dark-fluid"), "FLAIR"),
    "PD": (header(SE, 4000, 12), "PDw"),
    "STIR": (header(IR, 4500, 60, 160), "STIR"),
    "GRE T2*": (header(GR, 600, 20), "T2*w"),
    "field map": (header(GR, 500, 5), "unknown contrast"),
    "EPI": (header(("EP",), 2000, 30), "EPI"),
    "diffusion, SE-EPI": (header(("EP", "SE"), 7000, 90), "EPI"),
    "TOF": (header(GR, 22, 3.7, text="TOF_3D_multi-slab"), "angiography"),
    "SWI": (header(GR, 28, 20, ImageType=("ORIGINAL", "PRIMARY", "M", "SWI")), "SWI"),
    "localizer": (header(GR, 8, 3.7, text="AAHead_Scout"), "localizer"),
    "MP2RAGE": (header(("GR", "IR"), 5000, 2.98, 700, "mp2rage_INV1"), "MP2RAGE"),
    "phase": (
        header(("GR", "IR"), 2300, 2.98, 900, ImageType=("ORIGINAL", "PRIMARY", "P")),
        "phase image",
    ),
}


@pytest.mark.parametrize("name", PROTOCOLS)
def test_clinical_protocols(name):
    fields, contrast = PROTOCOLS[name]
    assert guess_contrast(fields) == contrast


@pytest.mark.parametrize(
    ("text", "after"),
    [
        ("t1_mprage_sag", False),
        ("t1_mprage_sag+KM", True),
        ("AX T1 POST", True),
        ("T1 POST-OP", False),
        ("T1 SE +C", True),
        ("t1 gd", True),
        ("T1 3D TFE Gado", True),
        ("t1_mprage ohne KM", False),
        ("T1 W/O CONTRAST", False),
        ("pre contrast T1", False),
    ],
)
def test_contrast_agent_in_the_description(text, after):
    guess = guess_contrast(header(("GR", "IR"), 2300, 3, 900, text))
    assert guess == ("T1w after contrast agent" if after else "T1w")


@pytest.mark.parametrize(("agent", "after"), [("Gadovist", True), ("NONE", False)])
def test_contrast_agent_in_its_field(agent, after):
    fields = header(SE, 550, 12, ContrastBolusAgent=agent)
    assert ("agent" in guess_contrast(fields)) is after


def test_description_stands_in_only_where_times_are_missing():
    assert guess_contrast({"text": "t2_tse_tra"}) == "T2w"
    assert guess_contrast({"text": "sag"}) == "unknown contrast"
    assert guess_contrast(header(SE, 5000, 93, text="t1")) == "T2w"


def test_scanner_normalisation_and_fat_suppression():
    norm = {
        "ImageType": ("ORIGINAL", "PRIMARY", "M", "NORM"),
        "Manufacturer": "SIEMENS",
    }
    assert normalised_by_scanner(norm) == "NORM"
    assert normalised_by_scanner({"Manufacturer": "SIEMENS"}) == "none"
    assert normalised_by_scanner({"Manufacturer": "GE MEDICAL SYSTEMS"}) == "unknown"
    assert fat_suppressed({"ScanOptions": ("PFP", "FS"), "text": ""})
    assert not fat_suppressed({"ScanOptions": ("PFP", "SFS"), "text": "t2 tse"})


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("t1_mprage_sag", "T1w"),
        ("Sag BRAVO", "T1w"),
        ("3D-TFE", "T1w"),
        ("T2 TSE tra", "T2w"),
        ("sag", None),
    ],
)
def test_descriptions_that_name_the_contrast(text, named):
    for contrast in ("T1w", "T2w"):
        assert is_named(contrast, {"text": text}) is (contrast == named)
