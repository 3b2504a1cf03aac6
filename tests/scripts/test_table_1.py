"""The rule table_1, fed with what the rule demographics writes."""

from rt1t2.tables import read_tsv


def test_table_1(script_main, tmp_path):
    groups = {"HC": "Controls", "PSP": "Post-stroke pain"}
    rows = [
        {"participant_id": f"sub-{g}{i}", "group": g, "age": age, "sex": sex}
        for g, ages in (("HC", ("60", "62", "61")), ("PSP", ("70", "66", "68")))
        for i, (age, sex) in enumerate(zip(ages, "MFF", strict=True))
    ]
    paths = {name: str(tmp_path / f"{name}.tsv") for name in ("descriptives", "tests")}
    script_main("demographics")(
        **paths, code="", rows=rows, groups=groups, control_group="HC"
    )
    table = tmp_path / "table_1.tsv"
    script_main("table_1")(**paths, table=str(table), code="", groups=groups)
    # Student: t = 7 / sqrt(2.5 * 2 / 3), 4 degrees of freedom
    assert [list(row.values()) for row in read_tsv(table)] == [
        ["Controls", "3", "61.0 (± 1.0)", "1/2"],
        ["Post-stroke pain", "3", "68.0 (± 2.0)", "1/2"],
        [
            "p: Post-stroke pain - Controls",
            "n/a",
            "0.006 (Student t)",
            "1.00 (Fisher exact)",
        ],
    ]
