"""TFCE and its permutation p by brute force, for small designs: exact, and slow."""

from itertools import combinations

import numpy as np
from scipy import ndimage


def exact_tfce(t: np.ndarray) -> np.ndarray:
    """Integrate extent^0.5 height^2 exactly: extents change only at the values of t.

    Between two neighbouring values the clusters are the same, and the integral of h² is
    known. Smith & Nichols 2009, 10.1016/j.neuroimage.2008.03.061.
    """
    total = np.zeros(t.shape)
    below = 0.0
    for value in np.unique(t[t > 0]):
        labels, n = ndimage.label(t >= value)
        extent = np.r_[0, ndimage.sum_labels(t >= value, labels, range(1, n + 1))]
        total += np.sqrt(extent)[labels] * (value**3 - below**3) / 3
        below = value
    return total


def pooled_t(y: np.ndarray, plus: np.ndarray) -> np.ndarray:
    """Return the pooled two-sample t of y, shape (participants, ...)."""
    a, b = y[plus], y[~plus]
    n_a, n_b = len(a), len(b)
    squares = (n_a - 1) * a.var(axis=0, ddof=1) + (n_b - 1) * b.var(axis=0, ddof=1)
    error = np.sqrt(squares / (n_a + n_b - 2) * (1 / n_a + 1 / n_b))
    return (a.mean(axis=0) - b.mean(axis=0)) / error


def every_labelling(n_plus: int, n: int) -> list[np.ndarray]:
    """Return every choice of n_plus of n participants, the first ones first."""
    return [np.isin(np.arange(n), chosen) for chosen in combinations(range(n), n_plus)]


def enumerated_p(y: np.ndarray, n_plus: int) -> np.ndarray:
    """Return the family-wise p of TFCE over every labelling, in the direction of t."""
    labellings = every_labelling(n_plus, len(y))
    largest = np.array(
        [
            [exact_tfce(s * pooled_t(y, plus)).max() for s in (1, -1)]
            for plus in labellings
        ]
    )
    t = pooled_t(y, labellings[0])
    p = [
        (largest[:, [k]] >= exact_tfce(s * t).ravel() * (1 - 1e-9)).mean(axis=0)
        for k, s in enumerate((1, -1))
    ]
    return np.where(t > 0, *(values.reshape(t.shape) for values in p))
