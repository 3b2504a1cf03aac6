"""ComBat: shift and scale of every scan protocol, by empirical Bayes over the regions.

Johnson et al. 2007, 10.1093/biostatistics/kxj037; Fortin et al. 2018,
10.1016/j.neuroimage.2017.11.024. Fitted on some people (controls), applied to all.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

# As the published code: iteration ends once no parameter moves by more than this share ...
CONVERGED = 1e-4
# ... of itself, or of this where it is about 0.
SMALLEST = 1e-8
MAX_STEPS = 1000
# A residual variance below this share of the mean square is rounding.
NO_VARIATION = 1e-12


@dataclass(frozen=True)
class Combat:
    """A fitted model of protocol effects; every array has one column per region.

    Attributes
    ----------
    levels
        The protocols, j of them.
    mean
        Mean of the protocols' means, weighted by their people, shape (regions,).
    slopes
        Effects of the protected covariates, shape (covariates, regions).
    shift
        σγ* of each protocol in units of the values, shape (j, regions).
    variance
        δ*² of each protocol, relative to the pooled variance, shape (j, regions).
    """

    levels: list[str]
    mean: np.ndarray
    slopes: np.ndarray
    shift: np.ndarray
    variance: np.ndarray

    def apply(
        self,
        values: np.ndarray,
        protocols: Sequence[str],
        covariates: np.ndarray,
        groups: Sequence[str],
    ) -> np.ndarray:
        r"""Take the protocols' effects out of anybody's values.

        Parameters
        ----------
        values
            Shape (n, regions); NaN stays NaN.
        protocols
            Of the n people; one that was not fitted gives NaN.
        covariates
            As they were fitted, shape (n, covariates).
        groups
            Of the n people: the mean of each group with each protocol is protected, too.

        Notes
        -----
        .. math:: y^* = \bar r + \frac{r - \bar r}{s_j} + α + xβ, \quad
                  r = y - α - xβ - σγ^*_j, \quad
                  s_j^2 = δ^{*2}_j / \frac{1}{n} Σ_i δ^{*2}_{j(i)},

        with the mean :math:`\bar r` over the people of one group and protocol. So a difference
        of groups, given the protocol, is what it was, whatever was fitted; only the spread
        within a group is scaled.
        """
        expected = self.mean + covariates @ self.slopes
        names = np.array(protocols)
        rest, variance = np.full((2, *values.shape), np.nan)
        for j, level in enumerate(self.levels):
            of = names == level
            rest[of] = (values - expected - self.shift[j])[of]
            variance[of] = np.where(np.isfinite(rest[of]), self.variance[j], np.nan)
        scale = np.sqrt(variance / _mean(variance))
        for cell in set(zip(groups, protocols, strict=True)):
            of = (np.array(groups) == cell[0]) & (names == cell[1])
            own = _mean(rest[of])
            rest[of] = own + (rest[of] - own) / scale[of]
        harmonised: np.ndarray = rest + expected
        return harmonised


def fit_combat(
    values: np.ndarray, protocols: Sequence[str], covariates: np.ndarray
) -> Combat:
    r"""Fit the protocols' effects.

    Parameters
    ----------
    values
        Shape (n, regions); a person without a value of a region (NaN) is left out there. A
        region that is constant, or cannot be fitted, gets NaN.
    protocols
        Of the n people, at least two of each in a region.
    covariates
        What is kept (protected), shape (n, covariates).

    Notes
    -----
    Model of region v, protocol j: :math:`y = α_v + xβ_v + σ_v(γ_{jv} + δ_{jv} ε)`, by least
    squares with :math:`Σ n_j γ_j = 0`. Published code divides the pooled residual sum of
    squares by n, and that of a protocol by :math:`n_j - 1`: its δ² are n/(n - p) on average,
    so that the values of whoever was not fitted shrink to :math:`\sqrt{(n-p)/n}` of what they
    were (0.95 with 20 controls of two protocols). Here both are divided by their own degrees
    of freedom: people minus leverage.
    """
    levels = sorted(set(protocols))
    member = np.array([[name == level for level in levels] for name in protocols])
    design = np.hstack([member, covariates]).astype(float)
    n_regions, n_levels = values.shape[1], len(levels)
    mean, sd = np.full((2, n_regions), np.nan)
    slopes = np.full((covariates.shape[1], n_regions), np.nan)
    shift, variance, n, df = np.full((4, n_levels, n_regions), np.nan)
    known = np.isfinite(values)
    for present in np.unique(known, axis=1).T:  # who has values: regions alike at once
        regions = np.flatnonzero((known == present[:, None]).all(axis=0))
        x, of, y = design[present], member[present], values[np.ix_(present, regions)]
        if (of.sum(axis=0) < 2).any() or np.linalg.matrix_rank(x) < x.shape[1]:
            continue
        inverse = np.linalg.pinv(x)
        left = (1 - np.einsum("ip,pi->i", x, inverse)) @ of
        beta = inverse @ y
        squares = of.T @ (y - x @ beta) ** 2
        pooled = squares.sum(axis=0) / left.sum()
        varies = pooled > NO_VARIATION * np.mean(y**2, axis=0)
        if left.min() < 0.5 or not varies.any():
            continue
        at, beta = regions[varies], beta[:, varies]
        squares, pooled = squares[:, varies], pooled[varies]
        n[:, at], df[:, at] = of.sum(axis=0)[:, None], left[:, None]
        mean[at] = of.sum(axis=0) @ beta[:n_levels] / len(y)
        slopes[:, at], sd[at] = beta[n_levels:], np.sqrt(pooled)
        shift[:, at] = (beta[:n_levels] - mean[at]) / sd[at]
        variance[:, at] = squares / left[:, None] / pooled
    fitted = np.isfinite(sd)
    for j in range(n_levels):
        at = j, fitted
        shift[at], variance[at] = shrink(shift[at], variance[at], n[at], df[at])
    return Combat(levels, mean, slopes, shift * sd, variance)


def shrink(
    shift: np.ndarray, variance: np.ndarray, n: np.ndarray, df: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    r"""Draw one protocol's shifts and variances towards what its regions have in common.

    Parameters
    ----------
    shift, variance
        γ̂ and δ̂² of every region, shape (regions,).
    n, df
        People behind the shift, and degrees of freedom behind the variance, shape (regions,).

    Returns
    -------
    tuple[np.ndarray, np.ndarray]
        γ* and δ*²; with fewer than three regions, or none that differ, there is nothing to
        learn a prior from, and they stay as they are.

    Notes
    -----
    Priors :math:`γ ∼ N(\bar γ, τ^2)` and :math:`δ^2 ∼ IG(a, b)` by moments; until they stand,

    .. math:: γ^* = \frac{nτ^2 \hat γ + δ^{*2} \bar γ}{nτ^2 + δ^{*2}}, \quad
              δ^{*2} = \frac{b + ½ (\hat δ^2 df + n(\hat γ - γ^*)^2)}{a - 1 + df/2},

    which with df = n is the published form, whose δ*² falls short by 1/n.
    """
    if len(shift) < 3 or np.ptp(shift) == 0 or np.ptp(variance) == 0:
        return shift, variance
    centre, spread = shift.mean(), shift.var(ddof=1)
    m, s2 = variance.mean(), variance.var(ddof=1)
    a, b = (2 * s2 + m**2) / s2, (m * s2 + m**3) / s2
    g, d = shift, variance
    for _ in range(MAX_STEPS):
        g_next = (n * spread * shift + d * centre) / (n * spread + d)
        squares = variance * df + n * (shift - g_next) ** 2
        d_next = (b + squares / 2) / (a - 1 + df / 2)
        moved = max(_moved(g, g_next), _moved(d, d_next))
        g, d = g_next, d_next
        if moved < CONVERGED:
            break
    return g, d


def _mean(values: np.ndarray) -> np.ndarray:
    """Return the mean of the rows that are no NaN, NaN where all are, shape (regions,)."""
    known = np.isfinite(values)
    n = np.where(known.any(axis=0), known.sum(axis=0), np.nan)
    mean: np.ndarray = np.where(known, values, 0).sum(axis=0) / n
    return mean


def _moved(before: np.ndarray, after: np.ndarray) -> float:
    return float(np.max(np.abs(after - before) / np.maximum(np.abs(before), SMALLEST)))
