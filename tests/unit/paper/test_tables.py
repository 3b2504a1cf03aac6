"""How tables 1 and 2 read."""

import pytest

from rt1t2.paper.tables import (
    CERTAINTY,
    TABLE_2,
    certainty,
    format_p,
    shown_clusters,
    table_1,
    table_2,
)


@pytest.mark.parametrize(
    ("p", "text"),
    [(0.7430, "0.74"), (0.0449, "0.045"), (0.0009, "<0.001"), (0.001, "0.001"),
     (0.0996, "0.10"), (float("nan"), "n/a")],
)  # fmt: skip
def test_p_values(p, text):
    assert format_p(p) == text


def test_table_1_prints_the_papers_row():
    described = {"group": "PSP", "label": "PSP", "n": "11", "age_n": "11"}
    described |= {
        "age_mean": "64.31",
        "age_sd": "12.48",
        "n_male": "4",
        "n_female": "7",
    }
    tests = [
        {
            "variable": "age",
            "comparison": "PSP - HC",
            "test": "Student t",
            "p": "0.4453",
        },
        {
            "variable": "sex",
            "comparison": "PSP - HC",
            "test": "Fisher exact",
            "p": "n/a",
        },
        {"variable": "sex", "comparison": "HC - PSP - X", "test": "FFH", "p": "0.743"},
    ]
    groups = {"HC": "Controls", "PSP": "Stroke", "X": "Other"}
    rows = [list(row.values()) for row in table_1([described], tests, groups)]
    assert rows == [
        ["PSP", "11", "64.3 (± 12.5)", "4/7"],
        ["p: Stroke - Controls", "n/a", "0.45 (Student t)", "n/a (Fisher exact)"],
        ["p: all groups", "n/a", "n/a", "0.74 (FFH)"],
    ]


@pytest.mark.parametrize(
    ("share", "printed"),
    [
        ("0.0", "0"),
        ("0.0003", "<0.1"),
        ("0.0005", "0.1"),
        ("1.0", "100.0"),
        ("n/a", "n/a"),
    ],
)
def test_a_little_of_a_cluster_in_a_lesion_is_not_nothing(share, printed):
    values = dict.fromkeys((f"{k}_{a}_mm" for k in ("peak", "cog") for a in "xyz"), "1")
    values |= dict.fromkeys(("n_voxels", "volume_mm3", "peak_t"), "9")
    values |= {"cluster": "1", "peak_p_fwe": "1", "cluster_p_fwe": "1", "label": "a"}
    (row,) = table_2(["A"], [[values | {"lesion_share": share}]], [{}])
    assert row["Of its voxels, in a lesion (%)"] == printed


def test_table_2_prints_the_papers_row_and_says_when_nothing_is_left():
    cluster = {"cluster": "1", "n_voxels": "17533", "volume_mm3": "17533.0"}
    cluster |= {"peak_x_mm": "-10.0", "peak_y_mm": "-20.0", "peak_z_mm": "14.0"}
    cluster |= {"cog_x_mm": "-8.4", "cog_y_mm": "-22.5", "cog_z_mm": "-0.3"}
    cluster |= {"peak_t": "8.4305", "peak_p_fwe": "0.004", "cluster_p_fwe": "1e-12"}
    cluster |= {"label": "Thalamus 80 %"}
    cluster |= {"cluster_p_fwe_permutation": "0.012", "tfce_p_fwe": "n/a"}
    cluster |= {"hedges_g": "3.1", "hedges_g_low": "1.9", "hedges_g_high": "4.26"}
    cluster |= {"log10_bf10": "3.561", "loo_share": "0.966"}
    cluster |= {"lesion_share": "0.1234"}
    summary = {"height_p": 0.001, "extent_voxels": 750}
    rows = table_2(["HC-PSP", "PSP-HC"], [[cluster], []], [summary, summary])
    assert [rows[0][column] for column in TABLE_2 + CERTAINTY] == [
        *("HC-PSP", "1", "-10", "-20", "14", "-8", "-23", "0", "17533", "17533"),
        *("8.43", "0.004", "<0.001", "Thalamus 80 %"),
        *("0.012", "n/a", "3.10 (1.90 to 4.26)", "3.56", "97", "12.3"),
    ]
    assert rows[1]["Cluster"] == "no cluster survived"
    assert rows[1]["Location"] == "p < 0.001, at least 750 voxels"
    (sure,) = certainty(rows, "p FWE (cluster)")
    assert list(sure) == ["Contrast", "Cluster", *CERTAINTY]
    assert list(shown_clusters(rows, "p FWE (peak)")[0]) == list(TABLE_2)
    assert CERTAINTY[0] not in certainty(rows, CERTAINTY[0])[0]
    assert shown_clusters(rows, CERTAINTY[0])[0][CERTAINTY[0]] == "0.012"
    assert sure["Found without one participant (%)"] == "97"
