"""The strict reader: what is a cell, a row, a column, and what is none of them."""

import pytest

from rt1t2.errors import MachineError, UserError
from rt1t2.workflow.participants_table import read_rows

KNOWN = ("participant_id", "group", "age", "sex", "t1w", "t2w", "lesion", "exclude")


@pytest.fixture
def read(tmp_path):
    """Return a function that writes a table, text or bytes, and reads it."""

    def reader(content, own=()):
        raw = content if isinstance(content, bytes) else content.encode()
        (tmp_path / "p.tsv").write_bytes(raw)
        return read_rows(tmp_path / "p.tsv", KNOWN[:2], KNOWN, own)

    return reader


HEAD = "participant_id\tgroup\tremark\n"


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_are_counted_as_an_editor_counts_them(read, end):
    text = f"\n{HEAD}\n\nsub-01\tHC\tx\x0b\u2028y\n\t \t\nsub-02\tHC\t\n"
    rows = read(text.replace("\n", end))
    assert [line.number for line in rows] == [5, 7]
    assert rows[1].row == {"participant_id": "sub-02", "group": "HC", "remark": "n/a"}


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ('"left arm numb', '"left arm numb'),
        ('5" nail', '5" nail'),
        ('"quoted"', "quoted"),
        ('"5"" nail"', '5" nail'),
        ('"a" and "b"', '"a" and "b"'),
        ('"', '"'),
        ("\u00a0x\u00a0", "x"),
        ("", "n/a"),
    ],
)
def test_a_quotation_mark_is_a_letter_but_around_a_whole_cell(read, cell, value):
    rows = read(f"{HEAD}sub-01\tHC\t{cell}\nsub-02\tHC\tx\n")
    assert [row["remark"] for row in (line.row for line in rows)] == [value, "x"]


@pytest.mark.parametrize("start", ["", "\ufeff"])
def test_headers_are_stripped_and_a_mark_is_no_letter(read, start):
    (line,) = read(f"{start} participant_id \tgroup\u00a0\t\nsub-01\tHC\t\n")
    assert line.row == {"participant_id": "sub-01", "group": "HC"}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (
            b"PK\x03\x04" + bytes(26) + b"xl/styles.xml",
            "Excel or OpenDocument file, no text table",
        ),
        (b"\xd0\xcf\x11\xe0" + bytes(90), "old Excel or Word file"),
        (b"\x1f\x8b\x08" + bytes(90), "compressed file"),
        (HEAD.encode() + b"sub-01\tHC\t\0\n", "is no text"),
        (b"", "no column participant_id, group; found nothing"),
        (HEAD.encode(), "no participant"),
        (b"participant_id,group\nsub-01,HC\n", "separated by tabs"),
        (b"Participant ID\tgroup\nsub-01\tHC\n", "Did you mean `participant_id`"),
    ],
)
def test_what_is_no_table_is_one_message(read, content, words):
    with pytest.raises(UserError, match=words):
        read(content)


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        *((name, "exclude") for name in ("Exclude", "excluded", "xclude", "exclude_")),
        *((name, "exclude") for name in ("exclusion", "EXCLUDE_REASON")),
        ("T1W", "t1w"),
        ("t1_w", "t1w"),
        ("Age", "age"),
        ("lesions", "lesion"),
        ("Sex", "sex"),
        *((name, "t1w") for name in ("T1", "t1_path", "T1w file", "t1_nii")),
        *((name, "lesion") for name in ("lesion_mask", "Lesion file")),
        *((name, "age") for name in ("Age_years", "age_at_scan")),
        ("gender", "sex"),
    ],
)
def test_a_misspelt_column_is_asked_about(read, name, meant):
    with pytest.raises(UserError, match=f"`{name}`; did you mean `{meant}`"):
        read(f"participant_id\tgroup\t{name}\nsub-01\tHC\tx\n")
    assert read(f"participant_id\tgroup\t{name}\nsub-01\tHC\tx\n", own=[name])


@pytest.mark.parametrize(
    "name",
    [
        "session",
        "t3w",
        "group2",
        "stage",
        "page",
        "map2",
        "Site",
        "years",
        "t1_date",
        "agency",
    ],
)
def test_a_column_of_ones_own_is_no_misspelling(read, name):
    assert read(f"participant_id\tgroup\t{name}\nsub-01\tHC\tx\n")[0].row[name] == "x"


def test_beside_the_column_itself_a_longer_name_is_ones_own(read):
    table = "participant_id\tgroup\tt1w\tt1_path\nsub-01\tHC\ta\tb\n"
    assert read(table)[0].row == {
        **{"participant_id": "sub-01", "group": "HC"},
        **{"t1w": "a", "t1_path": "b"},
    }


def test_columns_are_unique_and_visible(read):
    with pytest.raises(UserError, match="`exclude` is there twice"):
        read("participant_id\tgroup\texclude\texclude\nsub-01\tHC\tx\tn/a\n")
    with pytest.raises(UserError, match="invisible letter"):
        read("participant_id\tgroup\tage\u200b\nsub-01\tHC\tx\n")


def test_a_row_has_at_most_as_many_cells_as_there_are_columns(read):
    for row in ("sub-01\tHC\tx\ty", "sub-01\tHC\t\t\ty"):
        bad, good = read(f"{HEAD}{row}\nsub-02\tHC\tx\n")
        assert "4 cells for 3 columns" in bad.problem or "5 cells" in bad.problem
        assert good.problem == ""
    (line,) = read("participant_id\tgroup\t\nsub-01\tHC\tx\n")
    assert line.problem
    lines = read(f"{HEAD}sub-01\tHC\tx\t\t\nsub-02\tHC\n")
    assert [line.row["remark"] for line in lines] == ["x", "n/a"]
    assert not any(line.problem for line in lines)


def test_a_table_that_may_not_be_read_is_the_machines_fault(tmp_path, monkeypatch):
    def refuse(path):
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr("pathlib.Path.read_bytes", refuse)
    with pytest.raises(MachineError):
        read_rows(tmp_path / "p.tsv", KNOWN[:2], KNOWN, ())


@pytest.mark.parametrize(
    "content",
    [
        "participant_id;group\nsub-01;HC\n",
        "participant_id  group\nsub-01  HC\n",
        "Our study 2020\nparticipant_id\tgroup\nsub-01\tHC\n",
        "# a comment\nparticipant_id\tgroup\nsub-01\tHC\n",
    ],
)
def test_other_separators_and_titles_are_one_message(read, content):
    with pytest.raises(UserError, match="no column participant_id"):
        read(content)


def test_the_last_line_needs_no_end(read):
    assert len(read("participant_id\tgroup\nsub-01\tHC")) == 1
