"""The level below which a p value is called significant, and p printed so that it shows."""

ALPHA = 0.05


def rounded_p(p: float, decimals: int) -> str:
    """Print a p value with so many decimals, and more where rounding would carry it to ALPHA.

    0.0496 is 0.0496 and not 0.050: a reader can tell on which side of ALPHA it lies.
    """
    text = f"{p:.{decimals}f}"
    while p < ALPHA <= float(text) and decimals < 17:
        decimals += 1
        text = f"{p:.{decimals}f}"
    return text
