import json

import pytest

from rt1t2.qc.cohort_outliers import FLAG_Z, cohort_flags, cohort_script, deviations

# median 1300, MAD 100: robust z of 2200 is 900 / 148.26
VOLUMES = [1200.0, 1300.0, 1400.0, 1100.0, 2200.0, None]
PEOPLE = [
    {"participant_id": f"sub-{i}", "brain_volume_ml": volume}
    for i, volume in enumerate(VOLUMES)
]


def test_whoever_is_far_from_the_cohort_is_flagged_with_value_and_z():
    assert list(deviations(PEOPLE)) == ["brain_volume_ml"]
    flags = cohort_flags(PEOPLE)
    assert [bool(own) for own in flags] == [False] * 4 + [True, False]
    z = deviations(PEOPLE)["brain_volume_ml"][4].z
    assert z == pytest.approx(900 / (1.4826 * 100))
    assert z > FLAG_Z
    assert flags[4] == ["Brain mask (ml): 2,200 (robust z 6.1 in the cohort)"]


def test_a_page_is_given_everybodys_values():
    text = cohort_script(PEOPLE)
    assert text.startswith("window.rt1t2Cohort = {")
    content = json.loads(text.removeprefix("window.rt1t2Cohort = ").rstrip(";\n"))
    column = content["metrics"]["brain_volume_ml"]
    assert column["values"] == VOLUMES
    assert column["median"] == 1300
    assert column["z"][5] is None
    assert content["people"][4] == "sub-4"


def test_a_cohort_of_nobody_is_no_error():
    assert cohort_flags([]) == []
    assert '"people":[]' in cohort_script([])
