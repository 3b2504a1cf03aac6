"""Other kinds of files, told from how they really begin."""

import gzip
import io
import zipfile

import pytest

from rt1t2.foreign_files import GZIP, foreign_kind


def zip_of(name: str) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as packed:
        packed.writestr(name, "x")
    return held.getvalue()


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (zip_of("[Content_Types].xml"), "an Excel or OpenDocument file"),
        (zip_of("xl/workbook.xml"), "an Excel or OpenDocument file"),
        (zip_of("mimetype"), "an Excel or OpenDocument file"),
        (zip_of("IM0001"), "a zip archive"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Excel or Word file"),
        (gzip.compress(b"x", mtime=0), "a compressed file (gzip)"),
        (b"%PDF-1.7", "a PDF"),
        (b"{\\rtf1", "a word processor's file"),
        (b"\xef\xbb\xbf<?xml version", "an XML file"),
        (b"\r\n <html>", "a web page"),
        (b"../.git/annex/objects/f7/W2", "a pointer of Git LFS or git-annex"),
        (b"participant_id\tgroup", ""),
        (bytes(400), ""),
        (b"", ""),
    ],
)
def test_the_kind_of_a_file(content, kind):
    assert foreign_kind(content).startswith(kind)
    assert bool(foreign_kind(content)) == bool(kind)


def test_what_is_expected_is_not_foreign():
    assert foreign_kind(gzip.compress(b"x"), own=GZIP) == ""
