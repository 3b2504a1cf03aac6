import pytest

from rt1t2.share.checklist import PROCESSING, checklist, told

CONFIG = {
    "groups": {"HC": "Controls", "PSP": "Patients"},
    "seed": 7,
    "statistics": {
        "variance": "unequal",
        "covariates": ["age"],
        "missing": "exclude_voxel",
        "height_p": 0.001,
        "extent_voxels": 750,
        "permutations": 100,
        "null_studies": 0,
        "primary_test": "permutation_extent",
    },
}
ROWS = [
    {"participant_id": "sub-01", "group": "HC", "age": "61", "sex": "F"},
    {"participant_id": "sub-02", "group": "HC", "age": "58.5", "sex": "M"},
    {"participant_id": "sub-03", "group": "PSP", "age": "n/a", "sex": "F"},
]


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ([], "n/a"),
        ([None, ""], "n/a"),
        ([3.0, 3.0], "3"),
        ([2, 5, None], "2 to 5"),
        ([0.1, 0.25], "0.1 to 0.25"),
        (["GE", "Siemens", "GE"], "GE; Siemens"),
        ([[1.0, 1.0, 1.2], [1.0, 1.0, 1.2]], "1 x 1 x 1.2"),
        ([True, True], "yes"),
        ([{"Lesion": 0, "Low": 3}, {"Low": 9}], "Lesion: 0; Low: 3 to 9"),
    ],
)
def test_values_of_many_become_one_text(values, text):
    assert told(values) == text


@pytest.fixture(scope="module")
def rows():
    """Return the checklist by section and item."""
    records = {kind: [{}, {}, {}] for kind in {k for _, k, _ in PROCESSING}}
    records["t2w"] = [{"EchoTime": 0.1}, {"EchoTime": 0.11}, {}]
    records["t1w"] = [
        {"Manufacturer": "GE", "ManufacturersModelName": "MR750", "EchoTime": 0.003},
        {"Manufacturer": "GE", "ManufacturersModelName": "MR750", "EchoTime": 0.003},
        {"Manufacturer": "GE", "PackageVersions": {"numpy": "2.4.6", "rt1t2": "0.1.0"}},
    ]
    records["origin"] = [
        {"T2wRegistration": {"RotationDeg": r}} for r in (1.5, 0.25, 3)
    ]
    summary = {
        "contrast": "HC-PSP",
        "n_plus": 2,
        "n_minus": 1,
        "fwhm_mm": [9.0, 9.5, 10],
    }
    found = checklist(ROWS, records, CONFIG, [summary])
    return {(row["section"], row["item"]): row["value"] for row in found}


def test_people_are_counted_from_the_table(rows):
    assert rows["Participants", "scanned"] == "3"
    assert rows["Participants", "Controls (HC)"] == "2"
    assert rows["Participants", "HC: age (years)"] == "58.5 to 61"
    assert rows["Participants", "HC: sex"] == "1 F, 1 M"
    assert rows["Participants", "PSP: age (years)"] == "n/a"


def test_scans_and_steps_are_told_by_sidecars(rows):
    assert rows["Acquisition, T1w", "scanner"] == "GE / MR750; GE / n/a"
    assert rows["Acquisition, T1w", "echo time (s)"] == "0.003"
    assert rows["Acquisition, T2w", "echo time (s)"] == "0.1 to 0.11"
    assert rows["Acquisition, T2w", "scanner"] == "n/a"
    assert rows["Preprocessing", "T2w to T1w: rotation (degrees)"] == "0.25 to 3"
    assert rows["Preprocessing", "smoothing, FWHM (mm)"] == "n/a"
    assert rows["Reproducibility", "numpy"] == "2.4.6"


def test_choices_and_results_are_told_by_config_and_summaries(rows):
    assert rows["Statistics", "covariates"] == "age"
    assert rows["Statistics", "simulated null studies"] == "0"
    assert rows["Results, HC-PSP", "participants"] == "2 / 1"
    assert rows["Results, HC-PSP", "smoothness, FWHM (mm)"] == "9 x 9.5 x 10"
    assert rows["Reproducibility", "seed"] == "7"
