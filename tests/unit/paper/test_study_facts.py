from fabricated import CONFIG, PEOPLE

from rt1t2.paper.study_facts import study_facts

EXCLUSIONS = [
    {"participant_id": "sub-9", "reason": "no T2w"},
    {"participant_id": "sub-9", "reason": "moved"},
    {"participant_id": "sub-8", "reason": "moved"},
]


def test_who_was_analysed_and_from_what():
    facts = study_facts(CONFIG, PEOPLE, 15, EXCLUSIONS)
    assert facts["Participants"] == (
        "13 analysed: 7 Controls, 6 Post-stroke pain; 2 not analysed"
    )
    assert facts["Scans"] == "15 pairs processed, 2 of them repeated scans"
    assert "calibration affine" in facts["Maps"]
    assert "Finished maps" not in facts
    assert facts["Thresholds"] == "p < 0.001, at least 750 voxels"
    assert facts["Software"].startswith("rT1T2 0.1.0")


def test_nothing_is_said_of_scans_that_there_were_none_of():
    people = PEOPLE | {"scans": 0, "finished_maps": 13}
    facts = study_facts(CONFIG, people, 0, [])
    assert {"Scans", "Maps"}.isdisjoint(facts)
    assert facts["Finished maps"] == "13"
