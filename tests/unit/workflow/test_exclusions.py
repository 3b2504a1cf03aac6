from rt1t2.workflow.exclusions import excluded_people


def test_people_are_counted_and_not_rows():
    rows = [{"participant_id": name} for name in ("sub-2", "sub-1", "sub-2")]
    assert excluded_people(rows) == ["sub-1", "sub-2"]
    assert excluded_people([]) == []
