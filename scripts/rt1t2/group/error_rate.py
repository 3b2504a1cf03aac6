"""Error rate of the height and extent thresholds, from simulated studies without an effect."""

from dataclasses import dataclass, replace

import numpy as np
from scipy import fft, ndimage, stats

from rt1t2.geometry.morphology import bounding_box
from rt1t2.group.clusters import NEIGHBOURS_18
from rt1t2.group.coarse_grid import coarse_step, subsample
from rt1t2.group.model_record import ModelRecord

FOUR_LN_2 = 4 * np.log(2)
# More degrees of freedom are simulated as this many: the tail of t hardly differs.
MOST_DF = 100
# The noise is periodic: opposite faces of the box are kept this many FWHM apart.
MARGIN_FWHM = 1.5


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
        Voxels of the largest cluster of every study and direction, shape (studies, 2).
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
class ErrorRateRecord:
    """The content of ``error_rate.json``: the rates of :class:`ErrorRate` and their conditions.

    Attributes
    ----------
    height_p, extent_voxels
        The thresholds.
    fwhm_mm, voxel_mm
        Smoothness and voxels of the simulated noise, shape (3,).
    participants
        Group -> number.
    studies, seed
        Simulated studies, and the seed that decides them.
    rate, rate_low, rate_high, rate_either, df
        As in :class:`ErrorRate`; ``None`` where nothing was simulated.
    extent_voxels_p05
        Size of the largest false cluster, in voxels of the full grid, that 5 % of the
        analyses exceed.
    """

    height_p: float
    extent_voxels: int
    fwhm_mm: np.ndarray
    voxel_mm: np.ndarray
    participants: dict[str, int]
    studies: int
    seed: int
    rate: float | None = None
    rate_low: float | None = None
    rate_high: float | None = None
    rate_either: float | None = None
    df: int | None = None
    extent_voxels_p05: float | None = None


def error_rate_of(
    model: ModelRecord,
    tested: np.ndarray,
    voxel_mm: np.ndarray,
    height_p: float,
    extent_voxels: int,
    studies: int,
    seed: int,
) -> ErrorRateRecord:
    """Simulate the error rate of one contrast, on as coarse a grid as its smoothness permits.

    Parameters
    ----------
    model
        The fitted contrast. Nothing is simulated where its smoothness is unknown.
    tested
        Tested voxels, bool, shape (x, y, z).
    voxel_mm
        Their size, shape (3,).
    height_p, extent_voxels
        The thresholds.
    studies, seed
        Number of studies, 0 for none, and the seed that decides them.
    """
    step = coarse_step(model.fwhm_voxels, extent_voxels, voxels_per_extent=3)
    mask = subsample(tested, step)
    record = ErrorRateRecord(
        height_p=height_p,
        extent_voxels=extent_voxels,
        fwhm_mm=model.fwhm_mm,
        voxel_mm=voxel_mm * step,
        participants={model.plus: model.n_plus, model.minus: model.n_minus},
        studies=studies,
        seed=seed,
    )
    if studies == 0 or not np.isfinite(model.fwhm_voxels).all() or not mask.any():
        return replace(record, studies=0)
    simulated = simulate_error_rate(
        mask,
        model.fwhm_voxels / step,
        model.df,
        height_p,
        extent_voxels / step**3,
        studies,
        seed,
    )
    return replace(
        record,
        rate=simulated.rate,
        rate_low=simulated.low,
        rate_high=simulated.high,
        rate_either=simulated.rate_either,
        df=simulated.df,
        extent_voxels_p05=float(np.quantile(simulated.largest, 0.95)) * step**3,
    )


def simulate_error_rate(
    mask: np.ndarray,
    fwhm_voxels: np.ndarray,
    df: int,
    height_p: float,
    extent_voxels: float,
    n_studies: int,
    seed: int,
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

    Notes
    -----
    The t of two groups of smooth Gaussian noise, whatever their sizes, is one such field
    over the root mean square of df others: no map needs to be simulated.
    """
    box = mask[bounding_box(mask)]
    simulated_df = int(min(df, MOST_DF))
    height = float(stats.t.isf(height_p, simulated_df))
    fields = _SmoothNoise(box.shape, fwhm_voxels, np.random.default_rng(seed))
    largest = np.zeros((n_studies, 2), int)
    for study in range(n_studies):
        top = fields.draw()
        squares = np.zeros(box.shape)
        for _ in range(simulated_df):
            squares += fields.draw() ** 2
        t = np.where(box, top / np.sqrt(squares / simulated_df), 0)
        largest[study] = _largest(t > height), _largest(t < -height)
    has_cluster = largest >= max(extent_voxels, 1)
    interval = stats.binomtest(int(has_cluster.sum()), has_cluster.size).proportion_ci()
    return ErrorRate(
        rate=float(has_cluster.mean()),
        low=float(interval.low),
        high=float(interval.high),
        rate_either=float(has_cluster.any(axis=1).mean()),
        largest=largest,
        df=simulated_df,
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


def _largest(above: np.ndarray) -> int:
    labels, n = ndimage.label(above, NEIGHBOURS_18)
    return int(np.bincount(labels.ravel())[1:].max()) if n else 0
