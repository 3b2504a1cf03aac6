import math

import numpy as np
import pytest

from rt1t2.qc import cohort_charts, cohort_page

GROUPS = {"HC": "#111111", "PSP": "#222222"}
PEOPLE = [
    {"participant_id": f"sub-{i:02d}", "group": "HC" if i < 10 else "PSP"}
    for i in range(20)
]


def records(fat_of_patients: float):
    """Return landmarks and identity curves; the patients' T1w fat differs by a factor."""
    rng = np.random.default_rng(0)
    landmarks, curves = [], []
    for person in PEOPLE:
        factor = fat_of_patients if person["group"] == "PSP" else 1
        fat = {"t1w": 1.9 * factor + rng.normal(0, 0.02), "t2w": 0.5}
        landmarks.append({"Classes": {"fat": fat, "csf": None}})
        knots = {"KnotsIn": [0.0, 4.0], "KnotsOut": [0.0, 4.0]}
        curves.append({"T1w": knots, "T2w": knots})
    return landmarks, curves


def landmark_tests(factor):
    controls = [p["participant_id"] for p in PEOPLE if p["group"] == "HC"]
    bases = {p["participant_id"]: controls for p in PEOPLE}
    return cohort_charts.landmark_tests(PEOPLE, *records(factor), GROUPS, bases)


def test_a_group_difference_of_a_landmark_is_found():
    found = {test.title: test for test in landmark_tests(1.06)}
    assert found["fat, T1w"].differs
    assert not found["fat, T2w"].differs
    assert "CSF, T1w" not in found  # nobody has it


def test_equal_groups_do_not_differ():
    assert not any(test.differs for test in landmark_tests(1.0))


def test_kruskal_p_against_a_hand_calculation():
    # ranks 1..6, H = 12/(6*7) * (6^2/3 + 15^2/3) - 3*7 = 3.857, chi2(1)
    assert cohort_charts.kruskal_p([[1, 2, 3], [4, 5, 6]]) == pytest.approx(
        0.0495, abs=1e-4
    )
    assert math.isnan(cohort_charts.kruskal_p([[1.0, 1.0], [1.0, 1.0]]))
    assert math.isnan(cohort_charts.kruskal_p([[1.0, 2.0], [math.nan]]))


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
