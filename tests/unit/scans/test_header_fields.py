import pytest

from rt1t2.scans.header_fields import tesla


@pytest.mark.parametrize(
    ("stored", "expected"), [(3.0, 3.0), (30000.0, 3.0), (1500.0, 1.5), (0.55, 0.55)]
)
def test_gauss_and_millitesla_are_told_by_their_size(stored, expected):
    assert tesla(stored) == expected
