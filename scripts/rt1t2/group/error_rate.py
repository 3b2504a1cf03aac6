"""Error rate of the height and extent thresholds, from studies without an effect.

Two answers, which differ where people's maps vary together over the whole brain: one from the
data's own residuals, one from stationary noise of the estimated smoothness.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

import cc3d
import numpy as np
from scipy import fft, stats

from rt1t2.geometry.morphology import bounding_box
from rt1t2.group.coarse_grid import coarse_step
from rt1t2.group.design import Design
from rt1t2.group.model_record import ModelRecord
from rt1t2.group.permutation import reason_against
from rt1t2.group.residual_null import ResidualNull

FOUR_LN_2 = 4 * np.log(2)
# More degrees of freedom are simulated as this many: the tail of t hardly differs.
MOST_DF = 100
# Values of null fields that are held in memory at a time: 200 MB.
MOST_KEPT = 25_000_000
# The noise is periodic: opposite faces of the box are kept this many FWHM apart.
MARGIN_FWHM = 1.5
NONE_ASKED_FOR = "statistics.null_studies is 0"


@dataclass(frozen=True)
class ErrorRate:
    """Clusters found in null studies.

    Attributes
    ----------
    rate, low, high
        Share of one-sided analyses with a cluster, and its exact 95 % interval.
    rate_either
        Share of studies with a cluster in either direction.
    largest
        Voxels of each study's largest cluster by direction, shape (studies, 2 or 1).
    df
        Degrees of freedom simulated.
    """

    rate: float
    low: float
    high: float
    rate_either: float
    largest: np.ndarray
    df: int


@dataclass(frozen=True)
class RateRecord:
    """One of the rates in ``error_rate.json``.

    Attributes
    ----------
    assumes
        What it takes for granted, in words.
    studies
        Simulated studies.
    rate, rate_low, rate_high, rate_either, df
        As in :class:`ErrorRate`; ``None`` where nothing was simulated.
    extent_voxels_p05
        Size of the largest false cluster, in voxels of the full grid, that 5 % of the
        analyses exceed.
    reason_against
        Why nothing was simulated, ``None`` if it was.
    """

    assumes: str
    studies: int = 0
    rate: float | None = None
    rate_low: float | None = None
    rate_high: float | None = None
    rate_either: float | None = None
    df: int | None = None
    extent_voxels_p05: float | None = None
    reason_against: str | None = None


@dataclass(frozen=True)
class ErrorRateRecord:
    """The content of ``error_rate.json``: two rates of the same thresholds, and conditions.

    Attributes
    ----------
    height_p, extent_voxels
        The thresholds.
    fwhm_mm, voxel_mm
        Smoothness of the stationary noise, and voxels of both, shape (3,).
    participants
        Group -> number.
    seed
        Decides the simulated studies.
    from_residuals, stationary
        The rate from the data's own residuals, and from noise as smooth as they are.
    """

    height_p: float
    extent_voxels: int
    fwhm_mm: np.ndarray
    voxel_mm: np.ndarray
    participants: dict[str, int]
    seed: int
    from_residuals: RateRecord
    stationary: RateRecord

    def entries(self) -> dict[str, Any]:
        """Return the record as nested dictionaries."""
        rates = ("from_residuals", "stationary")
        return vars(self) | {name: vars(getattr(self, name)) for name in rates}


FROM_RESIDUALS = RateRecord(
    "errors of any spatial covariance, estimated by these maps' own residuals: their signs are "
    "flipped at random within the groups"
)
STATIONARY = RateRecord(
    "Gaussian noise of one smoothness in the whole brain, that of the residuals"
)


def error_rate_of(
    model: ModelRecord,
    design: Design,
    maps: Sequence[np.ndarray],
    mask: np.ndarray,
    step: int,
    voxel_mm: np.ndarray,
    height_p: float,
    extent_voxels: int,
    studies: int,
    seed: int,
) -> ErrorRateRecord:
    """Estimate the error rate of one contrast's thresholds in two ways.

    Parameters
    ----------
    model, design
        The fitted contrast.
    maps
        Each participant's values at the voxels of ``mask``, NaN where undefined.
    mask
        Tested voxels, bool, shape (x, y, z), of the grid that ``step`` leaves.
    step, voxel_mm
        Every ``step``-th voxel is taken; size of a voxel of the full grid, shape (3,).
    height_p, extent_voxels
        The thresholds, in voxels of the full grid.
    studies, seed
        Number of studies, 0 for none, and the seed that decides them.
    """
    extent = extent_voxels / step**3
    return ErrorRateRecord(
        height_p=height_p,
        extent_voxels=extent_voxels,
        fwhm_mm=model.fwhm_mm,
        voxel_mm=voxel_mm * step,
        participants=model.n,
        seed=seed,
        from_residuals=_from_residuals(
            model, design, maps, mask, step, height_p, extent, studies, seed
        ),
        stationary=_stationary(model, mask, step, height_p, extent, studies, seed),
    )


def simulation_step(fwhm_voxels: np.ndarray, extent_voxels: int) -> int:
    """Return how coarse the grid may be: at least 3 voxels in a cluster that counts."""
    return coarse_step(fwhm_voxels, extent_voxels, voxels_per_extent=3)


def _stationary(
    model: ModelRecord,
    mask: np.ndarray,
    step: int,
    height_p: float,
    extent_voxels: float,
    studies: int,
    seed: int,
) -> RateRecord:
    if studies == 0:
        return replace(STATIONARY, reason_against=NONE_ASKED_FOR)
    if not np.isfinite(model.fwhm_voxels).all() or not mask.any():
        return replace(STATIONARY, reason_against="the smoothness is unknown")
    found = simulate_error_rate(
        mask,
        model.fwhm_voxels / step,
        model.df,
        height_p,
        extent_voxels,
        studies,
        seed,
        model.df_effect if model.statistic == "F" else None,
    )
    return _record(STATIONARY, found, studies, step)


def _from_residuals(
    model: ModelRecord,
    design: Design,
    maps: Sequence[np.ndarray],
    mask: np.ndarray,
    step: int,
    height_p: float,
    extent_voxels: float,
    studies: int,
    seed: int,
) -> RateRecord:
    reason = reason_against(len(maps), int(mask.sum()), design.df, studies)
    if reason is None:
        y = np.stack(list(maps))
        complete = np.isfinite(y).all(axis=0)
        mask = mask.copy()
        mask[mask] = complete
        reason = reason_against(len(maps), int(mask.sum()), design.df, studies)
    if reason is not None:
        reason = NONE_ASKED_FOR if studies == 0 else reason
        return replace(FROM_RESIDUALS, reason_against=reason)
    found = residual_error_rate(
        y[:, complete],
        design,
        model.relative_variance,
        mask,
        height_p,
        extent_voxels,
        studies,
        seed,
    )
    return _record(FROM_RESIDUALS, found, studies, step)


def _record(
    assumed: RateRecord, found: "ErrorRate", studies: int, step: int
) -> RateRecord:
    return replace(
        assumed,
        studies=studies,
        rate=found.rate,
        rate_low=found.low,
        rate_high=found.high,
        rate_either=found.rate_either,
        df=found.df,
        extent_voxels_p05=float(np.quantile(found.largest, 0.95)) * step**3,
    )


def residual_error_rate(
    y: np.ndarray,
    design: Design,
    variances: np.ndarray | None,
    mask: np.ndarray,
    height_p: float,
    extent_voxels: float,
    n_studies: int,
    seed: int,
) -> ErrorRate:
    """Count studies of the data's own residuals with a cluster.

    Parameters
    ----------
    y
        Shape (participants, voxels), without gaps.
    design, variances
        As in :class:`~rt1t2.group.residual_null.ResidualNull`.
    mask, height_p, extent_voxels, n_studies, seed
        As in :func:`simulate_error_rate`.
    """
    null = ResidualNull(y, design, variances)
    drawn = null.draw(n_studies, np.random.default_rng(seed))
    k = design.rank if design.statistic == "F" else None
    inside = mask[bounding_box(mask)]
    return _error_rate(drawn, inside, null.df, height_p, extent_voxels, k)


def simulate_error_rate(
    mask: np.ndarray,
    fwhm_voxels: np.ndarray,
    df: int,
    height_p: float,
    extent_voxels: float,
    n_studies: int,
    seed: int,
    df_effect: int | None = None,
) -> ErrorRate:
    """Simulate studies of Gaussian noise and count those with a cluster.

    Parameters
    ----------
    mask
        Analysed voxels, shape (x, y, z).
    fwhm_voxels
        Smoothness of the noise along the axes of ``mask``.
    df
        Residual degrees of freedom of the design.
    height_p
        One-sided uncorrected p of a voxel.
    extent_voxels
        Smallest cluster that counts, in voxels of ``mask``.
    n_studies, seed
        Number of studies, and the seed that decides them.
    df_effect
        Numerator degrees of freedom of F; ``None`` of t.

    Notes
    -----
    The t of a design with smooth Gaussian noise, whatever its size, is one such field over
    the root mean square of df others: no map needs to be simulated. F is the mean square of
    ``df_effect`` fields over that of df others. Each field of a set takes its turn as the
    effect: what a field is relative to the others does not depend on the sum of their squares,
    so that two of these t are all but independent, and a study costs one field.
    """
    inside = mask[bounding_box(mask)]
    simulated_df = int(min(df, MOST_DF))
    fields = _SmoothNoise(inside.shape, fwhm_voxels, np.random.default_rng(seed))
    drawn = islice(_null_studies(fields, inside, simulated_df, df_effect), n_studies)
    return _error_rate(drawn, inside, simulated_df, height_p, extent_voxels, df_effect)


def _null_studies(
    fields: "_SmoothNoise", inside: np.ndarray, df: int, df_effect: int | None
) -> Iterator[np.ndarray]:
    """Yield t, or F, at the voxels ``inside`` of one study after another, without end."""
    effect = df_effect or 1
    n_voxels = max(int(inside.sum()), 1)
    kept = max(min((df + effect) // effect, MOST_KEPT // n_voxels), 1)
    while True:
        drawn = (fields.draw()[inside] for _ in range(df + effect))
        squares = np.zeros(n_voxels if inside.any() else 0)
        effects = []
        for _ in range(kept):
            members = list(islice(drawn, effect))
            effects.append(
                members[0] if df_effect is None else _sum_of_squares(members)
            )
            squares += _sum_of_squares(members)
        squares += _sum_of_squares(drawn)
        for top in effects:
            if df_effect is None:
                yield top / np.sqrt((squares - top**2) / df)
            else:
                yield (top / effect) / ((squares - top) / df)


def _error_rate(
    studies: Iterable[np.ndarray],
    inside: np.ndarray,
    df: int,
    height_p: float,
    extent_voxels: float,
    df_effect: int | None = None,
) -> ErrorRate:
    """Look for clusters in the t or F of each study, given at the voxels ``inside`` (bool)."""
    height, signs = float(stats.t.isf(height_p, df)), [1, -1]
    if df_effect is not None:
        height, signs = float(stats.f.isf(height_p, df_effect, df)), [1]
    t = np.zeros(inside.shape)
    found = []
    for values in studies:
        t[inside] = values
        found.append([_largest(sign * t > height) for sign in signs])
    largest = np.array(found)
    has_cluster = largest >= max(extent_voxels, 1)
    interval = stats.binomtest(int(has_cluster.sum()), has_cluster.size).proportion_ci()
    return ErrorRate(
        rate=float(has_cluster.mean()),
        low=float(interval.low),
        high=float(interval.high),
        rate_either=float(has_cluster.any(axis=1).mean()),
        largest=largest,
        df=df,
    )


class _SmoothNoise:
    """Stationary Gaussian noise in a box: filtered on a torus that is wider than the box."""

    def __init__(
        self, shape: tuple[int, ...], fwhm: np.ndarray, rng: np.random.Generator
    ) -> None:
        self.shape = shape
        self.rng = rng
        self.size = [
            fft.next_fast_len(n + int(np.ceil(MARGIN_FWHM * width)))
            for n, width in zip(shape, fwhm, strict=True)
        ]
        # a kernel of variance fwhm² / 8 ln 2 gives noise of this FWHM, in SPM's sense
        axes = np.meshgrid(*map(fft.fftfreq, self.size), indexing="ij")
        exponent = sum(
            (f * width) ** 2 for f, width in zip(axes, np.asarray(fwhm), strict=True)
        )
        self.filter = np.exp(-(np.pi**2) * exponent / FOUR_LN_2).astype(np.float32)
        self.waiting: np.ndarray | None = None

    def draw(self) -> np.ndarray:
        """Return one field in the box; its variance is the same in all of them."""
        if self.waiting is not None:
            field, self.waiting = self.waiting, None
            return field
        # real and imaginary part of complex noise are two independent fields
        noise = self.rng.standard_normal((*self.size, 2), np.float32).view(np.complex64)
        pair = fft.ifftn(noise[..., 0] * self.filter, workers=1, overwrite_x=True)
        pair = pair[tuple(slice(n) for n in self.shape)]
        self.waiting = pair.imag.astype(float)
        maps: np.ndarray = pair.real.astype(float)
        return maps


def _sum_of_squares(fields: Iterable[np.ndarray]) -> np.ndarray | float:
    total: np.ndarray | float = 0.0
    for field in fields:
        total = total + field**2
    return total


def _largest(above: np.ndarray) -> int:
    if not above.any():
        return 0
    labels = cc3d.connected_components(above, connectivity=18)
    return int(np.bincount(labels.ravel())[1:].max())
