"""The contrast of a series from its header: clinical protocols, contrast agents, names."""

import pytest

from rt1t2.scans.series_contrast import guess_contrast, is_named

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


def test_an_agent_in_field_or_description_makes_another_contrast():
    for more in ({"ContrastBolusAgent": "Gadovist"}, {"text": "t1 +KM"}):
        fields = header(SE, 550, 12) | more
        assert guess_contrast(fields) == "T1w after contrast agent"
    assert guess_contrast(header(SE, 550, 12, ContrastBolusAgent="NONE")) == "T1w"


def flash(tr, te, flip, text="", **more):
    return header(GR, tr, te, text=text, **{"FlipAngle": flip, **more})


@pytest.mark.parametrize(
    ("fields", "contrast"),
    [
        # 2D spoiled gradient echoes of long TR and large flip angle, of four makers
        (flash(248, 2.7, 80, "T1W_FFE"), "T1w"),
        (flash(300, 2.46, 80, "t1_fl2d_sag"), "T1w"),
        (flash(150, 4.2, 70, "Ax SPGR"), "T1w"),
        (flash(195, 4.76, 75), "T1w"),
        (flash(400, 3.0, 90, "2D FE"), "T1w"),
        # and what has a long TR or a large flip angle but is not T1w
        (flash(400, 4.92, 60, "gre_field_mapping"), "field map"),
        (flash(488, 4.92, 60), "unknown contrast"),
        (flash(500, 5.0, 20), "unknown contrast"),
        (flash(600, 15.0, 80), "T2*w"),
        (flash(4.2, 2.1, 50, SequenceVariant=("SS", "SK")), "bSSFP"),
        # scouts by their times and by their names
        (flash(3.15, 1.37, 8), "localizer"),
        (flash(3.15, 1.37, 8, "AAHScout"), "localizer"),
        (flash(8.6, 4.0, 20, "3-plane loc"), "localizer"),
        (flash(8.6, 4.0, 20, "survey"), "localizer"),
        *(
            (flash(8.6, 4.0, 20, name), "localizer")
            for name in ("SmartBrain", "Lokalizer", "Scanogram", "Locator", "PosDisp")
        ),
        # what only a name tells of a fast gradient echo
        *(
            (flash(23, 3.4, 18, name), kind)
            for name, kind in {
                "TOF3D": "angiography",
                "3DTOF_multislab": "angiography",
                "ciss3d": "bSSFP",
                "t2_dess": "bSSFP",
                "T1 DCE dynamic": "perfusion",
                "twist": "dynamic series",
                "VFA_15": "quantitative map",
                "B1_Calibration_Brain": "calibration",
                "SENSE Ref Scan": "calibration",
                "t1_fl3d_sag": "T1w",
            }.items()
        ),
        (flash(4.6, 2.0, 9, "t1_vibe"), "T1w"),
    ],
)
def test_gradient_echoes(fields, contrast):
    assert guess_contrast(fields) == contrast


@pytest.mark.parametrize(
    "text",
    [
        "T1w_MPRAGE_local_shim",
        "mprage survey",
        "pilot mprage",
        "T1 for DTI",
        "t1 tof study",
    ],
)
def test_a_name_does_not_contradict_the_times_of_an_mprage(text):
    assert guess_contrast(header(("GR", "IR"), 2300, 3, 900, text)) == "T1w"


def test_a_study_named_pilot_keeps_its_t2w():
    assert guess_contrast(header(SE, 5000, 93, text="pilot t2 tse survey")) == "T2w"
    assert guess_contrast(header(SE, 5000, 93, text="ax dwi")) == "DWI"


def test_a_name_tells_where_the_flip_angle_is_missing():
    fields = flash(248, 2.7, 80, "T1W_FFE")
    del fields["FlipAngle"]
    assert guess_contrast(fields) == "T1w"


def test_description_stands_in_only_where_times_are_missing():
    assert guess_contrast({"text": "t2_tse_tra"}) == "T2w"
    assert guess_contrast({"text": "sag"}) == "unknown contrast"
    assert guess_contrast(header(SE, 5000, 93, text="t1")) == "T2w"


@pytest.mark.parametrize(
    ("fields", "contrast"),
    [
        (header(SE, 4800, 340, text="t2_spc_da-fl_sag"), "FLAIR"),
        (header(SE, 4800, 340, text="3D VISTA FLR"), "FLAIR"),
        (header(IR, 6000, 100, 400, "DIR"), "inversion recovery with long TE"),
        (
            header(("GR", "IR"), 3000, 4.4, 409, "FGATIR"),
            "image of nulled white matter",
        ),
        (header(("GR", "IR"), 2300, 3, 900, "T1_map"), "quantitative map"),
        (header(SE, 4000, 100, text="3D pCASL"), "perfusion"),
    ],
)
def test_what_looks_like_a_t1w_or_t2w_by_its_times(fields, contrast):
    assert guess_contrast(fields) == contrast


@pytest.mark.parametrize(
    ("fields", "contrast"),
    [
        # GE's research mode tells no kind of echo: fast repetition does, else times and name
        (header(("RM",), 8.2, 3.2, 450), "T1w"),
        (header(("RM", "IR"), 2300, 2.96, 900), "T1w"),
        (header(("RM",), 3002, 84, text="Sag CUBE T2"), "T2w"),
        (header(("RM",), 3002, 84), "unknown contrast"),
        (header(("RM",), 600, 20, text="AX T2* GRE"), "unknown contrast"),
        (header(("RM",), 6000, 120, 1800, "CUBE T2"), "unknown contrast"),
        (header(("RM",), 6000, 120, 1800, "CUBE T2 FLAIR"), "FLAIR"),
        (header(("EP", "RM"), 20, 15), "EPI"),
    ],
)
def test_where_the_kind_of_echo_is_not_told_times_and_name_have_to_agree(
    fields, contrast
):
    assert guess_contrast(fields) == contrast


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


@pytest.mark.parametrize(
    ("fields", "contrast"),
    [
        (header(SE, 1999.97, 93), "T2w"),
        (header(SE, 5000, 59.98), "T2w"),
        (header(SE, 1200.4, 12), "T1w"),
        (header(("GR", "IR"), 2300, 3, 1500.2), "T1w"),
        (header(GR, 60.3, 4.9), "T1w"),
    ],
)
def test_a_round_number_stays_on_its_side_of_an_edge(fields, contrast):
    assert guess_contrast(fields) == contrast
