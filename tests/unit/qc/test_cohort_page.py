"""The cohort's page: outliers, tables, counts on the template, who counts where."""

import base64
import io

import numpy as np
import pytest
from fabricated import GROUPS, calibration_facts, summary
from PIL import Image

from rt1t2.qc import cohort_page
from rt1t2.qc.cohort_page import CohortMaps

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
    assert lines[3]["flags"].startswith("small brain; Brain mask (ml): 400 (robust z ")
    assert lines[0]["flags"] is None
    assert names[:3] == ["participant_id", "group", "n_flags"]
    assert {"brain_volume_ml", "dice_wm", "brain_volume_ml_robust_z"} < set(names)


def test_a_metric_that_nobody_has_has_no_column():
    people = [dict(p, dice_gm=None, unheard_of=i) for i, p in enumerate(PEOPLE)]
    columns, rows = cohort_page.outlier_table(people)
    assert columns == []
    assert rows == [[]] * 20
    names, _ = cohort_page.metrics_rows(people)
    assert {"dice_gm", "unheard_of", "unheard_of_robust_z"} < set(names)


def pixels(picture):
    data = base64.b64decode(picture.uri.split(",")[1])
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB")).astype(int)


def template():
    """Return a T1w that is 100 in a ball and 0 outside."""
    away = np.linalg.norm(np.indices((40, 44, 36)).T - np.array([20, 22, 18]), axis=-1)
    return np.where(away.T < 16, np.float32(100), np.float32(0))


@pytest.mark.parametrize("most", [0, 1, 3])
def test_counts_are_coloured_and_zero_stays_grey(most):
    t1w = template()
    counts = np.zeros(t1w.shape)
    counts[22:28, 18:26, 14:22] = most
    counts[24, 20, 18] = min(most, 1)
    picture = cohort_page.count_picture(counts, t1w, "lesions")
    assert picture.description == f"Number of lesions at each voxel: at most {most}."
    assert picture.bar == ("0" if most < 3 else "1", f"{most}")
    shown = pixels(picture)
    coloured = np.ptp(shown, axis=2) > 60
    assert coloured.any() == (most > 0)
    assert coloured.mean() < 0.1
    assert (shown[~coloured].max(axis=1) > 200).any()  # the template itself


def page_of(**last_q):
    repeated = {"participant_id": "again", "group": "HC", "retest_of": "sub-00"}
    people = [*PEOPLE, repeated]
    made = [
        summary(
            person["participant_id"],
            person["group"],
            metrics={"brain_volume_ml": 1400.0 + 10 * i, "flags": ["look"] * (i == 2)},
            series=[{"series": "2"}, {"series": "3", "used": "T1w"}],
            thumbnail=f"data:{i}",
        )
        for i, person in enumerate(people)
    ]
    t1w = template()
    facts = calibration_facts("One protocol.")
    facts["Tests"][0] |= last_q
    maps = CohortMaps(t1w, 20 * (t1w > 0), np.zeros(t1w.shape))
    return cohort_page.make_page(people, made, GROUPS, facts, [], maps)


def test_everybody_is_shown_and_a_repeated_scan_is_not_compared():
    page = page_of()
    assert [thumbnail for _, thumbnail, _ in page.people] == [
        f"data:{i}" for i in range(21)
    ]
    (volume,) = page.metric_tests
    assert ">sub-19</title>" in volume.chart
    assert ">again</title>" not in volume.chart
    assert [row["participant_id"] for row in page.flagged] == ["sub-02"]


def test_the_ledger_has_one_row_per_series():
    page = page_of()
    assert len(page.ledger) == 42
    assert page.ledger[1] == {"participant_id": "sub-00", "series": "3", "used": "T1w"}
    assert page.ledger_columns == ["participant_id", "series", "used"]


def test_landmarks_that_differ_are_named_from_the_facts_of_the_calibration():
    assert page_of().differing_landmarks == ["fat, T1w"]
    assert page_of(Q=0.2).differing_landmarks == []
    assert page_of(Q=0.2).landmarks_compared
    assert not page_of(P=None, Q=None).landmarks_compared
    assert page_of().warnings == ["One protocol."]
