"""Design of a two-sample comparison: coding, centring, and designs that cannot be estimated."""

import numpy as np
import pytest

from rt1t2.errors import UserError
from rt1t2.group.design import read_design, two_sample_design, with_protocol

CONTRAST = {"name": "A-B", "plus": "A", "minus": "B"}


def rows(group, **columns):
    n = len(next(iter(columns.values())))
    return [
        {"participant_id": f"sub-{group}{i}", "group": group}
        | {name: values[i] for name, values in columns.items()}
        for i in range(n)
    ]


def test_groups_and_centred_covariates():
    a = rows("A", age=["60", "62", "56"], site=["x", "y", "x"])
    b = rows("B", age=["50", "54", "54"], site=["x", "y", "z"])
    design = two_sample_design(CONTRAST, [*a, *b], ["age", "site"])
    assert design.columns == ["A", "B", "age", "site=y", "site=z"]
    assert design.matrix[:, 0].tolist() == [1, 1, 1, 0, 0, 0]
    assert design.matrix[:, 2].tolist() == [4, 6, 0, -6, -2, -2]
    assert np.allclose(design.matrix[:, 2:].sum(axis=0), 0)
    assert np.allclose(design.matrix[:, 3], np.array([0, 1, 0, 0, 1, 0]) - 1 / 3)
    assert design.contrast.tolist() == [1, -1, 0, 0, 0]


def test_the_protocol_is_found_in_the_scans_and_is_no_number(tmp_path):
    a, b = rows("A", age=["60", "62", "56"]), rows("B", age=["50", "54", "54"])
    table = tmp_path / "protocols.tsv"
    people = [row["participant_id"] for row in (*a, *b)]
    labels = ["1", "2", "2", "1", "2", "10"]
    lines = [f"{who}\t{label}\n" for who, label in zip(people, labels, strict=True)]
    table.write_text("participant_id\tprotocol\n" + "".join(lines))
    scanned = with_protocol([*a, *b], str(table))
    design = two_sample_design(CONTRAST, scanned, ["protocol"])
    assert design.columns == ["A", "B", "protocol=10", "protocol=2"]
    same = [row | {"protocol": "P1"} for row in scanned]
    assert two_sample_design(CONTRAST, same, ["protocol"]).columns == ["A", "B"]
    confounded = [row | {"protocol": f"P{row['group']}"} for row in scanned]
    with pytest.raises(UserError, match="protocol=PB is determined by the groups"):
        two_sample_design(CONTRAST, confounded, ["protocol"])
    assert with_protocol(a, []) == a


def test_a_design_is_read_as_it_was_saved(tmp_path):
    a = rows("A", age=["60.1", "62", "56"], site=["x", "y", "x"])
    b = rows("B", age=["50", "54.7", "54"], site=["x", "y", "z"])
    mixed = [b[0], *a, *b[1:]]  # the rows say who belongs to which group
    design = two_sample_design(CONTRAST, mixed, ["age", "site"])
    assert design.group.tolist() == [1, 0, 0, 0, 1, 1]
    design.save(tmp_path / "design.tsv")
    found = read_design(tmp_path / "design.tsv")
    assert found.participants == [
        "sub-B0",
        *(f"sub-A{i}" for i in range(3)),
        *(f"sub-B{i}" for i in (1, 2)),
    ]
    assert found.columns == design.columns
    assert np.array_equal(found.matrix, design.matrix)  # to the last bit
    assert found.group.tolist() == design.group.tolist()
    assert (found.contrast.tolist(), found.df) == ([1, -1, 0, 0, 0], 1)


@pytest.mark.parametrize(
    ("a", "b", "covariates", "message"),
    [
        ({"age": ["60"]}, {"age": ["50", "51"]}, [], "group A has 1 analysed"),
        ({"age": ["1", "2"]}, {"age": ["3", "4"]}, ["iq"], "iq is not a column"),
        ({"age": ["1", "n/a"]}, {"age": ["3", "4"]}, ["age"], "missing for sub-A1"),
        ({"sex": ["F", "F"]}, {"sex": ["F", "F"]}, ["sex"], "sex is F for everybody"),
        ({"site": ["x", "x"]}, {"site": ["y", "y"]}, ["site"], "site=y is determined"),
        ({"age": ["1", "2"]}, {"age": ["4", "3"], }, ["age", "age2"], "age2 is not"),
        ({"age": ["5", "2"], "iq": ["1", "3"]}, {"age": ["4", "3"], "iq": ["9", "7"]},
         ["age", "iq"], "no degree of freedom"),
    ],
)  # fmt: skip
def test_designs_that_cannot_be_estimated(a, b, covariates, message):
    with pytest.raises(UserError, match=message):
        two_sample_design(CONTRAST, [*rows("A", **a), *rows("B", **b)], covariates)


def people(**columns):
    n = len(next(iter(columns.values())))
    return [
        {"participant_id": f"sub-{i}", "group": "A" if i < n // 2 else "B"}
        | {name: str(values[i]) for name, values in columns.items()}
        for i in range(n)
    ]


AB = {"name": "A-B", "plus": "A", "minus": "B"}
SIX = [1, 2, 4, 3, 5, 7]


@pytest.mark.parametrize(
    ("columns", "covariates", "message"),
    [
        ({"A": SIX}, ["A"], "covariate A would be the second column A"),
        ({"age": SIX}, ["age", "age"], "second column age"),
        (
            {"site": list("xyxyxy"), "site=y": SIX},
            ["site", "site=y"],
            "second column site=y",
        ),
        ({"age": [*SIX[:5], "nan"]}, ["age"], "sub-5: `nan`"),
        ({"age": [*SIX[:5], "inf"]}, ["age"], "sub-5: `inf`"),
        ({"age": [*SIX[:5], "3,5"]}, ["age"], "sub-5: `3,5`"),
        (
            {"age": [*SIX[:5], "-999"]},
            ["age"],
            "-999 for sub-5, which looks like a code",
        ),
        *(
            ({"age": [*SIX[:5], code]}, ["age"], f"{code} for sub-5, which looks")
            for code in ("99", "999", "9999", "-99")
        ),
        (
            {"score": ["-1", "-0.5", "2", "1", "0", "-999"]},
            ["score"],
            "-999 for sub-5, which looks",
        ),
    ],
)
def test_columns_that_collide_or_cannot_be_are_refused_by_name(
    columns, covariates, message
):
    with pytest.raises(UserError, match=message):
        two_sample_design(AB, people(**columns), covariates)


def test_numbers_below_zero_and_text_levels_are_what_they_are():
    design = two_sample_design(AB, people(score=[-9, -3, 2, 0, 1, 4]), ["score"])
    assert design.columns == ["A", "B", "score"]
    design = two_sample_design(
        AB, people(site=["1", "2b", "c", "1", "c", "2b"]), ["site"]
    )
    assert design.columns == ["A", "B", "site=2b", "site=c"]
