"""What pages say of region values that were harmonised, were not needed to be, or were refused."""

from rt1t2.paper.harmonisation_sentence import harmonisation_sentence

FACTS = {
    "Refused": None,
    "ControlsFitted": {"P1": 14, "P2": 12},
    "Protected": ["age", "sex"],
    "NotHarmonised": [],
}


def test_nothing_is_said_where_nothing_was_asked():
    assert harmonisation_sentence([]) == ""


def test_protocols_controls_and_what_is_protected_are_named():
    text = harmonisation_sentence([FACTS])
    assert "2 scan protocols" in text
    assert "(P1 14, P2 12)" in text
    assert "the group and age and sex protected" in text
    assert text.endswith("kept beside them.")


def test_one_protocol_and_who_is_left_out_are_said():
    facts = FACTS | {"ControlsFitted": {"P1": 9}, "NotHarmonised": ["sub-01", "sub-02"]}
    text = harmonisation_sentence([facts])
    assert text.startswith("There is one scan protocol")
    assert text.endswith("not tested: sub-01, sub-02.")


def test_a_refusal_is_repeated():
    assert harmonisation_sentence([{"Refused": "too few"}]) == "too few"
