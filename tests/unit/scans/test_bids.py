from fnmatch import fnmatch

import pytest

from rt1t2.scans import bids

GROUPS = {"HC": "Controls", "PSP": "Post-stroke pain"}
ROWS = [
    {"participant_id": "sub-02", "group": "PSP", "age": "61", "sex": "F", "pain": "7",
     "remark": "asked for Dr Muster", "t1w": "/data/Muster", "ac_mm": "1,2,3"},
    {"participant_id": "sub-01", "group": "HC", "age": "", "sex": "M", "pain": "n/a"},
]  # fmt: skip


def test_participants_table_has_no_paths_and_no_remarks():
    table, described = bids.participants_table(ROWS, GROUPS, ["age", "pain"])

    assert table.splitlines() == [
        "participant_id\tage\tsex\tgroup\tpain",
        "sub-01\tn/a\tM\tHC\tn/a",
        "sub-02\t61\tF\tPSP\t7",
    ]
    assert set(described) == {"participant_id", "age", "sex", "group", "pain"}
    assert described["group"]["Levels"] == GROUPS
    assert described["age"]["Units"] == "year"


def test_descriptions_have_what_bids_requires():
    raw, derived = bids.raw_description(False), bids.derivative_description(False)
    assert (raw["DatasetType"], derived["DatasetType"]) == ("raw", "derivative")
    for description in (raw, derived):
        assert description["Name"]
        assert description["BIDSVersion"] == "1.10.0"
        assert description["GeneratedBy"][0]["Name"]


@pytest.mark.parametrize("simulated", [True, False])
def test_simulated_data_say_so(simulated):
    texts = [
        bids.readme(simulated, 2, GROUPS),
        bids.raw_description(simulated)["Name"],
        bids.derivative_description(simulated)["Name"],
    ]
    for text in texts:
        assert ("Simulated" in text) is simulated


@pytest.mark.parametrize(
    ("path", "ignored"),
    [
        ("sub-01/anat/sub-01_T1wT2wratio.nii.gz", True),
        ("sub-01/anat/sub-01_desc-origin_xfm.json", True),
        ("sub-01/anat/sub-01_desc-landmarks_stats.json", True),
        ("sub-01/anat/sub-01_desc-calibration_curve.json", True),
        ("sub-01/anat/sub-01_desc-preproc_T1w.nii.gz", False),
        ("sub-01/anat/sub-01_label-GM_probseg.nii.gz", False),
        ("sub-01/anat/sub-01_desc-brain_mask.nii.gz", False),
    ],
)
def test_bidsignore_names_what_bids_does_not_know(path, ignored):
    patterns = bids.bidsignore(bids.UNSTANDARDISED).split()
    assert any(fnmatch(path, pattern) for pattern in patterns) is ignored
