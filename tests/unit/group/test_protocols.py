"""Confounding of protocol and group: the exact p, and words that say what cannot be told."""

from math import comb

import pytest
from scipy import stats

from rt1t2.group.protocols import associations, cohort_facts, warnings
from rt1t2.scans.protocol_detection import Protocol

GROUPS = {"HC": "Controls", "PSP": "Post-stroke pain"}


def rows(**counts):
    found = []
    for group, protocols in counts.items():
        for protocol, n in protocols.items():
            found += [{"group": group, "protocol": protocol}] * n
    return [row | {"participant_id": f"sub-{i}"} for i, row in enumerate(found)]


def test_p_is_that_of_fishers_exact_test():
    people = rows(HC={"P1": 9, "P2": 2}, PSP={"P1": 3, "P2": 7})
    (found,) = associations(people, list(GROUPS))
    assert found.p == pytest.approx(stats.fisher_exact([[9, 2], [3, 7]]).pvalue)
    assert (found.n_sharing, found.n) == (21, 21)
    assert not found.confounded
    assert found.associated


def test_three_protocols_against_an_enumeration():
    people = rows(HC={"P1": 3, "P3": 1}, PSP={"P2": 4, "P3": 2})
    (found,) = associations(people, list(GROUPS))
    # margins 3, 4, 3 of 4 in HC: tables at most as probable as C(3,3) C(4,0) C(3,1) = 3
    ways = {
        (a, b): comb(3, a) * comb(4, b) * comb(3, 4 - a - b)
        for a in range(4)
        for b in range(5)
        if 0 <= 4 - a - b <= 3
    }
    expected = sum(n for n in ways.values() if n <= 3) / comb(10, 4)
    assert found.p == pytest.approx(expected)
    assert found.n_sharing == 3


def test_groups_without_a_common_protocol_are_told_so_plainly():
    found = associations(rows(HC={"P1": 5}, PSP={"P2": 5}), list(GROUPS))
    (text,) = warnings(found, GROUPS, adjusted=False)
    assert text.startswith("Controls and Post-stroke pain were scanned with different")
    assert "cannot be told from the difference of the protocols" in text


def test_an_association_asks_for_the_covariate():
    people = rows(HC={"P1": 9, "P2": 2}, PSP={"P1": 2, "P2": 9})
    found = associations(people, list(GROUPS))
    assert "Add protocol to statistics.covariates" in warnings(found, GROUPS, False)[0]
    assert "adjusts for protocol" in warnings(found, GROUPS, True)[0]


def test_balanced_protocols_and_one_protocol():
    balanced = rows(HC={"P1": 5, "P2": 5}, PSP={"P1": 5, "P2": 5})
    found = associations(balanced, list(GROUPS))
    assert found[0].p == pytest.approx(1)
    assert "several protocols" in warnings(found, GROUPS, False)[0]
    assert warnings(found, GROUPS, True) == []
    assert associations(rows(HC={"P1": 5}, PSP={"P1": 5}), list(GROUPS)) == []
    unknown = rows(HC={"P1": 5}, PSP={"P1": 3, "n/a": 2})
    assert associations(unknown, list(GROUPS)) == []


def test_a_repeated_scan_does_not_count_and_fallbacks_are_named():
    lines = [
        {"participant_id": "sub-1", "group": "HC", "protocol": "P1"},
        {"participant_id": "sub-1b", "group": "HC", "protocol": "P2"},
        {"participant_id": "sub-2", "group": "PSP", "protocol": "P2"},
    ]
    lines = [
        one | {"judged_by": "acquisition", "reference": "all controls"} for one in lines
    ]
    table = [{}, {"retest_of": "sub-1"}, {"retest_of": "n/a"}]
    built = {"Source": "all controls", "MinimumControls": 3, "Protocols": []}
    protocols = [Protocol("P1", {}), Protocol("P2", {})]
    facts = cohort_facts(protocols, lines, table, built, GROUPS, adjusted=False)
    assert [one["Participants"] for one in facts["Protocols"]] == [
        {"HC": 1, "PSP": 0},
        {"HC": 0, "PSP": 1},
    ]
    assert facts["Associations"][0]["SharingAProtocol"] == 0
    assert "sub-1, sub-1b, sub-2" in facts["Warnings"][-1]
