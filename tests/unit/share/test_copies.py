import pytest

from rt1t2.share.copies import copy_files


def test_files_are_copied_as_they_are(tmp_path):
    (tmp_path / "a").write_bytes(b"\x00one")
    copy_files([str(tmp_path / "a")], [str(tmp_path / "b")])
    assert (tmp_path / "b").read_bytes() == b"\x00one"
    with pytest.raises(ValueError, match="shorter"):
        copy_files([str(tmp_path / "a")], [])
