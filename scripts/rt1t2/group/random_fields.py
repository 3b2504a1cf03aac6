"""Random field theory of t and F maps: p of peaks, clusters and sets of clusters, as SPM12.

Worsley et al. 1996 (10.1002/(SICI)1097-0193(1996)4:1<58::AID-HBM4>3.0.CO;2-O), Friston et al.
1994 and 1996 (10.1002/hbm.460010306, 10.1006/nimg.1996.0074).
"""

from dataclasses import dataclass

import numpy as np
from scipy import optimize, special, stats

from rt1t2.significance import ALPHA

EPS = np.finfo(float).eps
FOUR_LN_2 = 4 * np.log(2)
# SPM forms small p as 1 - (1 - p), in multiples of 1.1e-16. So do we while three digits are
# left, to give its numbers; below, where SPM ends at p = 0 and Z = Inf, p stays exact.
SMALLEST_P_OF_SPM = 1e-13

Values = float | np.ndarray


@dataclass(frozen=True)
class TField:
    """A map of t values and the volume that it was searched in.

    Attributes
    ----------
    df
        Degrees of freedom.
    resels
        Resel counts of dimension 0 to 3; NaN where smoothness is unknown, and then every p
        value that needs it is NaN.
    fwhm_voxels
        Smoothness along the three axes in voxels.
    n_voxels
        Voxels searched.
    """

    df: float
    resels: np.ndarray
    fwhm_voxels: np.ndarray
    n_voxels: int

    @property
    def resel_voxels(self) -> float:
        """Voxels in one resel."""
        return float(np.prod(self.fwhm_voxels))

    def expected_euler(self, t: Values) -> np.ndarray:
        """Return the Euler characteristic expected above t, about the number of clusters."""
        return np.tensordot(self.resels, self.densities(t), axes=1)

    def densities(self, t: Values) -> np.ndarray:
        """Return the Euler characteristic densities, see :func:`ec_densities`."""
        return ec_densities(t, self.df)

    def tail(self, t: Values) -> np.ndarray:
        """P of a value above t at one voxel, see :func:`tail`."""
        return tail(t, self.df)

    def peak_p_unc(self, t: Values) -> np.ndarray:
        """P of a value at least t at one voxel, formed as SPM: 1 − exp(−P(T > t))."""
        return _at_least_one(_and_epsilon(self.tail(t)))

    def peak_p_fwe(self, t: Values) -> np.ndarray:
        """P of any voxel above t: random field theory or Bonferroni, whichever is less."""
        bonferroni = np.minimum(self.n_voxels * self.tail(t), 1)
        by_field = _at_least_one(_and_epsilon(self.expected_euler(t)))
        smaller: np.ndarray = np.fmin(by_field, bonferroni)
        return smaller

    def height(self, p: float) -> float:
        """Return t with one-sided uncorrected p."""
        return float(stats.t.isf(p, self.df))

    def fwe_height(self, alpha: float = ALPHA) -> float:
        """Return t with family-wise p ``alpha``."""
        bonferroni = self.height(alpha / self.n_voxels)
        if not np.isfinite(self.resels).all():
            return bonferroni
        low = self.beyond_mode()
        if _at_least_one(self.expected_euler(low)) <= alpha:
            return float(min(low, bonferroni))
        # with few degrees of freedom it falls so slowly that Bonferroni's t is reached first
        if _at_least_one(self.expected_euler(bonferroni)) >= alpha:
            return bonferroni
        by_field = optimize.brentq(
            lambda t: float(_at_least_one(self.expected_euler(t))) - alpha,
            low,
            bonferroni,
            xtol=1e-10,
        )
        return float(by_field)

    def beyond_mode(self) -> float:
        """Return a value above the mode of the Euler characteristic: it falls from here on."""
        return 2.0

    def expected_cluster_voxels(self, height: float) -> float:
        """Return the expected voxels of a cluster above ``height``."""
        densities = self.densities(height)
        return float(densities[0] / densities[3]) * self.resel_voxels

    def cluster_p_unc(self, n_voxels: Values, height: float) -> np.ndarray:
        """P that a cluster above ``height`` has at least ``n_voxels``.

        exp(−β k^(2/3)) with k in resels and β = (Γ(5/2) / E[k])^(2/3).
        """
        expected = self.expected_cluster_voxels(height) / self.resel_voxels
        beta = (special.gamma(2.5) / expected) ** (2 / 3)
        p: np.ndarray = np.exp(
            -beta * (np.asarray(n_voxels) / self.resel_voxels) ** (2 / 3)
        )
        return p

    def cluster_p_fwe(self, n_voxels: Values, height: float) -> np.ndarray:
        """P that any cluster above ``height`` has at least ``n_voxels``."""
        return _at_least_one(
            self.expected_euler(height) * self.cluster_p_unc(n_voxels, height)
        )

    def set_p(self, n_clusters: int, extent_voxels: int, height: float) -> float:
        """P of at least ``n_clusters`` clusters of at least ``extent_voxels``."""
        mean = self.expected_clusters(extent_voxels, height)
        return float(stats.poisson.sf(n_clusters - 1, mean))

    def expected_clusters(self, extent_voxels: int, height: float) -> float:
        """Return the expected number of clusters of at least ``extent_voxels``."""
        return float(
            self.expected_euler(height) * self.cluster_p_unc(extent_voxels, height)
        )

    def zscore(self, t: Values) -> np.ndarray:
        """Return the standard normal value with the uncorrected p of t."""
        z: np.ndarray = stats.norm.isf(self.peak_p_unc(t))
        return z


@dataclass(frozen=True)
class FField(TField):
    """A map of F values; ``df`` are the residual degrees of freedom.

    Attributes
    ----------
    df_effect
        Numerator degrees of freedom.
    """

    df_effect: int = 1

    def densities(self, t: Values) -> np.ndarray:
        """Return the Euler characteristic densities, see :func:`f_densities`."""
        return f_densities(t, self.df_effect, self.df)

    def tail(self, t: Values) -> np.ndarray:
        """P of a value above F at one voxel."""
        return _rounded(stats.f.sf(t, self.df_effect, self.df))

    def height(self, p: float) -> float:
        """Return F with uncorrected p."""
        return float(stats.f.isf(p, self.df_effect, self.df))

    def beyond_mode(self) -> float:
        """Return F above the mode of the Euler characteristic: it falls from here on."""
        values = np.linspace(0.1, self.height(1e-4), 400)
        return float(values[np.argmax(self.expected_euler(values))])


def f_densities(f: Values, k: int, v: float) -> np.ndarray:
    """Euler characteristic densities of an F field in 0 to 3 dimensions.

    Parameters
    ----------
    f
        F.
    k, v
        Numerator and residual degrees of freedom.

    Returns
    -------
    np.ndarray
        Shape (4, *f.shape), per resel, at least the machine epsilon. Worsley 1994,
        10.2307/1427576.
    """
    f = np.asarray(f, dtype=float)
    x = k * f / v
    a = FOUR_LN_2 / (2 * np.pi)
    b = special.gammaln(v / 2) + special.gammaln(k / 2)
    common = (1 + x) ** (-(v + k - 2) / 2)

    def part(d: int) -> np.ndarray:
        size: np.ndarray = x ** ((k - d) / 2) * common
        return np.asarray(np.exp(special.gammaln((v + k - d) / 2) - b) * size)

    cubic = (v - 1) * (v - 2) * x**2 - (2 * v * k - v - k - 1) * x + (k - 1) * (k - 2)
    densities = np.stack(
        [
            _rounded(stats.f.sf(f, k, v)),
            np.sqrt(2 * a) * part(1),
            a * part(2) * ((v - 1) * x - (k - 1)),
            a**1.5 / np.sqrt(2) * part(3) * cubic,
        ]
    )
    positive: np.ndarray = np.maximum(densities, EPS)
    return positive


def ec_densities(t: Values, df: float) -> np.ndarray:
    """Euler characteristic densities of a t field in 0 to 3 dimensions.

    Returns
    -------
    np.ndarray
        Shape (4, *t.shape), per resel, at least the machine epsilon.
    """
    t = np.asarray(t, dtype=float)
    common = (1 + t**2 / df) ** ((1 - df) / 2)
    ratio = np.exp(special.gammaln((df + 1) / 2) - special.gammaln(df / 2))
    densities = np.stack(
        [
            tail(t, df),
            FOUR_LN_2**0.5 / (2 * np.pi) * common,
            FOUR_LN_2 / (2 * np.pi) ** 1.5 * ratio / np.sqrt(df / 2) * t * common,
            FOUR_LN_2**1.5 / (2 * np.pi) ** 2 * ((df - 1) * t**2 / df - 1) * common,
        ]
    )
    positive: np.ndarray = np.maximum(densities, EPS)
    return positive


def tail(t: Values, df: Values) -> np.ndarray:
    """One-sided p of t, with SPM's rounding while three digits are left."""
    return _rounded(stats.t.sf(t, df))


def equal_p_t(t: np.ndarray, df: np.ndarray, common_df: float) -> np.ndarray:
    """Turn t values with their own degrees of freedom into t of ``common_df`` with the same p."""
    t, df = np.broadcast_arrays(t, df)
    result = np.array(t, dtype=float)
    differs = np.isfinite(t) & (np.abs(df - common_df) > 1e-3)
    magnitude = stats.t.isf(stats.t.sf(np.abs(t[differs]), df[differs]), common_df)
    result[differs] = np.copysign(magnitude, t[differs])
    return result


def equal_p_f(
    f: np.ndarray, df_effect: int, df: np.ndarray, common_df: float
) -> np.ndarray:
    """Turn F values with their own degrees of freedom into F of ``common_df`` with the same p."""
    f, df = np.broadcast_arrays(f, df)
    result = np.array(f, dtype=float)
    differs = np.isfinite(f) & (np.abs(df - common_df) > 1e-3)
    p = stats.f.sf(f[differs], df_effect, df[differs])
    result[differs] = stats.f.isf(p, df_effect, common_df)
    return result


def _at_least_one(mean: Values) -> np.ndarray:
    """P of at least one event where ``mean`` are expected."""
    return _rounded(-np.expm1(-np.asarray(mean, dtype=float)))


def _and_epsilon(mean: Values) -> np.ndarray:
    """Add the machine epsilon that SPM adds, where it is far below the value."""
    return np.where(np.less(mean, SMALLEST_P_OF_SPM), mean, mean + EPS)


def _rounded(p: Values) -> np.ndarray:
    return np.where(np.less(p, SMALLEST_P_OF_SPM), p, 1 - (1 - np.asarray(p)))
