"""Tables as spreadsheets and editors save them."""

import codecs
import errno
import xml.etree.ElementTree as ElementTree
from html import escape
from pathlib import Path

import pytest
from hostile import hostile_texts, skeleton

from rt1t2.errors import MachineError, UserError
from rt1t2.paper.markdown import to_html
from rt1t2.user_text import (
    LONGEST_NAME,
    in_markdown,
    read_user_table,
    read_user_text,
    visible,
)

TABLE = "participant_id\tgroup\tnote\nsub-01\tHC\tMüller\nsub-02\tPSP\tn/a\n"


@pytest.mark.parametrize(
    "content",
    [
        TABLE.encode("utf-8"),
        TABLE.encode("utf-8-sig"),
        TABLE.encode("utf-16"),
        codecs.BOM_UTF16_BE + TABLE.encode("utf-16-be"),
        TABLE.encode("utf-32"),
        TABLE.encode("cp1252"),
        TABLE.replace("\n", "\r\n").encode("latin-1"),
        TABLE.replace("\n", "\r").encode("utf-8"),
        (TABLE + "\n\t\t\n").encode("utf-8"),
    ],
)
def test_every_encoding_gives_the_same_table(tmp_path, content):
    path = tmp_path / "table.tsv"
    path.write_bytes(content)
    columns, rows = read_user_table(path, "participants table")
    assert columns == ["participant_id", "group", "note"]
    assert rows == [
        {"participant_id": "sub-01", "group": "HC", "note": "Müller"},
        {"participant_id": "sub-02", "group": "PSP", "note": "n/a"},
    ]


@pytest.mark.parametrize(
    ("content", "name", "message"),
    [
        (b"PK\x03\x04\x14\0\x06\0", "table.tsv", "is a zip archive, no text table"),
        (b"\xef\xbb\xbf\n<!DOCTYPE html>", "table.tsv", "is a web page, no text"),
        (b"version https://git-lfs.github.com", "table.tsv", "is a pointer of Git LFS"),
        (b"\xff\xfe\0", "table.tsv", "is no text"),
        (b"a\tb\ta\n1\t2\t3\n", "table.tsv", "column a occurs more than once"),
        (b"a\tb\n1\t2\t3\n", "table.tsv", "line 2 has 3 cells"),
    ],
)
def test_what_is_no_table_is_said(tmp_path, content, name, message):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(UserError, match=message):
        read_user_table(path, "participants table")


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(UserError, match=r"labels .*none\.tsv: No such file"):
        read_user_text(tmp_path / "none.tsv", "labels")


def test_a_quotation_mark_is_a_letter_unless_around_a_whole_cell(tmp_path):
    lines = ["index\tname", '1\t"left', "2\tb", '3\t"a ""b"" c"', '4\tthe "big" one']
    (tmp_path / "labels.tsv").write_text("\n".join(lines))
    _, rows = read_user_table(tmp_path / "labels.tsv", "labels")
    names = [row["name"] for row in rows]
    assert names == ['"left', "b", 'a "b" c', 'the "big" one']


def test_an_empty_file_has_no_columns(tmp_path):
    (tmp_path / "empty.tsv").write_bytes(b"")
    assert read_user_table(tmp_path / "empty.tsv", "table") == ([], [])


@pytest.mark.parametrize("code", [errno.EACCES, errno.EIO, errno.ESTALE])
def test_a_file_that_the_machine_does_not_give_is_nobodys_mistake(
    tmp_path, monkeypatch, code
):
    def fail(path):
        raise OSError(code, "x", str(path))

    monkeypatch.setattr(Path, "read_bytes", fail)
    with pytest.raises(MachineError, match="labels"):
        read_user_text(tmp_path / "labels.tsv", "labels")


@pytest.mark.parametrize("text", hostile_texts())
def test_what_is_seen_of_a_text_is_one_line_that_xml_can_hold(text):
    seen = visible(text)
    assert len(seen) <= LONGEST_NAME
    assert seen == " ".join(seen.split())
    assert not set(seen) & set("\0\x1b\u202e\u2066\u200b\ufeff\uffff")
    ElementTree.fromstring(f"<a>{escape(seen)}</a>")


@pytest.mark.parametrize(
    "text",
    [
        "Müller-Lüdenscheidt 2 (n = 3)",
        "\u0645\u06cc\u200c\u062e",
        "🧠 脳",
        "T1w/T2w < 1",
    ],
)
def test_what_can_be_read_stays(text):
    assert visible(text) == text


@pytest.mark.parametrize("text", hostile_texts())
@pytest.mark.parametrize("frame", ["{}", "- {}\n", "- a {} b", "| x | {} |\n|---|---|"])
def test_markdown_shows_a_text_as_it_is(text, frame):
    html = to_html(frame.format(in_markdown(text)) + "\n")
    assert skeleton(html) == skeleton(to_html(frame.format("moved") + "\n"))
    plain = visible(text, 10**6)
    shown = ElementTree.fromstring(f"<m>{to_html(in_markdown(plain))}</m>").itertext()
    assert " ".join("".join(shown).split()) == plain
