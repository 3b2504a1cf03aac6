import nibabel as nib
import numpy as np
import pytest

from rt1t2.errors import UserError


@pytest.fixture
def mirror(tmp_path):
    labels = np.zeros((4, 4, 4), dtype=np.uint8)
    labels[0], labels[3] = 30, 23
    folder = tmp_path / "mirror"
    folder.mkdir()
    nib.Nifti1Image(labels, np.eye(4)).to_filename(folder / "regions.nii")
    (folder / "names.csv").write_text(
        "No;Number;Region\n1;23;Right\n2;30;Left\n3;99;x\n"
    )
    return str(folder)


def fetched(script_main, tmp_path, atlas, mirror):
    image, labels = tmp_path / "atlas.nii.gz", tmp_path / "atlas.tsv"
    script_main("fetch_atlas")(str(image), str(labels), "code", atlas, mirror)
    return nib.load(image), labels.read_text()


def test_image_and_names_come_from_the_mirror(script_main, tmp_path, mirror):
    atlas = {"image": "http://127.0.0.1:9/regions.nii", "labels": "names.csv"}
    image, labels = fetched(script_main, tmp_path, atlas, mirror)
    assert np.unique(image.dataobj).tolist() == [0, 23, 30]
    assert labels == "index\tname\n23\tRight\n30\tLeft\n"


def test_without_names_the_regions_are_numbered(script_main, tmp_path, mirror):
    atlas = {"image": "regions.nii", "labels": None}
    _, labels = fetched(script_main, tmp_path, atlas, mirror)
    assert labels == "index\tname\n23\tregion 23\n30\tregion 30\n"


@pytest.mark.parametrize(
    ("atlas", "message"),
    [
        ({"image": None, "labels": None}, r"receptors\.atlas\.image .* not set"),
        (
            {"image": "regions.nii", "labels": None, "image_sha256": "ab" * 32},
            "receptor atlas: .*sha256",
        ),
        ({"image": "names.csv", "labels": None}, "not a NIfTI image"),
    ],
)
def test_a_wrong_atlas_is_said(script_main, tmp_path, mirror, atlas, message):
    with pytest.raises(UserError, match=message):
        fetched(script_main, tmp_path, atlas, mirror)


@pytest.mark.shared
def test_the_default_atlas_has_119_regions(script_main, tmp_path, shared):
    atlas = {
        "image": "m_labels_Neuromorphometrics.nii",
        "labels": "neuromorphometrics_119.tsv",
        "image_sha256": "49538ac4b577e7f5a48a69cb7d0dcf6290633c6a1ad11fbe9eafb5fa0f27505a",
    }
    image, labels = fetched(script_main, tmp_path, atlas, str(shared / "data"))
    assert image.shape == (121, 145, 121)
    assert len(labels.splitlines()) == 120
    assert labels.splitlines()[1] == "23\tRight Accumbens Area"
