"""Intraclass correlations of repeated measurements: closed forms of two-way analysis of variance.

Shrout and Fleiss 1979 (10.1037/0033-2909.86.2.420), intervals as McGraw and Wong 1996
(10.1037/1082-989X.1.1.30). pingouin has them too, rounded to two digits and with pandas, seaborn
and scikit-learn behind it.
"""

from typing import NamedTuple

import numpy as np
from scipy import stats

NOTHING = 1e-12


class Estimate(NamedTuple):
    """A value and the limits of its confidence interval; NaN where undefined."""

    value: float
    low: float
    high: float


UNDEFINED = Estimate(np.nan, np.nan, np.nan)


def intraclass(
    values: np.ndarray, confidence: float = 0.95
) -> tuple[Estimate, Estimate]:
    """Return ICC(2,1), absolute agreement, and ICC(3,1), consistency, of single measurements.

    With mean squares of people R, of sessions C and of the residual E, n people and k sessions:
    ICC(2,1) = (R - E) / (R + (k - 1) E + k (C - E) / n), which a shift between the sessions
    lowers, and ICC(3,1) = (R - E) / (R + (k - 1) E), which it does not.

    Parameters
    ----------
    values
        Shape (people, sessions). People with an undefined value are left out.
    confidence
        Of the intervals, from F distributions.

    Returns
    -------
    tuple
        Undefined with fewer than two people or sessions, or where nothing varies; without a
        residual only the intervals are.
    """
    x = np.asarray(values, float)
    x = x[np.isfinite(x).all(axis=1)] if x.ndim == 2 else x
    if x.ndim != 2 or min(x.shape) < 2:
        return UNDEFINED, UNDEFINED
    n, k = x.shape
    people, sessions = x.mean(axis=1), x.mean(axis=0)
    r = k * people.var(ddof=1)
    c = n * sessions.var(ddof=1)
    residual = x - people[:, None] - sessions + x.mean()
    e = float((residual**2).sum() / ((n - 1) * (k - 1)))
    if max(r, c, e) <= NOTHING * x.mean() ** 2:
        return UNDEFINED, UNDEFINED
    agreement = (r - e) / (r + (k - 1) * e + k * (c - e) / n)
    consistency = (r - e) / (r + (k - 1) * e)
    if e <= NOTHING * max(r, c):
        nan = np.nan, np.nan
        return Estimate(agreement, *nan), Estimate(consistency, *nan)
    tail = (1 + confidence) / 2
    squares = float(r), float(c), e
    return (
        Estimate(agreement, *_of_agreement(*squares, n, k, agreement, tail)),
        Estimate(consistency, *_of_consistency(r / e, n, k, tail)),
    )


def _of_consistency(f: float, n: int, k: int, tail: float) -> tuple[float, float]:
    """Return the limits of ICC(3,1) from the ratio of mean squares."""
    df = n - 1, (n - 1) * (k - 1)
    low = f / stats.f.ppf(tail, *df)
    high = f * stats.f.ppf(tail, *df[::-1])
    return float((low - 1) / (low + k - 1)), float((high - 1) / (high + k - 1))


def _of_agreement(
    r: float, c: float, e: float, n: int, k: int, icc: float, tail: float
) -> tuple[float, float]:
    """Return the limits of ICC(2,1), with Satterthwaite's degrees of freedom."""
    of_sessions = k * icc * c / e
    of_rest = n * (1 + (k - 1) * icc) - k * icc
    df = (k - 1) * (n - 1) * (of_sessions + of_rest) ** 2
    df /= (n - 1) * of_sessions**2 + of_rest**2
    f_low, f_high = stats.f.ppf(tail, n - 1, df), stats.f.ppf(tail, df, n - 1)
    both = k * c + (k * n - k - n) * e
    low = n * (r - f_low * e) / (f_low * both + n * r)
    high = n * (f_high * r - e) / (both + n * f_high * r)
    return float(low), float(high)
