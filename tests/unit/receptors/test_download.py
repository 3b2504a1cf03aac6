"""Downloading what may not be redistributed: mirror first, checksum always, one clear message."""

import gzip
import hashlib
import urllib.error

import numpy as np
import pytest

from rt1t2.errors import UserError
from rt1t2.receptors import download as module
from rt1t2.receptors.download import check_nifti, download, region_names, save_packed

CONTENT = b"a receptor map"
SUM = hashlib.sha256(CONTENT).hexdigest()
NOWHERE = "http://127.0.0.1:9/maps/CB1_x.nii"


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch):
    monkeypatch.setattr(module, "PAUSE_S", 0)


@pytest.mark.parametrize("name", ["CB1_x.nii", "deep/er/CB1_x.nii.gz"])
def test_the_mirror_is_searched_with_its_subfolders_before_any_download(tmp_path, name):
    path = tmp_path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(CONTENT) if name.endswith("gz") else CONTENT)
    assert download("map", NOWHERE, SUM, str(tmp_path), ["CB1_x.nii.gz"]) == CONTENT
    assert download("map", NOWHERE, SUM.upper(), str(tmp_path)) == CONTENT


def test_what_the_mirror_lacks_is_downloaded(tmp_path):
    source = tmp_path / "served.nii"
    source.write_bytes(CONTENT)
    mirror = tmp_path / "mirror"
    mirror.mkdir()
    assert download("map", source.as_uri(), SUM, str(mirror)) == CONTENT
    assert download("map", source.as_uri(), "n/a", None) == CONTENT


def test_a_failed_download_is_tried_once_more(tmp_path, monkeypatch):
    source = tmp_path / "served.nii"
    source.write_bytes(CONTENT)
    urlopen, calls = module.urllib.request.urlopen, []

    def unsteady(url, timeout):
        calls.append(url)
        if len(calls) == 1:
            raise urllib.error.URLError("reset by peer")
        return urlopen(url, timeout=timeout)

    monkeypatch.setattr(module.urllib.request, "urlopen", unsteady)
    assert download("map", source.as_uri(), SUM, None) == CONTENT
    assert len(calls) == 2


def test_no_network_names_the_file_the_url_and_the_mirror():
    with pytest.raises(UserError) as error:
        download("receptor map CB1_x", NOWHERE, SUM, None)
    for part in ("receptor map CB1_x", NOWHERE, "CB1_x.nii", "resources.mirror"):
        assert part in str(error.value)


def test_another_file_under_the_same_name_is_refused(tmp_path):
    (tmp_path / "CB1_x.nii").write_bytes(b"something else")
    with pytest.raises(UserError, match=f"CB1_x.nii is not the expected file.*{SUM}"):
        download("map", NOWHERE, SUM, str(tmp_path))


def test_a_mirror_that_is_not_there_is_named(tmp_path):
    with pytest.raises(UserError, match=r"resources\.mirror is .*absent"):
        download("map", NOWHERE, SUM, str(tmp_path / "absent"))


def test_a_damaged_gzip_file_is_named(tmp_path):
    (tmp_path / "CB1_x.nii.gz").write_bytes(gzip.compress(CONTENT)[:-6])
    with pytest.raises(UserError, match=r"CB1_x\.nii\.gz is a damaged gzip file"):
        download("map", NOWHERE, SUM, str(tmp_path))


def test_a_local_file_is_taken_as_it_is_and_missed_by_name(tmp_path):
    (tmp_path / "own.nii").write_bytes(CONTENT)
    assert download("map", str(tmp_path / "own.nii"), None, None) == CONTENT
    with pytest.raises(UserError, match=r"no file other\.nii"):
        download("map", "other.nii", None, str(tmp_path))


def test_a_web_page_is_not_an_image():
    header = bytearray(352)
    header[344:348] = b"n+1\0"
    check_nifti("map", bytes(header))
    with pytest.raises(UserError, match="not a NIfTI image"):
        check_nifti("map", b"<!DOCTYPE html>" + b" " * 400)


def test_packed_files_have_the_same_bytes_at_any_time(tmp_path, monkeypatch):
    save_packed(CONTENT, tmp_path / "a.nii.gz")
    monkeypatch.setattr("time.time", lambda: 1e9)
    save_packed(CONTENT, tmp_path / "b.nii.gz")
    first, second = ((tmp_path / f"{n}.nii.gz").read_bytes() for n in "ab")
    assert first == second
    assert gzip.decompress(first) == CONTENT


@pytest.mark.parametrize(
    "table",
    [
        "index\tname\tvoxels\n23\tRight Accumbens\t21\n30\tLeft Accumbens\t28\n",
        "No;Number;Region\n1;23;Right Accumbens\n2;30;Left Accumbens\n",
        "Number,Region\n23,Right Accumbens\n30,Left Accumbens\n4,Ventricle\n",
    ],
)
def test_region_names_are_found_in_common_tables(table):
    names = region_names("names", table.encode(), np.array([23, 30]))
    assert names == {23: "Right Accumbens", 30: "Left Accumbens"}


def test_a_region_without_a_name_is_said():
    with pytest.raises(UserError, match=r"all 2 regions.*receptors\.atlas\.labels"):
        region_names("names", b"index\tname\n23\tRight\n", [23, 30])


@pytest.mark.parametrize(
    ("table", "names"),
    [
        # the rows are counted in a column before the labels
        ("no\tvalue\tname\n1\t3\ta\n2\t1\tb\n3\t2\tc\n", {1: "b", 2: "c", 3: "a"}),
        (",label,region\n0,3,a\n1,1,b\n2,2,c\n3,7,d\n", {1: "b", 2: "c", 3: "a"}),
        ("index,value,name\n1,2,a\n2,3,b\n3,1,c\n", {1: "c", 2: "a", 3: "b"}),
        ("id;x_mm;side;name\n1;7;L;a\n2;8;R;b\n3;9;L;c\n", {1: "a", 2: "b", 3: "c"}),
        ("index\tname\n1\ta\n2\tb\n3\tc\n", {1: "a", 2: "b", 3: "c"}),
    ],
)
def test_the_value_of_a_label_comes_before_the_number_of_its_row(table, names):
    assert region_names("names", table.encode(), [1, 2, 3]) == names
    assert region_names("names", table.encode("utf-16"), [1, 2, 3]) == names


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (
            "no\tvalue\tname\n1\t3\ta\n2\t1\tb\n3\t9\tc\n",
            "column value lacks the region 2",
        ),
        ("a\tb\tname\n3\t2\tx\n1\t3\ty\n2\t1\tz\n", "columns a and b both hold"),
    ],
)
def test_labels_that_cannot_be_told_are_not_guessed(table, message):
    with pytest.raises(UserError, match=message):
        region_names("names", table.encode(), [1, 2, 3])
