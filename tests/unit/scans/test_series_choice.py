"""The choice among series: what decides between two, and what a refusal says."""

import pytest
from dicom_files import (
    FLAIR,
    MPRAGE,
    TSE,
    edit_files,
    find_series,
    volume,
    write_series,
)

from rt1t2.errors import UserError
from rt1t2.scans.series_choice import (
    choose,
    chosen_or_stop,
    in_one_plane,
    reason_against,
)

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
        ({"spacing_mm": 5.0}, {"pixel_mm": (5.0, 4.0), "spacing_mm": 5.0}, "finer"),
        ({"ScanOptions": "FS", "pixel_mm": (4.0, 4.0)}, {}, "without fat suppression"),
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


@pytest.mark.parametrize(
    "fields",
    [
        {"BodyPartExamined": "CSPINE"},
        {"PhotometricInterpretation": "MONOCHROME1"},
        {"ImageType": ["ORIGINAL", "PRIMARY", "OP"]},
    ],
)
def test_what_is_no_image_of_a_head_as_scanned(tmp_path, fields):
    write_series(tmp_path, volume(BIG), **TSE)

    def edit(image):
        for keyword, value in fields.items():
            setattr(image, keyword, value)

    edit_files(tmp_path, edit)
    (series,) = find_series(tmp_path)
    assert reason_against(series)


AXIAL = {"shape": (80, 80, 30), "pixel_mm": (2.0, 2.0), "spacing_mm": 5.0}
CORONAL_FINER = {
    "shape": (100, 100, 36),
    "pixel_mm": (1.6, 1.6),
    "spacing_mm": 5.0,
    "orientation": "coronal",
}


def test_thick_slices_lie_in_the_plane_of_the_other_image(tmp_path):
    series = study(
        tmp_path, t1w=MPRAGE | AXIAL, axial=TSE | AXIAL, coronal=TSE | CORONAL_FINER
    )
    assert choose(series, "T2w").series is series[2]
    choice = choose(series, "T2w", beside=series[0])
    assert choice.series is series[1]
    assert "plane of the other image" in choice.reasons[2]
    assert in_one_plane(series[0], series[1])
    assert not in_one_plane(series[0], series[2])


def test_beside_an_isotropic_image_the_plane_says_nothing(tmp_path):
    cubes = {"shape": (50, 50, 45), "pixel_mm": (4.0, 4.0), "spacing_mm": 4.0}
    series = study(
        tmp_path, t1w=MPRAGE | cubes, axial=TSE | AXIAL, coronal=TSE | CORONAL_FINER
    )
    assert choose(series, "T2w", beside=series[0]).series is series[2]


def test_thinner_slices_are_better_than_smaller_pixels(tmp_path):
    thin = {"shape": (80, 80, 50), "pixel_mm": (2.2, 2.2), "spacing_mm": 3.0}
    fine = {"shape": (160, 160, 30), "pixel_mm": (1.0, 1.0), "spacing_mm": 5.0}
    series = study(tmp_path, thin=TSE | thin, fine=TSE | fine)
    choice = choose(series, "T2w")
    assert choice.series is series[0]
    assert "thinner slices" in choice.reasons[1]
