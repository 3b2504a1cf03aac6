"""The walker: what links lead to, what lies packed inside, and what cannot be read."""

import gzip
import io
import tarfile
import zipfile
from pathlib import Path

import pytest

from rt1t2.errors import MachineError, UserError
from rt1t2.scans.source_files import source_files, what_lies_there

DICOM = bytes(128) + b"DICM" + b"x" * 50


def names(files):
    return [file.path.name for file in files if not file.lost and not file.other]


def write(path, content=DICOM):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def zipped(members):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as packed:
        for name, content in members.items():
            packed.writestr(name, content)
    return stream.getvalue()


def tarred(members, mode):
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode=mode) as packed:
        for name, content in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            packed.addfile(member, io.BytesIO(content))
    return stream.getvalue()


def test_links_to_folders_and_files_are_followed_once(tmp_path):
    write(tmp_path / "store/deep/a.dcm")
    write(tmp_path / "one.dcm")
    visit = tmp_path / "visit"
    visit.mkdir()
    (visit / "linked").symlink_to(tmp_path / "store")
    (visit / "b.dcm").symlink_to(tmp_path / "one.dcm")
    (visit / "circle").symlink_to(visit)
    assert sorted(names(source_files(visit, tmp_path / "s"))) == ["a.dcm", "b.dcm"]


def test_a_link_that_leads_back_to_itself_is_lost(tmp_path):
    write(tmp_path / "v/a.dcm")
    (tmp_path / "v/b.dcm").symlink_to(tmp_path / "v/b.dcm")
    lost = [file.lost for file in source_files(tmp_path / "v", tmp_path / "s")]
    assert lost == ["", "links to nothing"]


@pytest.mark.parametrize("name", ["a.dcm.gz", "A.DCM.GZ", "a.IMA.gz", "a.gz"])
def test_compressed_dicom_is_unpacked(tmp_path, name):
    write(tmp_path / "v" / name, gzip.compress(DICOM))
    (file,) = source_files(tmp_path / "v", tmp_path / "s")
    assert file.path.read_bytes() == DICOM


def test_other_compressed_files_are_left_as_they_are(tmp_path):
    write(tmp_path / "v/raw.dat.gz", gzip.compress(b"raw data" * 999))
    (file,) = source_files(tmp_path / "v", tmp_path / "s")
    assert file.other
    assert not (tmp_path / "s").exists()


@pytest.mark.parametrize(
    ("name", "packed"),
    [
        ("x.zip", zipped({"DICOM/a": DICOM})),
        ("X.ZIP", zipped({"DICOM/a": DICOM})),
        ("x.tar.gz", tarred({"a": DICOM}, "w:gz")),
        ("x.Tar.XZ", tarred({"a": DICOM}, "w:xz")),
        ("x.tbz2", tarred({"a": DICOM}, "w:bz2")),
        ("x.zip", zipped({"in.zip": zipped({"a": DICOM})})),
        ("x.zip", zipped({"in.tar.gz": tarred({"a": DICOM}, "w:gz")})),
        ("x.tar", tarred({"a.dcm.gz": gzip.compress(DICOM)}, "w")),
    ],
    ids=[
        "zip",
        "ZIP",
        "tar.gz",
        "tar.xz",
        "tbz2",
        "zip in zip",
        "tar in zip",
        "gz in tar",
    ],
)
@pytest.mark.parametrize("inside", [False, True])
def test_archives_are_opened_also_inside_a_folder(tmp_path, name, packed, inside):
    archive = write(tmp_path / "v" / name, packed)
    files = source_files(archive.parent if inside else archive, tmp_path / "s")
    assert [file.path.read_bytes() for file in files] == [DICOM]


def test_archives_in_archives_end(tmp_path):
    packed = zipped({"a": DICOM})
    for _ in range(4):
        packed = zipped({"in.zip": packed})
    archive = write(tmp_path / "x.zip", packed)
    with pytest.raises(UserError, match="lies too deep"):
        source_files(archive, tmp_path / "s")


def test_a_damaged_archive_inside_is_told_without_its_name(tmp_path):
    write(tmp_path / "v/Muster^Erika.zip", zipped({"a": DICOM})[:40])
    with pytest.raises(UserError, match="an archive inside") as refusal:
        source_files(tmp_path / "v", tmp_path / "s")
    assert "Muster" not in str(refusal.value)


@pytest.mark.parametrize(
    ("content", "lost"),
    [
        (b"", "empty"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "not fetched"),
        (b"/annex/objects/MD5E-s1--d41d8.dcm\n", "not fetched"),
        (None, "links to nothing"),
    ],
)
def test_what_has_no_content_is_lost(tmp_path, content, lost):
    if content is None:
        (tmp_path / "v").mkdir()
        (tmp_path / "v/IM7.dcm").symlink_to(".git/annex/objects/nowhere")
    else:
        write(tmp_path / "v/IM7.dcm", content)
    (file,) = files = source_files(tmp_path / "v", tmp_path / "s")
    assert lost in file.lost
    assert file.place == (str(tmp_path / "v"), "im#.dcm")
    assert f"1 file(s) are {file.lost}" in what_lies_there(files)


def test_a_damaged_compressed_file_is_lost(tmp_path):
    packed = bytearray(gzip.compress(DICOM))
    packed[-8] ^= 1  # the checksum
    write(tmp_path / "v/a.dcm.gz", bytes(packed))
    (file,) = source_files(tmp_path / "v", tmp_path / "s")
    assert file.lost == "damaged"


def test_clutter_is_no_loss(tmp_path):
    write(tmp_path / "v/a.dcm")
    for name in (".DS_Store", "._a.dcm", "Thumbs.db", "__MACOSX/x", "DICOMDIR"):
        write(tmp_path / "v" / name, b"")
    files = source_files(tmp_path / "v", tmp_path / "s")
    assert names(files) == ["a.dcm"]
    assert what_lies_there(files) == ""


def test_what_else_lies_there_is_said_by_kind(tmp_path):
    for name in ("Muster.nii.gz", "b.NII", "c.7z"):
        write(tmp_path / "v" / name)
    said = what_lies_there(source_files(tmp_path / "v", tmp_path / "s"))
    assert "2 file(s) are NIfTI" in said
    assert "1 file(s) are .7z archives: unpack them" in said
    assert "Muster" not in said


def test_no_permission_is_the_machines_fault(tmp_path, monkeypatch):
    write(tmp_path / "v/a.dcm")

    stat = Path.stat

    def refuse(path, **more):
        if path.name == "a.dcm":
            raise PermissionError(13, "Permission denied", str(path))
        return stat(path, **more)

    monkeypatch.setattr("pathlib.Path.stat", refuse)
    with pytest.raises(MachineError, match="no permission"):
        source_files(tmp_path / "v", tmp_path / "s")


@pytest.mark.parametrize(
    ("first", "second", "alike"),
    [
        ("IM0001.dcm", "IM0123.dcm", True),
        ("1.2.840.7.1", "1.2.840.7.99", True),
        ("a3f9c2d1.dcm", "00b7e6f4.dcm", True),
        ("0f3a-77be.dcm", "9bc1-0d2e.dcm", True),
        ("IM0001.dcm", "IM0001.txt", False),
        ("IM0001", "notes", False),
    ],
)
def test_files_of_one_series_are_named_alike(tmp_path, first, second, alike):
    for name in (first, second):
        write(tmp_path / "v" / name)
    a, b = (file.place for file in source_files(tmp_path / "v", tmp_path / "s"))
    assert (a == b) is alike
