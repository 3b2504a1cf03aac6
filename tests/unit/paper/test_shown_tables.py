"""Tables as readers see them: titles, notes, bold rows, and what a cell looks like."""

import pytest

from rt1t2.paper.contrast_pairs import contrast_pairs
from rt1t2.paper.primary_test import PRIMARY_TESTS
from rt1t2.paper.shown_tables import printed, shown_tables, spread
from rt1t2.paper.tables import CERTAINTY, NOTHING, TABLE_2

PRIMARY = PRIMARY_TESTS["permutation_extent"]
BOTH = [
    {"name": "HC-PSP", "plus": "HC", "minus": "PSP"},
    {"name": "up", "plus": "PSP", "minus": "HC"},
]
PAIRS = contrast_pairs(BOTH, ["HC", "PSP"], "HC")
NONE = dict.fromkeys(TABLE_2 + CERTAINTY, "n/a")
NONE |= {
    "Contrast": "PSP-HC",
    "Cluster": NOTHING,
    "Location": "p < 0.001, at least 9 voxels",
}


def shown(p="0.02"):
    row = dict.fromkeys(TABLE_2 + CERTAINTY, "-3") | {PRIMARY.printed: p}
    return shown_tables([{"Group": "Pain"}], [row, NONE], [], PRIMARY, PAIRS)


def test_titles_are_numbered_in_the_order_of_the_paper():
    assert [table.heading for table in shown().values()] == [
        "Table 1. Participants",
        "Table 2. Clusters",
        "Table 2, continued. How certain each cluster is",
        "Table 3. Receptor correlations",
    ]
    note = shown()["clusters"].note
    assert "cluster extent, by permutation" in note
    assert note.endswith("Contrasts: up: PSP > HC; HC-PSP: PSP < HC.")


def test_every_column_of_table_2_is_shown_once():
    clusters, certain = shown()["clusters"].rows, shown()["certainty"].rows
    columns = [*clusters[0], *list(certain[0])[2:]]
    assert sorted(columns) == sorted(TABLE_2 + CERTAINTY)
    assert [row["Cluster"] for row in certain] == ["-3"]


@pytest.mark.parametrize(
    ("p", "bold"),
    [("<0.001", True), ("0.049", True), ("0.05", False), ("0.31", False), ("n/a", False)],
)  # fmt: skip
def test_clusters_that_the_primary_test_finds_are_bold(p, bold):
    assert shown(p)["clusters"].strong == [bold, False]


def test_a_contrast_without_a_cluster_says_so_across_the_columns():
    assert (
        spread(shown()["clusters"].rows[1])
        == f"{NOTHING}: p < 0.001, at least 9 voxels"
    )
    assert spread(shown()["clusters"].rows[0]) == ""
    assert spread({"a": "1", "b": "n/a"}) == ""  # few columns can be few cells


def test_a_cell_as_readers_see_it():
    assert [printed(cell) for cell in ("n/a", "-0.1", "a-b", "-x", "0.01*")] == [
        *("\u2013", "\u22120.1", "a-b", "-x", "0.01*")
    ]
