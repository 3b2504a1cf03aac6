import hashlib
import os
import subprocess
import zipfile

import pytest

from rt1t2.errors import UserError
from rt1t2.share.archive import check_folder, checksums, pack


@pytest.fixture
def files(tmp_path):
    """Return a study folder with three files."""
    folder = tmp_path / "study"
    (folder / "bids").mkdir(parents=True)
    contents = {"README.md": b"read" * 50, "bids/a.nii.gz": b"\x1f\x8b", "z.tsv": b"z"}
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    return [folder / name for name in contents]


def test_sha256sum_accepts_the_list(files, tmp_path):
    folder = tmp_path / "study"
    text = checksums(files, folder)
    assert text.splitlines()[-1] == f"{hashlib.sha256(b'z').hexdigest()}  z.tsv"
    (folder / "sums").write_text(text)
    subprocess.run(["sha256sum", "-c", "sums"], cwd=folder, check=True)


def test_the_zip_has_the_same_bytes_whenever_and_in_whatever_order(files, tmp_path):
    folder = tmp_path / "study"
    pack(files, folder, tmp_path / "one.zip")
    for path in files:
        os.utime(path, (10**9, 10**9))
        path.chmod(0o600)
    pack(files[::-1], folder, tmp_path / "two.zip")
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()


def test_the_zip_holds_the_files_in_one_folder(files, tmp_path):
    folder = tmp_path / "study"
    pack(files, folder, tmp_path / "one.zip")
    with zipfile.ZipFile(tmp_path / "one.zip") as packed:
        assert packed.testzip() is None
        names = ["study/README.md", "study/bids/a.nii.gz", "study/z.tsv"]
        assert packed.namelist() == names
        assert packed.read("study/README.md") == b"read" * 50
        kinds = {entry.filename: entry.compress_type for entry in packed.infolist()}
    assert kinds["study/bids/a.nii.gz"] == zipfile.ZIP_STORED
    assert kinds["study/README.md"] == zipfile.ZIP_DEFLATED


def test_a_file_of_somebody_who_was_left_out_since_stops_it(files, tmp_path):
    folder = tmp_path / "study"
    check_folder(files, folder)
    with pytest.raises(UserError, match=r"1 files .* such as bids/a\.nii\.gz"):
        check_folder([files[0], files[2]], folder)
