def test_everybody_left_out_is_listed_with_stage_and_reason(script_main, tmp_path):
    table = tmp_path / "new" / "exclusions.tsv"
    exclusions = [
        {"participant_id": "sub-09", "group": "PSP", "stage": "import_participant",
         "reason": "no T2w\tfound\n(series 2)"},
        {"participant_id": "sub-03", "group": "HC", "stage": "table",
         "reason": "moved"},
    ]  # fmt: skip

    script_main("exclusions")(table=str(table), code="x", exclusions=exclusions)

    assert table.read_text() == (
        "participant_id\tgroup\tstage\treason\n"
        "sub-03\tHC\ttable\tmoved\n"
        "sub-09\tPSP\timport_participant\tno T2w found (series 2)\n"
    )


def test_nobody_left_out_leaves_the_header(script_main, tmp_path):
    table = tmp_path / "exclusions.tsv"
    script_main("exclusions")(table=str(table), code="x", exclusions=[])
    assert table.read_text() == "participant_id\tgroup\tstage\treason\n"
