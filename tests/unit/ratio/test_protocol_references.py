"""Each protocol has the scale of its own controls where there are three, else of them all."""

import copy

import pytest
from made_landmarks import LEVELS, controls, record

from rt1t2.errors import UserError
from rt1t2.ratio.calibration import calibrate
from rt1t2.ratio.protocol_references import (
    ALL_CONTROLS,
    TEMPLATES,
    build_references,
    choose_reference,
    template_references,
)


def acquired(echo_time):
    return {"T1w": {"EchoTime": 0.003}, "T2w": {"EchoTime": echo_time}}


def with_protocols(*echo_times):
    people = controls(len(echo_times))
    for person, time in zip(people, echo_times, strict=True):
        person["Acquisition"] = acquired(time)
    return people


def stranger(echo_time):
    return record("sub-new") | {"Acquisition": acquired(echo_time)}


def test_one_protocol_has_the_reference_of_all_controls():
    built = build_references(with_protocols(0.1, 0.1, 0.1, 0.1), {})
    assert len(built["Protocols"]) == 1
    assert built["Protocols"][0]["Reference"] == built["AllControls"]
    chosen = choose_reference(built, stranger(0.1), {})
    assert (chosen.source, chosen.flags) == ("P1", [])


def test_each_protocol_with_three_controls_has_its_own_reference():
    people = with_protocols(0.1, 0.1, 0.1, 0.2, 0.2, 0.2, 0.3, 0.3)
    built = build_references(people, {})
    assert [one["Label"] for one in built["Protocols"]] == ["P1", "P2", "P3"]
    sources = [choose_reference(built, one, {}).source for one in people]
    assert sorted(sources[:6]) == ["P1"] * 3 + ["P2"] * 3
    assert sources[6:] == [ALL_CONTROLS] * 2
    names = choose_reference(built, people[3], {}).reference["Controls"]
    assert names == ["sub-3", "sub-4", "sub-5"]
    (flag,) = choose_reference(built, people[7], {}).flags
    assert "2 controls of this scan protocol" in flag
    chosen = choose_reference(built, stranger(0.5), {})
    assert (chosen.protocol, chosen.source) == (None, ALL_CONTROLS)
    assert "0 controls of this scan protocol" in chosen.flags[0]
    assert choose_reference(built, stranger(0.5), {"protocol": "P1"}).source == "P1"


def test_a_reference_holds_the_levels_of_its_own_controls():
    """T2w fat of the second protocol is twice as bright; the unit is sqrt(CSF fat)."""
    bright = [
        record(f"sub-b{i}", gain=(5.0, 0.1 + i), fat=(1.9, 4.0))
        | {"Acquisition": acquired(0.2)}
        for i in range(3)
    ]
    built = build_references([*with_protocols(0.1, 0.1, 0.1, 0.1), *bright], {})
    levels = [
        p["Reference"]["Classes"]["fat"]["t2w_median"] for p in built["Protocols"]
    ]
    assert levels == pytest.approx([(fat / LEVELS["csf"][1]) ** 0.5 for fat in (2, 4)])


def test_the_table_may_name_the_protocol_of_a_control():
    people = with_protocols(0.1, 0.1, 0.1, 0.2, 0.2, 0.2)
    built = build_references(people, {"sub-5": "old scanner"})
    members = {p["Label"]: p["Controls"] for p in built["Protocols"]}
    # the scans that agree with a named one go with it
    assert members == {
        "old scanner": ["sub-3", "sub-4", "sub-5"],
        "P1": ["sub-0", "sub-1", "sub-2"],
    }
    assert choose_reference(built, stranger(0.2), {}).source == "old scanner"


def test_a_protocol_without_enough_usable_controls_has_none_of_its_own():
    people = with_protocols(0.1, 0.1, 0.1, 0.1, 0.2, 0.2, 0.2)
    people[6] = copy.deepcopy(people[6])
    people[6]["Classes"]["fat"] = None
    built = build_references(people, {})
    assert [bool(one["Reference"]) for one in built["Protocols"]] == [True, False]


def test_a_repeated_scan_leaves_its_first_out():
    built = build_references(with_protocols(0.1, 0.1, 0.1), {})
    again = record("sub-0b") | {"Acquisition": acquired(0.1)}
    chosen = choose_reference(built, again, {"retest_of": "sub-0"})
    assert chosen.reference["Controls"] == ["sub-0b", "sub-1", "sub-2"]


def test_without_controls_there_is_no_scale_and_no_complaint_if_none_is_needed():
    built = build_references([], {}, needed=False)
    assert built["Protocols"] == []
    assert built["AllControls"]["Controls"] == []
    unusable = with_protocols(0.1)
    unusable[0]["Classes"] = unusable[0]["Classes"] | {"csf": None}
    with pytest.raises(UserError, match="None of 1 controls"):
        build_references(unusable, {})


@pytest.mark.parametrize("who", ["sub-0", "sub-new"])
def test_a_single_control_sets_the_scale_with_a_flag(who):
    built = build_references(with_protocols(0.1), {})
    someone = record(who) | {"Acquisition": acquired(0.1)}
    chosen = choose_reference(built, someone, {})
    assert chosen.source == "all controls"
    (flag,) = chosen.flags
    assert "a single control sets the scale" in flag
    assert ("its own" in flag) == (who == "sub-0")
    scale = 7.0
    found = calibrate(
        "affine",
        record(who, gain=(scale, 1.0)),
        chosen.reference,
        {"t1w": 9.0, "t2w": 9.0},
    )
    plain = calibrate("affine", record("sub-x"), chosen.reference, {"t1w": 9, "t2w": 9})
    assert found.curves["t1w"](scale) == pytest.approx(plain.curves["t1w"](1.0))


def test_templates_set_the_scale_of_everybody():
    built = template_references(record("sub-templates", gain=(7.0, 3.0)))
    chosen = choose_reference(built, stranger(0.1), {})
    assert (chosen.protocol, chosen.source, chosen.flags) == (None, TEMPLATES, [])
    fat = chosen.reference["Classes"]["fat"]["t1w"]
    assert fat == pytest.approx([(LEVELS["fat"][0] / LEVELS["csf"][0]) ** 0.5])
