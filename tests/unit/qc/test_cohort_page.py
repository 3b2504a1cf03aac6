"""The cohort's page: outliers, tables, counts on the template, who counts where."""

from rt1t2.qc import cohort_page

PEOPLE = [
    {"participant_id": f"sub-{i:02d}", "group": "HC" if i < 10 else "PSP"}
    for i in range(20)
]


def test_outliers_are_marked_in_table_and_tsv():
    people = [
        {**p, "brain_volume_ml": 1400.0 + 10 * i, "flags": []}
        for i, p in enumerate(PEOPLE)
    ]
    people[3]["brain_volume_ml"] = 400.0
    people[3]["flags"] = ["small\nbrain"]
    columns, rows = cohort_page.outlier_table(people)
    assert columns == ["brain_volume_ml"]
    assert [row[0].outlier for row in rows] == [i == 3 for i in range(20)]
    names, lines = cohort_page.metrics_rows(people)
    assert lines[3]["brain_volume_ml_robust_z"] < -3.5
    assert lines[3]["flags"] == "small brain"
    assert lines[0]["flags"] is None
    assert names[:3] == ["participant_id", "group", "n_flags"]
    assert {"brain_volume_ml", "dice_wm", "brain_volume_ml_robust_z"} < set(names)
