import pytest

from rt1t2.significance import ALPHA, rounded_p


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
