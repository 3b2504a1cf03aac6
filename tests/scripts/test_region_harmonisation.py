"""The rules region_harmonisation and region_tests: values without protocols, or a refusal."""

import numpy as np
import pytest

from rt1t2.group.protocols import COLUMNS as PROTOCOL_COLUMNS
from rt1t2.ratio.region_values import COLUMNS
from rt1t2.records import read_json
from rt1t2.tables import number, read_tsv, write_tsv

CELLS = {("A", "P1"): 13, ("A", "P2"): 12, ("B", "P1"): 4, ("B", "P2"): 11}


@pytest.fixture
def made(script_main, tmp_path):
    """Run both scripts on people of two groups and protocols; return tables and facts."""

    def run(cells):
        kinds = [kind for kind, n in cells.items() for _ in range(n)]
        people = [
            {"participant_id": f"sub-{i}", "group": group}
            for i, (group, _) in enumerate(kinds)
        ]
        rng = np.random.default_rng(0)
        values = [
            row
            | {"atlas": "one", "index": k, "region": f"r{k}"}
            | {"mean": 2 + 0.5 * (protocol == "P2") + 0.1 * rng.normal()}
            for row, (_, protocol) in zip(people, kinds, strict=True)
            for k in range(4)
        ]
        protocols = [
            row | {"protocol": protocol}
            for row, (_, protocol) in zip(people, kinds, strict=True)
        ]
        names = ("native.tsv", "protocols.tsv", "harmonised.tsv", "harmonised.json")
        native, table, harmonised, about = (str(tmp_path / name) for name in names)
        write_tsv(values, COLUMNS, native)
        write_tsv(protocols, PROTOCOL_COLUMNS, table)
        script_main("region_harmonisation")(
            native=native,
            more_columns=[table],
            harmonised=harmonised,
            about=about,
            code="",
            people=people,
            controls=[row["participant_id"] for row in people if row["group"] == "A"],
            covariates=[],
        )
        script_main("region_tests")(
            values=[harmonised, about],
            more_columns=[table],
            tests=str(tmp_path / "tests.tsv"),
            about=str(tmp_path / "tests.json"),
            code="",
            contrasts=[{"name": "A-B", "plus": "A", "minus": "B"}],
            rows=[people],
            covariates=[["protocol"]],
            variance="equal",
        )
        return read_tsv(harmonised), read_json(about), read_tsv(tmp_path / "tests.tsv")

    return run


def test_harmonised_values_are_tested_with_the_protocol(made, tmp_path):
    rows, facts, tests = made(CELLS)
    assert facts["Refused"] is None
    assert facts["Effects"]["P2"]["ShiftPercent"] > 0
    by_protocol = {
        name: np.mean(
            [number(row["harmonised"]) for row in rows if row["protocol"] == name]
        )
        for name in ("P1", "P2")
    }
    assert by_protocol["P1"] == pytest.approx(by_protocol["P2"], abs=0.06)
    assert [float(test["df"]) for test in tests] == [40 - 3] * 4
    assert max(abs(float(test["estimate"])) for test in tests) < 0.12
    assert read_json(tmp_path / "tests.json")["Harmonised"] is True


def test_a_refusal_is_the_reason_against_every_test(made, tmp_path, caplog):
    rows, facts, tests = made(CELLS | {("A", "P2"): 0})
    assert "protocol P2 has no controls" in facts["Refused"]
    assert {row["harmonised"] for row in rows} == {"n/a"}
    assert tests == []
    reasons = read_json(tmp_path / "tests.json")["NotTested"]
    assert reasons == {"A-B": facts["Refused"]}
