"""The table of exclusions: sorted, one line each, whatever a message holds."""

import csv

from rt1t2.workflow.exclusions import COLUMNS, write_exclusions


def written(path, exclusions):
    write_exclusions(exclusions, path)
    with path.open(newline="") as file:
        return list(csv.DictReader(file, delimiter="\t"))


def test_rows_are_sorted_and_gaps_are_filled(tmp_path):
    rows = written(
        tmp_path / "new/exclusions.tsv",
        [
            {"participant_id": "sub-09", "stage": "normalise", "reason": "no overlap"},
            {"participant_id": "sub-03", "group": "HC", "reason": "moved"},
            {"participant_id": "sub-09", "stage": "check", "reason": "no T2w"},
        ],
    )
    assert [tuple(row.values()) for row in rows] == [
        ("sub-03", "HC", "table", "moved"),
        ("sub-09", "n/a", "check", "no T2w"),
        ("sub-09", "n/a", "normalise", "no overlap"),
    ]


def test_a_message_stays_on_one_line_of_one_column(tmp_path):
    reason = "no T2w\tfound\n\n  (series 2)\r"
    rows = written(
        tmp_path / "exclusions.tsv", [{"participant_id": "sub-1", "reason": reason}]
    )
    assert [row["reason"] for row in rows] == ["no T2w found (series 2)"]


def test_nobody_left_out_leaves_the_header(tmp_path):
    assert written(tmp_path / "exclusions.tsv", []) == []
    header = (tmp_path / "exclusions.tsv").read_text()
    assert header.rstrip("\n").split("\t") == list(COLUMNS)
