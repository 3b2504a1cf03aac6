"""False discovery rate of several tests."""

from collections.abc import Sequence

import numpy as np
from scipy import stats


def benjamini_hochberg(p: np.ndarray | Sequence[float]) -> np.ndarray:
    """Return q values: the false discovery rate at which each p would be called.

    Parameters
    ----------
    p
        P values of one family of tests. An undefined one (NaN) is no test, and stays NaN.

    References
    ----------
    Benjamini & Hochberg 1995, doi:10.1111/j.2517-6161.1995.tb02031.x
    """
    p = np.asarray(p, dtype=float)
    q = np.full(p.shape, np.nan)
    defined = np.isfinite(p)
    if defined.any():
        q[defined] = stats.false_discovery_control(p[defined])
    return q
