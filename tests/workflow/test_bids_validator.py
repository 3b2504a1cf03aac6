"""The official BIDS validator, which needs no network, on what the demo wrote."""

import json
import shutil

import pytest

from rt1t2.workflow.transmit_files import BIDS_NAMES


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


def test_transmit_maps_of_every_kind_are_valid_bids(demo_copy, validate, script_main):
    bids = demo_copy / "results/bids"
    source = demo_copy / "b1.nii.gz"
    shutil.copy(bids / "sub-01/anat/sub-01_T1w.nii.gz", source)
    about = {"FlipAngle": 60, "RepetitionTime": 0.02, "SeriesDescription": "B1 Muster"}
    source.with_name("b1.json").write_text(json.dumps(about))
    (bids / "sub-01/fmap").mkdir()
    names = [name for kind in BIDS_NAMES.values() for name in kind]
    for name in names:
        script_main("import_transmit_map")(
            measured_b1=str(source),
            raw_b1=str(bids / f"sub-01/fmap/sub-01_{name}.nii.gz"),
            code="abc",
            participant_id="sub-01",
        )
    assert len(list((bids / "sub-01/fmap").iterdir())) == 2 * len(names)
    assert validate(bids)[1] == []
