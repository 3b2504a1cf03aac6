"""The official BIDS validator, which needs no network, on what the demo wrote."""

import shutil

import pytest


@pytest.mark.parametrize("data_set", ["bids", "derivatives/rt1t2"])
def test_the_demo_writes_valid_bids(demo, validate, data_set):
    subjects, errors = validate(demo / "results" / data_set)
    assert len(subjects) == 19
    assert errors == []


def test_a_wrong_name_is_found(demo_copy, validate):
    anat = demo_copy / "results/derivatives/rt1t2/sub-01/anat"
    shutil.copy(
        anat / "sub-01_desc-preproc_T1w.nii.gz", anat / "sub-01_prepared_T1w.nii.gz"
    )
    _, errors = validate(anat.parents[1])
    name = "/sub-01/anat/sub-01_prepared_T1w.nii.gz"
    assert name in {location for *_, location in errors}
