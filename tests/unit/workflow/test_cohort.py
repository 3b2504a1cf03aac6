"""Who is analysed, scanned or a control; the table of exclusions."""

import csv

from rt1t2.workflow.cohort import (
    EXCLUSION_COLUMNS,
    TEMPLATES,
    Cohort,
    Participant,
    Problem,
    write_exclusions,
)


def person(name, group="HC", **fields):
    row = {"participant_id": name, "group": group, "t1w": "/data/Muster", "age": "60"}
    row["retest_of"] = fields.pop("retest_of", "n/a")
    return Participant(name, group, row, **({"t1w": "a", "t2w": "b"} | fields))


def cohort(*people):
    return Cohort({each.participant_id: each for each in people}, control_group="HC")


PEOPLE = (
    person("sub-01"),
    person("sub-02", "PSP"),
    person("sub-03", map="sub-03_ratio.nii.gz"),
    person("sub-01b", retest_of="sub-01"),
)


def test_a_repeated_scan_is_scanned_but_not_analysed_and_a_map_the_reverse():
    study = cohort(*PEOPLE)
    assert study.analysed == ["sub-01", "sub-02", "sub-03"]
    assert study.scanned == ["sub-01", "sub-02", "sub-01b"]
    assert study.analysed_scans == ["sub-01", "sub-02"]
    assert study.members("HC") == ["sub-01", "sub-03"]
    assert [row["participant_id"] for row in study.all_rows()] == list(
        study.participants
    )


def test_rows_have_the_columns_that_are_asked_for_and_no_others():
    for row in cohort(*PEOPLE).scanned_rows("age"):
        assert set(row) == {"participant_id", "group", "age"}


def test_controls_set_the_scale_unless_there_are_none_or_templates():
    study = cohort(*PEOPLE)
    assert study.controls == study.reference == ["sub-01"]
    assert cohort(PEOPLE[1]).reference == ["sub-02"]
    study.templates = Participant(TEMPLATES, "", {}, t1w="T1.nii", t2w="T2.nii")
    assert study.reference == [TEMPLATES]
    assert study[TEMPLATES].t1w == "T1.nii"
    assert study.controls == ["sub-01"]


def test_a_problem_becomes_an_exclusion():
    study = cohort(*PEOPLE)
    study.leave_out([Problem("sub-02", "PSP", "no T2w found", "import_participant")])
    assert study.analysed == ["sub-01", "sub-03"]
    assert [tuple(row.values()) for row in study.exclusions] == [
        ("sub-02", "PSP", "import_participant", "no T2w found")
    ]


def written(path, *exclusions):
    named = [dict(zip(EXCLUSION_COLUMNS, row, strict=True)) for row in exclusions]
    write_exclusions(named, path)
    with path.open(newline="") as file:
        return [tuple(row.values()) for row in csv.DictReader(file, delimiter="\t")]


def test_exclusions_are_sorted_by_participant_and_stage(tmp_path):
    first, second, third = (
        ("sub-03", "HC", "table", "moved"),
        ("sub-09", "PSP", "check", "no T2w"),
        ("sub-09", "PSP", "normalise", "no overlap"),
    )
    path = tmp_path / "new/exclusions.tsv"
    assert written(path, third, first, second) == [first, second, third]


def test_a_message_stays_on_one_line_of_one_column(tmp_path):
    reason = "no T2w\tfound\n\n  (series 2)\r"
    (row,) = written(tmp_path / "exclusions.tsv", ("sub-1", "HC", "check", reason))
    assert row[-1] == "no T2w found (series 2)"


def test_nobody_left_out_leaves_the_header(tmp_path):
    assert written(tmp_path / "exclusions.tsv") == []
    header = (tmp_path / "exclusions.tsv").read_text()
    assert header.rstrip("\n").split("\t") == list(EXCLUSION_COLUMNS)


def test_of_a_person_with_several_rows_the_first_stands_for_the_person():
    people = {"sub-01": "a", "sub-02": "b", "sub-03": "a", "sub-04": "n/a"}
    rows = {name: {"participant_id": name, "person": p} for name, p in people.items()}
    study = Cohort({name: Participant(name, "HC", row) for name, row in rows.items()})
    assert study.people == ["sub-01", "sub-02", "sub-04"]
    assert [row["participant_id"] for row in study.people_rows()] == study.people
