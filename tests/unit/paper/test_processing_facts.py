from rt1t2.paper.processing_facts import listed, map_texts, software_sentence


def test_versions_of_scans_and_of_contrasts_stand_together():
    of_scans = {"PackageVersions": {"rt1t2": ["1.2"], "simpleitk": ["2.5", "2.6"]}}
    summaries = [{"PackageVersions": {"rt1t2": "1.2", "scipy": "1.1"}}, {}]
    assert software_sentence(of_scans, summaries, "9.2", "abc") == (
        "Results were made by rT1T2 1.2 (commit abc) under Snakemake 9.2. Packages: "
        "SciPy 1.1, SimpleITK 2.5 and 2.6."
    )
    alone = software_sentence({"PackageVersions": {}}, [], "9.2", None)
    assert "commit" not in alone
    assert "Packages" not in alone


def test_maps_are_listed_once_with_what_is_known_of_them():
    maps = {
        "a1": {"receptor": "A", "n": "9", "source": "10.1/x"},
        "b": {"receptor": "b", "n": "n/a"},
    }
    assert map_texts(maps, ["a1", "b", "a1", "c"]) == [
        "A: a1 (n = 9, 10.1/x)",
        "b",
        "c",
    ]


def test_lists_are_written_in_words():
    assert listed([1]) == "1"
    assert listed([1, 2, 3]) == "1, 2 and 3"
