"""Region values over protocols: harmonised, passed through, or refused with the reason."""

import numpy as np
import pytest

from rt1t2.errors import UserError
from rt1t2.group.region_harmonisation import (
    COLUMNS,
    FEWEST_CONTROLS,
    about_columns,
    harmonise,
    values_to_test,
)

N = FEWEST_CONTROLS


def people(**n):
    """Return rows, ``HC_P1=3`` of group HC with protocol P1, half of them women."""
    kinds = [name.split("_") for name, count in n.items() for _ in range(count)]
    return [
        {"participant_id": f"s{i}", "group": group, "protocol": protocol}
        | {"sex": "MF"[i % 2], "age": str(30 + i % 7)}
        for i, (group, protocol) in enumerate(kinds)
    ]


def table(rows, seed=0):
    """Return values of five regions; the second protocol is 0.3 higher and wider."""
    rng = np.random.default_rng(seed)
    return [
        row
        | {"atlas": "one", "index": str(k), "region": f"r{k}"}
        | {"mean": repr(2 + spread * rng.normal() + 0.3 * (spread > 0.1) + 0.02 * k)}
        for row in rows
        for spread in [0.15 if row["protocol"] == "P2" else 0.1]
        for k in range(5)
    ]


def harmonised(rows, covariates=(), values=None):
    controls = [row["participant_id"] for row in rows if row["group"] == "HC"]
    return harmonise(values or table(rows), rows, controls, covariates)


def test_protocols_are_taken_out_and_the_raw_values_stay():
    rows = people(HC_P1=14, HC_P2=12, PSP_P1=9, PSP_P2=9)
    made = harmonised(rows, ["sex", "protocol", "age"])
    assert made.facts["Refused"] is None
    assert made.facts["Protected"] == ["sex", "age"]
    assert made.facts["ControlsFitted"] == {"P1": 14, "P2": 12}
    assert made.facts["Participants"]["P2"] == {"HC": 12, "PSP": 9}
    assert made.facts["Effects"]["P2"]["Scale"] > made.facts["Effects"]["P1"]["Scale"]
    assert list(made.rows[0]) == list(COLUMNS)
    assert [row["mean"] for row in made.rows] == [row["mean"] for row in table(rows)]
    values = np.array([row["harmonised"] for row in made.rows]).reshape(-1, 5)
    second = np.array([row["protocol"] == "P2" for row in rows])
    raw = np.array([float(row["mean"]) for row in made.rows]).reshape(-1, 5)
    assert (raw[second].mean() - raw[~second].mean()) > 0.2
    assert abs(values[second].mean() - values[~second].mean()) < 0.05
    to_test = values_to_test([{k: str(v) for k, v in row.items()} for row in made.rows])
    assert to_test[7]["mean"] == str(made.rows[7]["harmonised"])


def test_one_protocol_changes_nothing():
    rows = people(HC_P1=3, PSP_P1=3)
    made = harmonised(rows)
    assert made.facts["Refused"] is None
    assert all(row["harmonised"] == float(row["mean"]) for row in made.rows)


@pytest.mark.parametrize(
    ("n", "words"),
    [
        (
            {"HC_P1": N, "HC_P2": N, "PSP_P1": 5, "PSP_P2": 5, "PSP_P3": 2},
            ["protocol P3 has no controls", "P3: 2 PSP"],
        ),
        (
            {"HC_P1": N, "HC_P2": N, "PSP_P1": 5},
            ["all of group PSP have protocol P1", f"P1: {N} HC, 5 PSP; P2: {N} HC"],
        ),
        ({"HC_P1": N, "PSP_P2": 9}, ["P2 has no controls", "group HC", "group PSP"]),
        (
            {"HC_P1": N, "HC_P2": N - 1, "PSP_P1": 5, "PSP_P2": 5},
            [f"{N} controls are needed of each protocol, and P2 has {N - 1}"],
        ),
    ],
)
def test_confounded_or_too_few_is_one_refusal(n, words):
    rows = people(**n)
    made = harmonised(rows)
    for word in [*words, "regions.harmonise to none"]:
        assert word in made.facts["Refused"]
    assert np.isnan([row["harmonised"] for row in made.rows]).all()
    assert len(made.rows) == 5 * len(rows)


def test_every_protected_column_needs_a_control_more():
    rows = people(HC_P1=N, HC_P2=N, PSP_P1=5, PSP_P2=5)
    assert f"({N}, and 1 for each of age)" in harmonised(rows, ["age"]).facts["Refused"]
    more = people(HC_P1=N + 1, HC_P2=N + 1, PSP_P1=5, PSP_P2=5)
    assert harmonised(more, ["age"]).facts["Refused"] is None


def test_a_covariate_that_is_the_protocol_of_the_controls_is_refused():
    rows = people(HC_P1=12, HC_P2=12, PSP_P1=5, PSP_P2=5)
    for i, row in enumerate(rows):
        row["sex"] = "M" if i >= 24 and i % 2 else "MF"[row["protocol"] == "P2"]
    assert (
        "sex=M cannot be told from the protocols"
        in harmonised(rows, ["sex"]).facts["Refused"]
    )


def test_who_lacks_a_protocol_or_a_covariate_is_left_out_and_named():
    rows = people(HC_P1=12, HC_P2=12, PSP_P1=5, PSP_P2=5)
    rows[0]["age"] = "n/a"
    values = table(rows)
    rows[30]["protocol"] = "n/a"
    made = harmonised(rows, ["age"], values)
    assert made.facts["NotHarmonised"] == ["s0", "s30"]
    lacking = {
        row["participant_id"] for row in made.rows if np.isnan(row["harmonised"])
    }
    assert lacking == {"s0", "s30"}
    texts = [
        {k: "n/a" if v != v else str(v) for k, v in row.items()} for row in made.rows
    ]
    assert not lacking & {row["participant_id"] for row in values_to_test(texts)}


def test_a_region_that_too_few_have_is_named():
    rows = people(HC_P1=12, HC_P2=12, PSP_P1=5, PSP_P2=5)
    values = table(rows)
    for row in values:
        if row["index"] == "3" and row["protocol"] == "P2":
            row["mean"] = "n/a"
    assert harmonised(rows, [], values).facts["RegionsLeftOut"] == ["one: r3"]


def test_a_second_scan_of_a_control_does_not_count():
    rows = people(HC_P1=12, HC_P2=12, PSP_P1=5, PSP_P2=5)
    controls = [
        row["participant_id"]
        for row in rows[:24]
        if row["participant_id"] not in {"s12", "s13", "s14"}
    ]
    assert "P2 has 9" in harmonise(table(rows), rows, controls, []).facts["Refused"]


def test_an_unknown_covariate_names_the_key():
    with pytest.raises(UserError, match=r"regions.harmonise: covariate height"):
        harmonised(people(HC_P1=12, HC_P2=12), ["height"])


def test_every_column_is_described():
    assert list(about_columns()) == list(COLUMNS)
