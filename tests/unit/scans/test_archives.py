"""Archives: every file comes out once, under a number, and nothing lands outside the folder."""

import gzip
import io
import struct
import tarfile
import zipfile

import pytest

from rt1t2.errors import MachineError, UserError
from rt1t2.scans.archives import source_kind, unpack

FILES = [("visit/IM1", b"one"), ("visit/deep/IM1", b"two"), ("Muster^Erika", b"three")]


def write_zip(path, files):
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr("visit/", b"")
        for name, content in files:
            packed.writestr(name, content)


def write_tar(path, files):
    with tarfile.open(path, "w:gz") as packed:
        folder = tarfile.TarInfo("visit")
        folder.type = tarfile.DIRTYPE
        packed.addfile(folder)
        for name, content in files:
            member = tarfile.TarInfo(name)
            member.size = len(content)
            packed.addfile(member, io.BytesIO(content))


WRITERS = pytest.mark.parametrize(
    ("suffix", "write"),
    [(".zip", write_zip), (".tgz", write_tar), (".TAR.GZ", write_tar)],
)


@WRITERS
def test_every_file_comes_out_under_a_running_number(tmp_path, suffix, write):
    write(tmp_path / f"a{suffix}", FILES)

    unpack(tmp_path / f"a{suffix}", tmp_path / "out")

    unpacked = {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()}
    assert unpacked == {"000000": b"one", "000001": b"two", "000002": b"three"}


@WRITERS
@pytest.mark.parametrize("name", ["../evil", "/tmp/evil", "a/../../evil", "C:\\evil"])
def test_names_that_lead_outside_are_refused(tmp_path, name, suffix, write):
    write(tmp_path / f"a{suffix}", [(name, b"x")])
    with pytest.raises(UserError, match="not safe"):
        unpack(tmp_path / f"a{suffix}", tmp_path / "out")
    assert not list((tmp_path / "out").iterdir())


def test_a_link_is_refused(tmp_path):
    with tarfile.open(tmp_path / "link.tar.gz", "w:gz") as packed:
        member = tarfile.TarInfo("link")
        member.type, member.linkname = tarfile.SYMTYPE, "/etc/passwd"
        packed.addfile(member)
    with pytest.raises(UserError, match="link"):
        unpack(tmp_path / "link.tar.gz", tmp_path / "out")


@pytest.mark.parametrize("suffix", [".zip", ".tgz", ".tar"])
def test_what_is_no_archive_is_refused(tmp_path, suffix):
    path = tmp_path / f"broken{suffix}"
    path.write_bytes(b"no archive")
    with pytest.raises(UserError, match="cannot be read as an archive"):
        unpack(path, tmp_path / "out")


@pytest.mark.parametrize(
    ("suffix", "write"), [(".zip", write_zip), (".tgz", write_tar)]
)
def test_half_an_archive_is_refused(tmp_path, suffix, write):
    path = tmp_path / f"half{suffix}"
    write(path, FILES)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(UserError, match="may be incomplete"):
        unpack(path, tmp_path / "out")


def test_an_encrypted_archive_is_refused(tmp_path):
    path = tmp_path / "a.zip"
    write_zip(path, FILES[:1])
    packed = bytearray(path.read_bytes())
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):  # flag bits
        place = packed.rindex(signature) + offset
        struct.pack_into("<H", packed, place, 1)
    path.write_bytes(packed)
    with pytest.raises(UserError, match="encrypted"):
        unpack(path, tmp_path / "out")


def test_a_path_is_an_image_an_archive_or_dicom(tmp_path):
    for name, kind in (
        ("t1.nii", "nifti"),
        ("T1.NII.GZ", "nifti"),
        ("visit.zip", "archive"),
        ("visit.tar.gz", "archive"),
        ("visit.tgz", "archive"),
        ("IM0001", "dicom"),
    ):
        (tmp_path / name).touch()
        assert source_kind(tmp_path / name) == kind
    (tmp_path / "a folder.zip").mkdir()
    assert source_kind(tmp_path / "a folder.zip") == "dicom"
    with pytest.raises(UserError, match="gone does not exist"):
        source_kind(tmp_path / "gone")


@pytest.mark.parametrize("mode", ["w", "w:gz"])
@pytest.mark.parametrize("how", ["a damaged entry", "cut between entries"])
def test_a_tar_is_read_to_its_end(tmp_path, mode, how):
    """Python's tarfile takes a damaged second entry for the end, without a word."""
    plain = tmp_path / "plain.tar"
    with tarfile.open(plain, "w") as packed:
        for name, content in FILES:
            member = tarfile.TarInfo(name)
            member.size = len(content)
            packed.addfile(member, io.BytesIO(content))
    content = bytearray(plain.read_bytes())
    if how == "a damaged entry":
        content[1024 + 150] ^= 0x5A
    else:
        del content[2048:]
    path = tmp_path / ("a.tar" if mode == "w" else "a.tar.gz")
    path.write_bytes(content if mode == "w" else gzip.compress(bytes(content)))
    with pytest.raises(UserError, match="cannot be read as an archive"):
        unpack(path, tmp_path / "out")


def test_damaged_data_in_a_zip_are_refused(tmp_path):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("a", bytes(range(256)) * 40)
    content = bytearray(path.read_bytes())
    for k in range(40, 80):
        content[k] ^= 0x5A
    path.write_bytes(content)
    with pytest.raises(UserError, match="cannot be read as an archive"):
        unpack(path, tmp_path / "out")


def test_a_full_disk_is_not_the_archives_fault(tmp_path, monkeypatch):
    write_zip(tmp_path / "a.zip", FILES)

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("shutil.copyfileobj", full)
    with pytest.raises(MachineError, match="TMPDIR"):
        unpack(tmp_path / "a.zip", tmp_path / "out")


def test_names_in_the_archive_come_back_beside_the_files(tmp_path):
    write_zip(tmp_path / "a.zip", FILES)
    unpacked = unpack(tmp_path / "a.zip", tmp_path / "out")
    assert [(path.read_bytes(), name) for path, name in unpacked] == [
        (content, name) for name, content in FILES
    ]


def test_a_folder_with_content_in_a_zip_is_damage(tmp_path):
    write_zip(tmp_path / "a.zip", [("visit/", b"x"), ("visit/a", b"y")])
    with pytest.raises(UserError, match="cannot be read as an archive"):
        unpack(tmp_path / "a.zip", tmp_path / "out")
