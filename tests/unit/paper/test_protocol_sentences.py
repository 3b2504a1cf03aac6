"""What the methods text says of protocols, for hand-written facts."""

import pytest

from rt1t2.paper.protocol_sentences import protocol_sentences

FIRST = {"Label": "P1", "T1w": "3D GR", "T2w": "2D SE", "ControlsInReference": 7}
FIRST |= {"Participants": {"HC": 7, "PSP": 3}}
SECOND = {"Label": "P2", "T1w": "3D GR", "T2w": "3D SE", "ControlsInReference": 0}
SECOND |= {"Participants": {"HC": 0, "PSP": 3}}
BOTH = {"Protocols": [FIRST, SECOND], "ScaleOfOthers": "all controls"}


def association(p):
    return {
        "Groups": ["HC", "PSP"],
        "FisherFreemanHaltonP": p,
        "SharingAProtocol": 10,
        "Participants": 13,
    }


def test_two_protocols_say_whose_scale_they_are_on():
    assert protocol_sentences(BOTH, "affine", False) == [
        "Protocol P1 (7 HC, 3 PSP): T1w 3D GR; T2w 2D SE; "
        "intensity scale of its own 7 controls.",
        "Protocol P2 (3 PSP): T1w 3D GR; T2w 3D SE; intensity scale of all controls.",
    ]


def test_one_protocol_or_no_reference_says_no_scale():
    for facts, method in ((BOTH, "none"), ({"Protocols": [FIRST]}, "affine")):
        assert "intensity scale" not in " ".join(
            protocol_sentences(facts, method, False)
        )


def test_a_protocol_of_repeated_scans_alone():
    nobody = SECOND | {"Participants": {"HC": 0, "PSP": 0}}
    (text,) = protocol_sentences({"Protocols": [nobody]}, "none", False)
    assert text == "Protocol P2 (repeated scans only): T1w 3D GR; T2w 3D SE."


@pytest.mark.parametrize(
    ("p", "printed"), [(None, "n/a"), (0.0004, "< 0.001"), (0.0704, "= 0.070")]
)
def test_sharing_of_protocols_and_adjustment(p, printed):
    facts = BOTH | {"Associations": [association(p)]}
    shared, adjusted = protocol_sentences(facts, "affine", True)[2:]
    assert shared == (
        "HC and PSP: 10 of 13 participants had a protocol that was used in both groups "
        f"(protocol by group p {printed}, Fisher-Freeman-Halton)."
    )
    assert adjusted == "The group comparison was adjusted for protocol."
    assert protocol_sentences(facts, "affine", False)[3] == (
        "The group comparison was not adjusted for protocol."
    )


def test_no_facts_no_sentence():
    assert protocol_sentences({}, "affine", True) == []
