"""A BIDS data set: which images may serve, and which sidecars hold for them."""

import pytest

from rt1t2.errors import UserError
from rt1t2.workflow.bids_dataset import (
    applicable_sidecars,
    find_images,
    odd_entity,
    parse_name,
    require_data_set,
    sessions_of,
)


@pytest.fixture
def data_set(tmp_path):
    """Return a function that makes empty files and gives the folder."""

    def make(*names):
        for name in ("dataset_description.json", *names):
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).touch()
        return tmp_path

    return make


def found(folder, suffix="T1w", **choice):
    return [path.name for path in find_images(folder, "sub-01", suffix, **choice)]


def test_names_are_taken_apart():
    name = parse_name("sub-01_ses-2_acq-x_run-1_T1w.nii.gz")
    assert name.suffix == "T1w"
    assert dict(name.entities) == {"sub": "01", "ses": "2", "acq": "x", "run": "1"}


@pytest.mark.parametrize(
    ("names", "choice", "expected"),
    [
        (["sub-01_T1w.nii.gz"], {}, ["sub-01_T1w.nii.gz"]),
        (["sub-01_T1w.nii", "sub-01_T2w.nii"], {}, ["sub-01_T1w.nii"]),
        (["sub-01_T1W.NII.GZ"], {}, []),
        (["sub-01_inplaneT1w.nii"], {}, []),
        (["sub-01_part-phase_T1w.nii", "sub-01_part-mag_T1w.nii"], {}, None),
        (["sub-01_ce-gad_T1w.nii", "sub-01_T1w.nii"], {}, ["sub-01_T1w.nii"]),
        (["sub-01_ce-gad_T1w.nii"], {}, ["sub-01_ce-gad_T1w.nii"]),
        (
            ["sub-01_ce-gad_T1w.nii", "sub-01_T1w.nii"],
            {"choose": "ce-gad"},
            ["sub-01_ce-gad_T1w.nii"],
        ),
        (
            ["sub-01_run-1_T1w.nii", "sub-01_run-2_T1w.nii"],
            {"choose": "run-2"},
            ["sub-01_run-2_T1w.nii"],
        ),
        (
            ["sub-01_acq-a_rec-n_T1w.nii", "sub-01_acq-a_T1w.nii"],
            {"choose": "acq-a_rec-n"},
            ["sub-01_acq-a_rec-n_T1w.nii"],
        ),
    ],
)
def test_images_of_one_person(data_set, names, choice, expected):
    folder = data_set(*(f"sub-01/anat/{name}" for name in names))
    if expected is None:
        expected = ["sub-01_part-mag_T1w.nii"]
    assert found(folder, **choice) == expected


@pytest.mark.parametrize("key", ["space-MNI", "desc-brain", "ce-gad"])
def test_what_is_no_longer_as_scanned_counts_only_alone(data_set, key):
    odd = f"sub-01_{key}_T1w.nii"
    folder = data_set(f"sub-01/anat/{odd}", "sub-01/anat/sub-01_T1w.nii")
    assert found(folder) == ["sub-01_T1w.nii"]
    assert found(folder, choose=key) == [odd]
    assert odd_entity(folder / odd) == key
    assert odd_entity(folder / "sub-01_acq-x_T1w.nii") == ""


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("sub-01/anat/sub-02_T1w.nii", "sub-02 and lies in a folder of sub-01"),
        ("sub-01/ses-1/anat/sub-01_ses-2_T1w.nii", "of ses-2 and lies .* of ses-1"),
    ],
)
def test_an_image_of_another_person_or_session_than_its_folder(data_set, name, words):
    with pytest.raises(UserError, match=words):
        found(data_set(name))


def test_sessions(data_set):
    folder = data_set(
        "sub-01/ses-1/anat/sub-01_ses-1_T1w.nii",
        "sub-01/ses-2/anat/sub-01_ses-2_T1w.nii",
    )
    assert len(found(folder)) == 2
    for session in ("2", "ses-2"):
        assert found(folder, session=session) == ["sub-01_ses-2_T1w.nii"]
    assert found(folder, choose="ses-1") == ["sub-01_ses-1_T1w.nii"]
    assert sessions_of(find_images(folder, "sub-01", "T1w")) == {"1", "2"}
    assert find_images(folder, "sub-99", "T1w") == []


@pytest.mark.parametrize(
    "pattern",
    [
        "*_run-2_*",
        "sub-01/anat/sub-01_run-2_T1w.nii",
        "**/*run-2*",
        "/sub-01/anat/*-2_*",
    ],
)
def test_bidsignored_files_are_left_out(data_set, pattern):
    folder = data_set(
        "sub-01/anat/sub-01_run-1_T1w.nii", "sub-01/anat/sub-01_run-2_T1w.nii"
    )
    (folder / ".bidsignore").write_text(f"# bad\n\n{pattern}\n")
    assert found(folder) == ["sub-01_run-1_T1w.nii"]


def test_an_exclamation_mark_takes_a_pattern_back(data_set):
    names = ("sub-01_T1w.nii", "sub-01_acq-b_T1w.nii")
    folder = data_set(*(f"sub-01/anat/{name}" for name in names))
    (folder / ".bidsignore").write_text("*_T1w.nii\n!sub-01/anat/sub-01_T1w.nii\n")
    assert found(folder) == ["sub-01_T1w.nii"]


def test_a_bidsignored_folder(data_set):
    folder = data_set(
        "sub-01/ses-1/anat/sub-01_ses-1_T1w.nii",
        "sub-01/ses-2/anat/sub-01_ses-2_T1w.nii",
    )
    (folder / ".bidsignore").write_text("ses-2/\n")
    assert found(folder) == ["sub-01_ses-1_T1w.nii"]


def test_sidecars_are_inherited_from_the_top_down(data_set):
    folder = data_set(
        "T1w.json",
        "T2w.json",
        "acq-x_T1w.json",
        "acq-y_T1w.json",
        "participants.json",
        "sub-01/sub-01_T1w.json",
        "sub-01/ses-1/anat/sub-01_ses-1_acq-x_T1w.json",
        "sub-01/ses-1/anat/sub-01_ses-1_acq-x_T1w.nii.gz",
    )
    image = folder / "sub-01/ses-1/anat/sub-01_ses-1_acq-x_T1w.nii.gz"
    assert [path.name for path in applicable_sidecars(image)] == [
        "T1w.json",
        "acq-x_T1w.json",
        "sub-01_T1w.json",
        "sub-01_ses-1_acq-x_T1w.json",
    ]


def test_outside_a_data_set_only_the_one_beside_counts(tmp_path):
    (tmp_path / "T1w.json").touch()
    (tmp_path / "IMG.json").touch()
    assert applicable_sidecars(tmp_path / "IMG.NII.GZ") == [tmp_path / "IMG.json"]
    assert applicable_sidecars(tmp_path / "x_T1w.nii") == []


def test_a_folder_that_is_no_data_set_is_named_once(tmp_path):
    with pytest.raises(UserError, match=r"bids_dir.*nowhere is no folder"):
        require_data_set(tmp_path / "nowhere")
    with pytest.raises(UserError, match="holds no sub- folder"):
        require_data_set(tmp_path)
