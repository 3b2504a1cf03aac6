"""The rule demographics, and tables 1 and 2 made from what it and group_clusters write."""

import math

from rt1t2.group.demographics import DESCRIPTIVES, TESTS
from rt1t2.tables import number, read_tsv

GROUPS = {"HC": "Controls", "PSP": "Post-stroke pain"}


def people(group, ages, sexes):
    return [
        {"participant_id": f"sub-{group}{i}", "group": group, "age": age, "sex": sex}
        for i, (age, sex) in enumerate(zip(ages, sexes, strict=True))
    ]


def test_tables_of_a_study(script_main, tmp_path):
    rows = people("HC", ["60", "62.5", "58", "n/a"], "MFFM")
    rows += people("PSP", ["70", "66", "68"], "FFF")
    paths = {name: str(tmp_path / f"{name}.tsv") for name in ("descriptives", "tests")}
    script_main("demographics")(
        **paths, code="", rows=rows, groups=GROUPS, control_group="HC"
    )
    described = read_tsv(paths["descriptives"])
    assert tuple(described[0]) == DESCRIPTIVES
    assert [row["group"] for row in described] == ["HC", "PSP"]
    assert (described[0]["n"], described[0]["age_n"]) == ("4", "3")
    assert math.isclose(number(described[1]["age_sd"]), 2.0)
    age, sex = read_tsv(paths["tests"])
    assert tuple(age) == TESTS
    assert (age["comparison"], age["test"], age["df"]) == ("PSP - HC", "Student t", "4")
    assert age["note"] == "age unknown for 1 of HC"
    # of the 21 ways to draw 2 males, 6 give this table and 3 the only less likely one
    assert math.isclose(number(sex["p"]), 9 / 21)
