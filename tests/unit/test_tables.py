"""Tables: what is missing, how numbers are written, and that they come back."""

import math

import numpy as np
import pytest
from hostile import hostile_texts

from rt1t2.errors import UserError
from rt1t2.tables import (
    marked,
    number,
    parse_column,
    parse_number,
    read_tsv,
    unmarked,
    write_tsv,
)


def cells(tmp_path, *values):
    write_tsv([{"value": value} for value in values], ["value"], tmp_path / "t.tsv")
    return [row["value"] for row in read_tsv(tmp_path / "t.tsv")]


@pytest.mark.parametrize("kind", [float, np.float64, np.float32, np.float16])
def test_nan_of_any_precision_is_missing(tmp_path, kind):
    assert cells(tmp_path, kind("nan"), None, kind(0.5)) == ["n/a", "n/a", "0.5"]


def test_a_column_that_a_row_lacks_is_missing(tmp_path):
    write_tsv([{"a": 1}, {"b": 2}], ["a", "b"], tmp_path / "t.tsv")
    assert (tmp_path / "t.tsv").read_text() == "a\tb\n1\tn/a\nn/a\t2\n"
    assert [number(row["b"]) for row in read_tsv(tmp_path / "t.tsv")][1] == 2
    assert math.isnan(number("n/a"))


def test_numbers_come_back_to_the_last_bit(tmp_path):
    values = [0.1 + 0.2, np.float64(1) / 3, 1e-300]
    assert [number(cell) for cell in cells(tmp_path, *values)] == values
    single = np.float32(1) / np.float32(3)
    assert np.float32(cells(tmp_path, single)[0]) == single
    assert cells(tmp_path, np.int64(7), True, "Zürich") == ["7", "True", "Zürich"]


@pytest.mark.parametrize("text", [*hostile_texts(), "'", "''=1", "'-1", "-", "+", "@"])
def test_no_spreadsheet_runs_a_text_and_it_comes_back(tmp_path, text):
    cell = marked(text)
    assert cell[:1] not in {"=", "+", "-", "@", "\t", "\r", "\n", "\uff1d"}
    kept = text.replace("\r", "\n")
    assert unmarked(cell) == kept
    assert cells(tmp_path, text) == [kept]


@pytest.mark.parametrize(
    "cell",
    ["-1", "+.5e-3", "-0.31*", "-1.2 [-3.0, 0.4]", "-5.1 (-6 to -4)", "-inf", "-5%"],
)
def test_numbers_stay_numbers(cell):
    assert marked(cell) == cell


@pytest.mark.parametrize("cell", ["-1+1", "-1*2", "+49 30 1234", "-a", "-1,cmd", "--1"])
def test_what_only_begins_as_a_number_is_marked(cell):
    assert marked(cell) == f"'{cell}"


def test_the_name_of_a_column_is_marked_as_well(tmp_path):
    write_tsv([{"=1+1": 5}], ["=1+1"], tmp_path / "t.tsv")
    assert (tmp_path / "t.tsv").read_text() == "'=1+1\n5\n"
    assert read_tsv(tmp_path / "t.tsv") == [{"=1+1": "5"}]


def test_a_text_with_a_tab_or_quotes_comes_back(tmp_path):
    texts = ["a\tb", 'the "left" one', "two\nlines"]
    assert cells(tmp_path, *texts) == texts


@pytest.mark.parametrize(
    ("text", "value"),
    [("61", 61.0), ("-3.5", -3.5), ("1e3", 1000.0), ("+.5", 0.5), ("61.", 61.0)],
)
def test_numbers_are_read(text, value):
    assert parse_number(text) == value


@pytest.mark.parametrize(
    "text",
    [
        "nan",
        "inf",
        "-inf",
        "6_1",
        "61,5",
        "",
        " 61",
        "0x10",
        "1e999",
        "٦١",
        "61y",
        "n/a",
    ],
)
def test_what_python_would_take_for_a_number_is_none(text):
    assert parse_number(text) is None


def test_a_column_is_numbers_for_everybody_or_words_for_everybody():
    assert parse_column({"sub-1": "2", "sub-2": "3.5"}, "x") == {
        "sub-1": 2,
        "sub-2": 3.5,
    }
    assert parse_column({"sub-1": "left", "sub-2": "none"}, "x") is None
    assert parse_column({"sub-1": "3T", "sub-2": "7T"}, "x") is None
    assert parse_column({}, "x") is None
    with pytest.raises(UserError, match=r"years is a number for 1 .*sub-2: `3,5`"):
        parse_column({"sub-1": "2", "sub-2": "3,5"}, "years")


def test_a_name_that_is_no_unicode_is_written(tmp_path):
    assert cells(tmp_path, "a\udcffb") == ["a\\udcffb"]
