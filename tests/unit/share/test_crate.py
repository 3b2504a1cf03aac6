import json

import pytest

from rt1t2.share.crate import FILES, NOT_PUBLISHED, PARTS, crate_metadata

SHARE = {
    "title": "Pain study",
    "description": "Ratio maps",
    "authors": ["A. One", "B. Two"],
    "licence": "https://creativecommons.org/licenses/by/4.0/",
    "date": "2026-05-31",
}


def entities(**changes):
    graph = crate_metadata(SHARE | changes, simulated=False)["@graph"]
    return {entity["@id"]: entity for entity in graph}


def test_the_crate_says_what_the_config_says():
    found = entities()
    root = found["./"]
    assert (root["name"], root["datePublished"]) == ("Pain study", "2026-05-31")
    assert root["license"]["@id"] == SHARE["licence"]
    assert [found[a["@id"]]["name"] for a in root["author"]] == ["A. One", "B. Two"]
    assert {part["@id"] for part in root["hasPart"]} == {*PARTS, *FILES}


def test_the_same_config_gives_the_same_bytes_without_the_clock():
    once, again = (
        json.dumps(crate_metadata(SHARE | {"date": None}, True)) for _ in "ab"
    )
    assert once == again
    assert NOT_PUBLISHED in once
    assert "Simulated data" in once


@pytest.mark.parametrize("licence", ["not stated", "ask the authors"])
def test_a_licence_without_a_url_is_told_in_words(licence):
    found = entities(licence=licence, authors=[])
    assert found[found["./"]["license"]["@id"]]["name"] == licence
    assert "author" not in found["./"]
