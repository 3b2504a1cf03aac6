"""Which files a measured transmit field consists of, as BIDS names them."""

from pathlib import Path

import pytest

from rt1t2.errors import UserError
from rt1t2.workflow.transmit_files import transmit_files


@pytest.fixture
def folder(tmp_path):
    """Return a function that makes files and gives the kind, and the names, for one of them."""

    def found(named, *names):
        for name in (named, *names):
            (tmp_path / name).write_text("x")
        kind, image, partner = transmit_files(str(tmp_path / named))
        return kind, *(
            path and path.removeprefix(f"{tmp_path}/") for path in (image, partner)
        )

    return found


@pytest.mark.parametrize("name", ["sub-01_TB1map.nii.gz", "b1.nii", "01 B1 map.nii.gz"])
def test_a_single_file_is_a_map(folder, name):
    assert folder(name) == ("TB1map", name, None)


@pytest.mark.parametrize("named", [0, 1])
@pytest.mark.parametrize("more", ["", "Retest"])
def test_either_file_of_actual_flip_angle_imaging_names_both(folder, named, more):
    pair = [f"sub-01_ses-2_acq-tr{n}{more}_run-1_TB1AFI.nii.gz" for n in (1, 2)]
    other = "sub-01_ses-1_acq-tr2_run-1_TB1AFI.nii.gz"
    assert folder(pair[named], *pair, other) == ("TB1AFI", *pair)


@pytest.mark.parametrize("named", [0, 1])
@pytest.mark.parametrize("word", ["famp", "fmap"])
def test_the_flip_angles_of_a_turbo_flash_are_the_map(folder, named, word):
    pair = [f"sub-01_acq-{w}_TB1TFL.nii.gz" for w in ("anat", word)]
    assert folder(pair[named], *pair) == ("TB1TFL", pair[1], pair[0])


def test_flip_angles_may_come_alone_and_the_other_file_uncompressed(folder):
    name = "sub-01_acq-famp_TB1TFL.nii.gz"
    assert folder(name) == ("TB1TFL", name, None)
    assert folder(name, "sub-01_acq-anat_TB1TFL.nii")[2] == "sub-01_acq-anat_TB1TFL.nii"


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("sub-01_acq-tr1_TB1AFI.nii.gz", "no file of the same name with acq-tr2"),
        ("sub-01_acq-anat_TB1TFL.nii.gz", "no file of the same name with acq-famp"),
        ("sub-01_acq-x_TB1AFI.nii.gz", "begins with neither tr1 nor tr2"),
        ("sub-01_TB1TFL.nii.gz", "begins with neither anat nor famp"),
        ("sub-01_flip-1_TB1DAM.nii.gz", "TB1DAM, which is not read"),
    ],
)
def test_what_is_no_map_and_no_pair_is_refused(folder, name, words):
    with pytest.raises(UserError, match=words):
        folder(name)


@pytest.mark.parametrize(
    ("name", "others", "expected"),
    [
        ("b1.nii", [], {"TB1map": "b1.nii"}),
        (
            "x_acq-tr2_TB1AFI.nii",
            ["x_acq-tr1_TB1AFI.nii"],
            {
                "acq-tr1_TB1AFI": "x_acq-tr1_TB1AFI.nii",
                "acq-tr2_TB1AFI": "x_acq-tr2_TB1AFI.nii",
            },
        ),
        ("x_acq-fmap_TB1TFL.nii", [], {"acq-famp_TB1TFL": "x_acq-fmap_TB1TFL.nii"}),
        (
            "x_acq-famp2_TB1TFL.nii",
            ["x_acq-anat2_TB1TFL.nii"],
            {
                "acq-famp_TB1TFL": "x_acq-famp2_TB1TFL.nii",
                "acq-anat_TB1TFL": "x_acq-anat2_TB1TFL.nii",
            },
        ),
    ],
)
def test_every_file_has_its_bids_name(tmp_path, name, others, expected):
    for each in (name, *others):
        (tmp_path / each).write_text("x")
    found = transmit_files(str(tmp_path / name)).by_bids_name()
    assert {bids: Path(path).name for bids, path in found.items()} == expected
