"""Which files a measured transmit field consists of, as BIDS names them."""

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


def test_sidecars_of_both_files(folder, tmp_path):
    pair = [f"sub-01_acq-tr{n}_TB1AFI" for n in (1, 2)]
    folder(
        f"{pair[0]}.nii.gz", f"{pair[1]}.nii.gz", f"{pair[0]}.json", f"{pair[1]}.json"
    )
    found = transmit_files(str(tmp_path / f"{pair[1]}.nii.gz")).sidecars()
    assert found == [str(tmp_path / f"{name}.json") for name in pair]
