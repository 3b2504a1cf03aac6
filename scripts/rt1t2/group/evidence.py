"""Beyond p: effect size, equivalence, and evidence for the null, from t or F alone."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import ndimage, special, stats

from rt1t2.significance import ALPHA

# Scale of the Cauchy prior of the standardised effect: the usual "medium" width.
PRIOR_SCALE = np.sqrt(2) / 2
# A Bayes factor beyond 3, or below 1/3, is called evidence.
EVIDENCE = 3.0
NODES_OF_T, NODES_OF_N, MARGIN = 256, 10, 6


@dataclass(frozen=True)
class EvidenceCounts:
    """Counts of the tested voxels, and their shares.

    Attributes
    ----------
    n_effect, share_effect
        Bayes factor above EVIDENCE.
    n_null, share_null
        Bayes factor below 1 / EVIDENCE.
    n_equivalent, share_equivalent
        Equivalence at ALPHA.
    """

    n_voxels: int
    n_effect: int
    n_null: int
    n_equivalent: int
    share_effect: float
    share_null: float
    share_equivalent: float


@dataclass(frozen=True)
class Evidence:
    """Effect, equivalence and evidence of one contrast; arrays have shape (voxels,).

    Attributes
    ----------
    g, g_low, g_high
        The effect size of the contrast, such as Hedges g, and its 95 % limits.
    equivalence
        p of a difference beyond the bound.
    log10_bf10
        log10 of the Bayes factor, effect against none.
    counts
        Of all voxels.
    lowest_possible_bf10
        Bayes factor of t = 0 with the median degrees of freedom and effective n.
    """

    g: np.ndarray
    g_low: np.ndarray
    g_high: np.ndarray
    equivalence: np.ndarray
    log10_bf10: np.ndarray
    counts: EvidenceCounts
    lowest_possible_bf10: float


def hedges_g(t: np.ndarray, df: np.ndarray, effective_n: np.ndarray) -> np.ndarray:
    r"""Return Hedges g, the standardised difference without small-sample bias.

    :math:`g = J t / \sqrt{ñ}` with :math:`J = Γ(ν/2) / (\sqrt{ν/2} Γ((ν-1)/2))`; NaN for
    ν ≤ 1, where the mean of t does not exist. Hedges 1981, 10.3102/10769986006002107.

    Parameters
    ----------
    t, df
        t and its degrees of freedom ν, shape (voxels,).
    effective_n
        ñ, 1 / (1/n₁ + 1/n₂) for two groups of equal variance without covariates.
    """
    nu = np.where(np.asarray(df) > 1, df, np.nan)
    log_j = special.gammaln(nu / 2) - special.gammaln((nu - 1) / 2) - np.log(nu / 2) / 2
    g: np.ndarray = np.exp(log_j) * t / np.sqrt(effective_n)
    return g


def effect_interval(
    t: np.ndarray, df: np.ndarray, effective_n: np.ndarray, level: float = 0.95
) -> tuple[np.ndarray, np.ndarray]:
    """Return the exact confidence limits of the standardised difference, shape (voxels,).

    They are the non-centralities with which t is the (1 ± level)/2 quantile of noncentral
    t, over √ñ (Cumming & Finch 2001, 10.1177/0013164401614002).
    """
    tail = (1 - level) / 2

    def limit(p: float) -> np.ndarray:
        return _tabulated(lambda a, nu: special.nctdtrinc(nu, p, a), np.abs(t), df)

    near, far = limit(1 - tail), limit(tail)
    low, high = np.where(t >= 0, (near, far), (-far, -near)) / np.sqrt(effective_n)
    return low, high


def partial_r(
    t: np.ndarray, df: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    r"""Return the partial correlation and its 95 % limits, each of shape (voxels,).

    :math:`r = t / \sqrt{t² + ν}`; the limits are those of Fisher's z with the standard
    error :math:`1 / \sqrt{ν - 1}`, which is n - 3 less the columns that are held fixed. NaN
    for ν ≤ 1. Fisher 1924, Metron 3:329-332.
    """
    r = t / np.sqrt(t**2 + df)
    z = np.arctanh(r)
    half = stats.norm.isf(0.025) / np.sqrt(np.where(df > 1, df - 1, np.nan))
    return r, np.tanh(z - half), np.tanh(z + half)


def partial_eta2(
    f: np.ndarray, df_effect: int, df: np.ndarray, n: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    r"""Return partial η² and its 95 % limits, each of shape (voxels,).

    :math:`η² = kF / (kF + ν)`; the limits are :math:`λ / (λ + n)` of the non-centralities λ
    with which F is the 97.5 % and the 2.5 % quantile of noncentral F, 0 where there is none
    (Steiger 2004, 10.1037/1082-989X.9.2.164).
    """

    def limit(p: float) -> np.ndarray:
        def noncentrality(a: np.ndarray, nu: np.ndarray) -> np.ndarray:
            found = np.nan_to_num(special.ncfdtrinc(df_effect, nu, p, a))
            return np.where(special.fdtr(df_effect, nu, a) <= p, 0.0, found)

        found = np.maximum(_tabulated(noncentrality, f, df), 0)
        share: np.ndarray = found / (found + n)
        return share

    eta2 = df_effect * f / (df_effect * f + df)
    return eta2, limit(0.975), limit(0.025)


def equivalence_p(
    t: np.ndarray,
    df: np.ndarray,
    effective_n: np.ndarray,
    bound_g: float,
    df_effect: int | None = None,
) -> np.ndarray:
    """Return p of a standardised difference beyond ± ``bound_g`` (two one-sided tests).

    The larger of both one-sided p values, each from noncentral t with the effect at the
    bound; small p: the difference is smaller than the bound. Schuirmann 1987,
    10.1007/BF01068419; Lakens 2017, 10.1177/1948550617697177. Of F, where ``df_effect`` is
    given, from noncentral F (Campbell & Lakens 2021, 10.1111/bmsp.12201).
    """

    def log_p(a: np.ndarray, nu: np.ndarray, n: np.ndarray) -> np.ndarray:
        if df_effect is None:
            p = stats.nct.cdf(a, nu, bound_g * np.sqrt(n))
        else:
            p = special.ncfdtr(df_effect, nu, bound_g**2 * n, a)
        logit: np.ndarray = special.logit(np.clip(p, 1e-15, 1 - 1e-15))
        return logit

    interpolated: np.ndarray = special.expit(
        _tabulated(log_p, np.abs(t), df, effective_n)
    )
    return interpolated


def log10_bayes_factor(
    t: np.ndarray,
    df: np.ndarray,
    effective_n: np.ndarray,
    scale: float = PRIOR_SCALE,
    df_effect: int = 1,
) -> np.ndarray:
    r"""Return log10 BF₁₀ of an effect (Cauchy prior of the given scale) against none.

    .. math:: BF_{10} = \frac{\int_0^∞ (1+ñg)^{-1/2} (1 + t²/((1+ñg)ν))^{-(ν+1)/2} π(g) dg}
                             {(1 + t²/ν)^{-(ν+1)/2}}

    with r²/g ~ χ²₁ (Jeffreys–Zellner–Siow). Rouder et al. 2009, 10.3758/PBR.16.2.225. Of F
    with k numerator degrees of freedom, ``t`` is √(kF), and (1+ñg) has the power -k/2, the
    others -(ν+k)/2 (Liang et al. 2008, 10.1198/016214507000001337).
    """
    # r²/g = z², z half-normal; z = exp(u) makes the trapezoid rule exact to rounding
    u = np.linspace(-20, np.log(40), 201)
    weight = np.sqrt(2 / np.pi) * np.exp(u - np.exp(2 * u) / 2) * (u[1] - u[0])

    def log_bf(a: np.ndarray, nu: np.ndarray, n: np.ndarray) -> np.ndarray:
        a, nu, n = (x[..., None] for x in np.broadcast_arrays(a, nu, n))
        shrink = 1 / (1 + n * scale**2 * np.exp(-2 * u))
        power = -(nu + df_effect) / 2
        terms = df_effect * np.log(shrink) / 2 + power * (
            np.log1p(a**2 * shrink / nu) - np.log1p(a**2 / nu)
        )
        log10_bf: np.ndarray = special.logsumexp(terms, b=weight, axis=-1) / np.log(10)
        return log10_bf

    return _tabulated(log_bf, np.abs(t), df, effective_n)


def evidence_of(
    t: np.ndarray,
    df: np.ndarray,
    effective_n: np.ndarray,
    equivalence_bound_g: float,
    measure: str = "hedges_g",
    df_effect: int = 1,
) -> Evidence:
    """Return effect, equivalence and Bayes factor of all tested voxels.

    Parameters
    ----------
    t, df, effective_n
        The statistic, its residual degrees of freedom and ñ, see
        :class:`~rt1t2.group.model.Fit`, shape (voxels,).
    equivalence_bound_g
        Smaller differences count as none.
    measure
        Effect size, one of :data:`rt1t2.contrasts.MEASURES`; ``partial_eta2`` is of F.
    df_effect
        Numerator degrees of freedom of F; 1 of t.
    """
    is_f = measure == "partial_eta2"
    effect, low, high = _effect(t, df, effective_n, measure, df_effect)
    root = np.sqrt(df_effect * t) if is_f else t
    log10_bf = log10_bayes_factor(root, df, effective_n, df_effect=df_effect)
    equivalence = equivalence_p(
        t, df, effective_n, equivalence_bound_g, df_effect if is_f else None
    )
    nu, n = (np.median(values, keepdims=True) for values in (df, effective_n))
    at_zero = log10_bayes_factor(np.zeros(1), nu, n, df_effect=df_effect)
    return Evidence(
        g=effect,
        g_low=low,
        g_high=high,
        equivalence=equivalence,
        log10_bf10=log10_bf,
        counts=evidence_counts(log10_bf, equivalence),
        lowest_possible_bf10=10 ** at_zero[0],
    )


def _effect(
    t: np.ndarray,
    df: np.ndarray,
    effective_n: np.ndarray,
    measure: str,
    df_effect: int,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return an effect size with its limits; d_z is t / √n, without a correction."""
    if measure == "partial_r":
        return partial_r(t, df)
    if measure == "partial_eta2":
        return partial_eta2(t, df_effect, df, 4 * effective_n)
    limits = effect_interval(t, df, effective_n)
    if measure == "d_z":
        return t / np.sqrt(effective_n), *limits
    return hedges_g(t, df, effective_n), *limits


def evidence_counts(log10_bf: np.ndarray, equivalence: np.ndarray) -> EvidenceCounts:
    """Count the voxels with evidence for an effect, for none, and for equivalence."""
    n = int(np.isfinite(log10_bf).sum())
    n_effect = int((log10_bf > np.log10(EVIDENCE)).sum())
    n_null = int((log10_bf < -np.log10(EVIDENCE)).sum())
    n_equivalent = int((equivalence < ALPHA).sum())
    shares = (count / max(n, 1) for count in (n_effect, n_null, n_equivalent))
    return EvidenceCounts(n, n_effect, n_null, n_equivalent, *shares)


def _tabulated(
    function: Callable[..., np.ndarray], t: np.ndarray, *others: np.ndarray
) -> np.ndarray:
    """Evaluate a smooth function of |t|, and of what differs little, by cubic splines.

    The table is even in arsinh |t| and in the logarithm of the others; an argument that is
    the same at all voxels is no dimension of the table. NaN where an argument is.
    """
    arguments = np.broadcast_arrays(t, *others)
    defined = np.logical_and.reduce([np.isfinite(x) for x in arguments])
    result = np.full(defined.shape, np.nan)
    if not defined.any():
        return result
    nodes, positions = [], []
    for index, argument in enumerate(arguments):
        scale = (np.arcsinh, np.sinh) if index == 0 else (np.log, np.exp)
        values = scale[0](argument[defined].astype(float))
        low, high = float(values.min()), float(values.max())
        if high - low < 1e-9:
            nodes.append(argument[defined][:1].astype(float))
            positions.append(np.zeros(values.shape))
            continue
        n = NODES_OF_N if index else NODES_OF_T
        step = (high - low) / (n - 1)
        nodes.append(scale[1](low + step * np.arange(-MARGIN, n + MARGIN)))
        positions.append((values - low) / step + MARGIN)
    # one |t| at a time: the functions make large intermediate arrays
    table = np.concatenate(
        [function(*np.meshgrid([a], *nodes[1:], indexing="ij")) for a in nodes[0]]
    )
    result[defined] = ndimage.map_coordinates(
        table, np.stack(positions), order=3, mode="nearest"
    )
    return result
