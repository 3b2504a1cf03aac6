"""No path and no file name of a user is left in what is shared; other words stay as they are."""

import tarfile
import zipfile

import pytest

from rt1t2.workflow.private_words import paths_of_inputs, shareable


@pytest.fixture
def scan(tmp_path):
    """Return a DICOM folder, as a hospital names it, inside a folder with a space."""
    folder = tmp_path / "My Disk" / "DOE, JOHN (1960)" / "T1"
    (folder / "a" / "b^c").mkdir(parents=True)
    (folder / "a" / "b^c" / "DOE^JOHN 0001.dcm").touch()
    (folder / "IM0002").touch()
    return folder


def said(message, scan, inside=True):
    return shareable(message, {str(scan): "the T1w source"}, "sub-01", inside)


@pytest.mark.parametrize(
    ("message", "printed"),
    [
        ("sub-01: {0} does not exist. Correct it.", "{T} does not exist. Correct it."),
        ("({0}), twice '{0}'", "({T}), twice '{T}'"),
        (
            "{0}/a/b^c/DOE^JOHN 0001.dcm is cut",
            "a file of {T} (2 folders down) is cut",
        ),
        ("{0}/IM0002: no permission", "a file of {T}: no permission"),
        ("{0}/gone.dcm, and more", "a file of {T}, and more"),
        ("below {up}.", "below a folder above {T}."),
        ("{up}/other.txt is no scan", "a file beside {T} is no scan"),
        ("bad file 'DOE^JOHN 0001.dcm' in it", "bad file 'a file of {T}' in it"),
        ("IM0002 is no DICOM", "a file of {T} is no DICOM"),
        ("the folder DOE, JOHN (1960)", "the folder a folder above {T}"),
    ],
)
def test_the_sources_own_names_become_words(scan, message, printed):
    text = message.format(scan, up=scan.parent)
    result = said(text, scan).removeprefix("sub-01: ")
    assert result == printed.replace("{T}", "the T1w source")


@pytest.mark.parametrize(
    "path",
    [
        "/srv/DOE/x.nii.gz",
        "/srv/My Disk/DOE JOHN/x.nii",
        "~/DOE/x.nii",
        "~anna/DOE",
        "file:///srv/DOE",
        "C:\\Users\\DOE\\x.nii",
        "\\\\server\\DOE\\x",
        "//server/DOE",
    ],
)
@pytest.mark.parametrize("frame", ["{} cannot be read.", "lost ({})", "see '{}'; stop"])
def test_every_other_path_of_the_machine_becomes_words(path, frame):
    text = shareable(frame.format(path), {})
    assert "DOE" not in text
    assert text == frame.format("a file")


@pytest.mark.parametrize(
    "text",
    [
        "T1w/T2w of 0.5 mm/s, 1/100, +/- 3, and/or n/a",
        "doi:10.1/x and https://example.org/a/b?c=/d",
        "results/bids/sub-01/anat/sub-01_T1w.nii.gz lies on another grid",
        "no T1w: series 12 is a localizer </b> / none",
        "sub-01: no DICOM series in the data; map or mask",
    ],
)
def test_other_words_stay(text, scan):
    assert said(text, scan) == text


def test_a_path_in_the_run_folder_is_named_from_there(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    text = f"{tmp_path}/results/a.nii is cut; {tmp_path} is full"
    assert shareable(text, {}) == "results/a.nii is cut; the run folder is full"


def test_a_link_and_what_it_leads_to_are_one_source(tmp_path, scan):
    link = tmp_path / "link_DOE"
    link.symlink_to(scan)
    paths = {str(link): "the T1w source"}
    assert shareable(f"{scan}/IM0002 is cut", paths, look_inside=True) == (
        "a file of the T1w source is cut"
    )


def test_a_relative_source_and_its_names(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    paths = {"DOE^JOHN/T1.zip": "the T1w source"}
    text = "DOE^JOHN/T1.zip cannot be read; look into DOE^JOHN_T1w.nii.gz of sub-01"
    result = shareable(text, paths, "sub-01")
    assert "DOE" not in result
    assert result.startswith("the T1w source cannot be read; look into ")
    assert result.endswith(" of sub-01")


@pytest.mark.parametrize("kind", ["zip", "tar"])
def test_names_in_an_archive_become_words(tmp_path, scan, kind):
    archive = tmp_path / f"export.{kind}"
    if kind == "zip":
        with zipfile.ZipFile(archive, "w") as packed:
            packed.write(scan / "IM0002", "DOE JOHN/MR^0001.dcm")
    else:
        with tarfile.open(archive, "w") as packed:
            packed.add(scan / "IM0002", "DOE JOHN/MR^0001.dcm")
    for name in ("DOE JOHN/MR^0001.dcm", "MR^0001.dcm", "DOE JOHN"):
        text = said(f"member '{name}' is cut", archive)
        assert "DOE" not in text
        assert "MR^" not in text


def test_a_damaged_archive_is_no_error(tmp_path):
    archive = tmp_path / "DOE_J.zip"
    archive.write_bytes(b"no zip")
    assert said(f"{archive} is cut", archive) == "the T1w source is cut"


def test_the_inputs_of_a_job_that_are_the_users(tmp_path):
    inputs = {
        "t1w_source": "/data/DOE",
        "t1w_source_json": ["/data/DOE.json"],
        "drawn_lesion": [],
        "files": ["/tpl/T1.nii", "results/template/T1w.nii.gz"],
        "native_t1w": ".snakemake/storage/s3/bucket/results/a.nii.gz",
        "t1w": "results/derivatives/rt1t2/sub-01/anat/a.nii.gz",
        "lesion": "results/derivatives/rt1t2/sub-01/anat/b.nii.gz",
    }
    assert paths_of_inputs(inputs) == {
        "/data/DOE": "the T1w source",
        "/data/DOE.json": "a sidecar of the T1w source",
        "/tpl/T1.nii": "the file `files`",
    }


def test_a_label_of_a_bids_data_set_that_is_not_the_participants_own():
    words = "the person's folder"
    paths = {"DOE": words, "sub-DOE": words, "/data/bids": "the BIDS data set"}
    text = (
        "sub-01: t1w: 2 T1w images in the BIDS data set: sub-DOE/anat/sub-DOE_T1w.nii.gz, "
        "sub-DOE/ses-2/anat/sub-DOE_ses-2_T1w.nii.gz. Choose by `ses-2`; no folder sub-DOE in "
        "/data/bids."
    )
    assert shareable(text, paths, "sub-01") == (
        f"sub-01: t1w: 2 T1w images in the BIDS data set: {words}, {words}. Choose by "
        f"`ses-2`; no folder {words} in the BIDS data set."
    )


def test_a_remark_about_people_in_a_folder_of_that_name_stays():
    paths = {"/data/Patients/Left/T1": "the T1w source"}
    text = "Patients of the Left hemisphere moved"
    assert shareable(text, paths) == text
