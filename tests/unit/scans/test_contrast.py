import pytest
from dicom_files import FLAIR, MPRAGE, TSE, volume, write_series

from rt1t2.errors import UserError
from rt1t2.scans.contrast import (
    choose,
    chosen_or_stop,
    fat_suppressed,
    guess_contrast,
    normalised_by_scanner,
    reason_against,
)
from rt1t2.scans.dicom_series import find_series

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


BIG = (40, 40, 30)
NORM = ["ORIGINAL", "PRIMARY", "M", "ND", "NORM"]


def study(folder, **series):
    """Write series 1, 2, ... with the given fields, and read them back."""
    for number, fields in enumerate(series.values(), start=1):
        shape = fields.pop("shape", BIG)
        write_series(
            folder, volume(shape), number=number, name=f"{number}_{{}}", **fields
        )
    return find_series(folder)


def test_one_of_each_is_found_among_others(tmp_path):
    series = study(
        tmp_path,
        localizer={**MPRAGE, "shape": (40, 40, 3)},
        t1w=dict(MPRAGE),
        flair=dict(FLAIR),
        t2w=dict(TSE),
        mip={**MPRAGE, "ImageType": ["DERIVED", "PRIMARY", "MIP"]},
    )

    t1w, t2w = choose(series, "T1w"), choose(series, "T2w")

    assert (t1w.series.number, t2w.series.number) == (2, 4)
    assert t1w.reasons[0] == "too few slices: 3 (a head needs 10)"
    assert t2w.reasons[2] == "FLAIR"
    assert t1w.reasons[4] == "derived image, not as scanned"


@pytest.mark.parametrize(
    ("worse", "better", "words"),
    [
        ({}, {"ImageType": NORM}, "series 2 (TE 2.98 ms) is NORM"),
        ({"MRAcquisitionType": "2D"}, {}, "is 3D"),
        ({}, {"pixel_mm": (4.5, 4.0)}, "has finer voxels"),
        ({}, {"SeriesDescription": "t1_mprage"}, "is named so"),
        ({"shape": (40, 40, 24)}, {}, "covers more"),
    ],
)
def test_what_decides_between_two(tmp_path, worse, better, words):
    series = study(tmp_path, a={**MPRAGE, **worse}, b={**MPRAGE, **better})

    choice = choose(series, "T1w")

    assert choice.series.number == 2
    assert words in choice.reasons[0]


def test_equal_series_are_refused_by_number(tmp_path):
    series = study(tmp_path, a=dict(TSE), b=dict(TSE))

    choice = choose(series, "T2w")

    with pytest.raises(
        UserError, match=r"series 1 .*, series 2 .* equally good as T2w"
    ):
        chosen_or_stop(choice, series, "T2w", "column t2w, scans/01")


def test_refusal_says_what_was_there_and_what_to_do(tmp_path):
    series = study(tmp_path, a=dict(MPRAGE), b=dict(FLAIR))

    with pytest.raises(UserError) as refusal:
        chosen_or_stop(choose(series, "T2w"), series, "T2w", "column t2w, scans/01")

    message = str(refusal.value)
    assert "scans/01: no T2w found (series 1 (TE 2.98 ms): T1w; series 2" in message
    assert "FLAIR" in message
    assert "column t2w" in message


def test_a_series_of_unknown_contrast_counts_only_if_it_is_alone(tmp_path):
    alone = study(tmp_path / "alone", a={})
    several = study(tmp_path / "several", a={}, b=dict(MPRAGE))

    assert choose(alone, "T2w").series is alone[0]
    assert choose(several, "T2w").series is None


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"Modality": "CT"}, "not MR"),
        ({"skip": (10,)}, "1 slice(s) missing"),
        ({"pixel_mm": (2.0, 2.0), "spacing_mm": 3.0}, "too small for a head"),
    ],
)
def test_what_cannot_be_a_head(tmp_path, fields, words):
    (series,) = study(tmp_path, a={**MPRAGE, **fields})
    assert words in reason_against(series)
