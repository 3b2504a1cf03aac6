import pytest

from rt1t2.significance import ALPHA, printed_p, rounded_p
from rt1t2.tables import number


@pytest.mark.parametrize(
    ("p", "decimals", "printed"),
    [
        (0.0496, 3, "0.0496"),
        (0.04951, 3, "0.0495"),
        (0.0494, 3, "0.049"),
        (0.05, 3, "0.050"),
        (0.0504, 3, "0.050"),
        (0.049996, 4, "0.049996"),
        (0.3, 2, "0.30"),
    ],
)
def test_a_printed_p_lies_on_the_side_of_the_level_where_p_does(p, decimals, printed):
    assert rounded_p(p, decimals) == printed
    assert (float(printed) < ALPHA) == (p < ALPHA)


@pytest.mark.parametrize(
    ("text", "printed"),
    [("n/a", "n/a"), ("0.0009", "< 0.001"), ("0.001", "= 0.001"), ("0.25", "= 0.250")],
)
def test_p_values(text, printed):
    assert printed_p(number(text), "= ") == printed


def test_without_a_sign_of_equality():
    assert printed_p(0.0123) == "0.012"
    assert printed_p(0.0496, "= ") == "= 0.0496"
