"""What a design can detect: power of one voxel at a threshold, and the smallest sure effect."""

from dataclasses import dataclass

import numpy as np
from scipy import optimize, stats

EFFECTS_G = (0.5, 0.8, 1.2)
POWER = 0.8


@dataclass(frozen=True)
class ThresholdPower:
    """Power of one voxel at one threshold.

    Attributes
    ----------
    t
        The threshold.
    power
        By standardised difference, such as ``0.5``.
    detectable_g
        Smallest standardised difference with a power of POWER; NaN without a threshold.
    """

    t: float
    power: dict[str, float]
    detectable_g: float


def detection_power(
    effect_g: float,
    df: float,
    effective_n: float,
    threshold_t: float,
    df_effect: int | None = None,
) -> float:
    """Return P(t > threshold) of a voxel with a standardised difference ``effect_g``.

    t is noncentral with non-centrality g √ñ; ñ = n₁n₂/(n₁ + n₂) for two groups of equal
    variance without covariates. F, where ``df_effect`` is given, has the non-centrality
    g² ñ. Cohen 1988, ISBN 0-8058-0283-5.
    """
    if df_effect is not None:
        power = stats.ncf.sf(threshold_t, df_effect, df, effect_g**2 * effective_n)
    else:
        power = stats.nct.sf(threshold_t, df, effect_g * np.sqrt(effective_n))
    return float(np.clip(power, 0, 1))


def detectable_g(
    df: float,
    effective_n: float,
    threshold_t: float,
    power: float = POWER,
    df_effect: int | None = None,
) -> float:
    """Return the smallest standardised difference found with the given power."""
    if not np.isfinite(threshold_t):
        return np.nan
    if df_effect is not None:
        squared = optimize.brentq(
            lambda nc: float(stats.ncf.sf(threshold_t, df_effect, df, nc)) - power,
            0,
            100 + 20 * df_effect * threshold_t,
            xtol=1e-9,
        )
        return float(np.sqrt(squared / effective_n))
    noncentrality = optimize.brentq(
        lambda nc: float(stats.nct.sf(threshold_t, df, nc)) - power,
        0,
        10 + 10 * abs(threshold_t),
        xtol=1e-9,
    )
    return float(noncentrality / np.sqrt(effective_n))


def design_power(
    df: float,
    effective_n: float,
    thresholds: dict[str, float],
    df_effect: int | None = None,
) -> dict[str, ThresholdPower]:
    """Return the power at every threshold, by its name."""
    return {
        name: ThresholdPower(
            t=t,
            power={
                f"{g:g}": detection_power(g, df, effective_n, t, df_effect)
                for g in EFFECTS_G
            },
            detectable_g=detectable_g(df, effective_n, t, df_effect=df_effect),
        )
        for name, t in thresholds.items()
    }
