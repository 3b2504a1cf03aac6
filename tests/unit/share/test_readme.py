from rt1t2.share.readme import study_readme

SHARE = {"title": "T", "description": "D.", "authors": [], "licence": "CC0"}


def test_it_says_whose_data_under_which_licence_and_that_faces_are_gone():
    text = study_readme(SHARE, False, 12)
    for words in ("# T\n", "D.", "Licence: CC0", "12 participants", "Faces"):
        assert words in text
    assert "Authors" not in text
    assert "Simulated" not in text
    named = study_readme(SHARE | {"authors": ["A", "B"]}, True, 12)
    assert "Authors: A, B" in named
    assert "Simulated data" in named
