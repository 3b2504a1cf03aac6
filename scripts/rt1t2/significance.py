"""The level below which a p value is called significant, and p printed so that it shows."""

import math

ALPHA = 0.05
SMALLEST_PRINTED = 0.001


def rounded_p(p: float, decimals: int) -> str:
    """Print a p value with so many decimals, and more where rounding would carry it to ALPHA.

    0.0496 is 0.0496 and not 0.050: a reader can tell on which side of ALPHA it lies.
    """
    text = f"{p:.{decimals}f}"
    while p < ALPHA <= float(text) and decimals < 17:
        decimals += 1
        text = f"{p:.{decimals}f}"
    return text


def printed_p(p: float, equals: str = "") -> str:
    """Print a p value with three decimals after ``equals``, or ``< 0.001``; NaN is n/a."""
    if math.isnan(p):
        return "n/a"
    return equals + rounded_p(p, 3) if p >= SMALLEST_PRINTED else "< 0.001"
