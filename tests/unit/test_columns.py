import pytest

from rt1t2.columns import means_missing


@pytest.mark.parametrize(
    "cell",
    ["NA", "N/A", "nan", "-", "none", "#N/A", "NULL", "\u2013", "#VALUE!", "Missing"],
)
def test_other_codes_for_a_missing_value_are_known(cell):
    assert means_missing(cell)


@pytest.mark.parametrize("cell", ["n/a", "no", "0", "61", "Nancy", ""])
def test_everything_else_is_a_value(cell):
    assert not means_missing(cell)
