"""Family-wise p by permutation of the participants: cluster extent and TFCE.

nilearn's ``permuted_ols`` did this before. Its TFCE takes 100 steps to the highest t of each
map and leaves the height of a step out of the sum (``calculate_tfce``: dh), so that the observed
and the permuted maps are on different scales: beside a peak of t = 20.7 one of t = 6.2 had
p = .72, where enumeration gives .005. Scaled by the steps it is still off by up to .18, because
a low peak beside a high one gets few steps.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import cast

import cc3d
import numpy as np
from scipy import linalg, stats

from rt1t2.contrasts import GROUPS
from rt1t2.geometry.morphology import bounding_box
from rt1t2.group.coarse_grid import Start
from rt1t2.group.design import Design
from rt1t2.group.rearrangements import is_enumerated, permutations, relabellings
from rt1t2.group.tfce import tfce

# The observed labels, met again and summed in another order, count as equal.
ROUNDING = 1e-9
# All maps are held in memory, twice in double precision: 800 MB.
MOST_VALUES = 50_000_000


@dataclass(frozen=True)
class Permuted:
    """One-sided p at every voxel, in the direction that its t has.

    Attributes
    ----------
    cluster_p
        Family-wise p of the extent of the voxel's cluster, shape (voxels,);
        1 where t does not reach the height threshold.
    tfce_p
        Family-wise p of threshold-free cluster enhancement, shape (voxels,).
    largest
        Voxels of the largest cluster of each permutation, plus and minus, shape (2, n);
        of F, which has one direction, shape (1, n).
    """

    cluster_p: np.ndarray
    tfce_p: np.ndarray
    largest: np.ndarray


@dataclass(frozen=True)
class PermutationRecord:
    """What ``permutation.json`` says.

    Attributes
    ----------
    permutations
        Number of permutations; 0 where there was a reason against it.
    reason_against
        From :func:`reason_against`.
    grid_step, grid_start, voxel_mm
        Every ``grid_step``-th voxel along each axis was used, from voxel ``grid_start`` on;
        the size of these voxels.
    n_voxels
        Voxels compared.
    relabellings
        From :func:`relabellings`.
    seed
        Of the random permutations.
    exhaustive
        Whether these are all relabellings but the observed one.
    cluster_voxels_p05
        By direction, such as ``A > B``: the size of a cluster, in voxels of the full grid,
        that 5 % of the permutations exceed; ``None`` where nothing was permuted.
    """

    permutations: int
    reason_against: str | None
    grid_step: int
    voxel_mm: np.ndarray
    n_voxels: int
    relabellings: int
    seed: int
    cluster_voxels_p05: dict[str, float] | None
    grid_start: Start | None = None
    exhaustive: bool = False


@dataclass(frozen=True)
class PermutedMaps:
    """Family-wise p as volumes, NaN where nothing was permuted.

    Attributes
    ----------
    cluster_p, tfce_p
        As in :class:`Permuted`, float32, shape (x, y, z).
    n_voxels
        Voxels compared.
    reason_against
        Why nothing was permuted, ``None`` if it was.
    largest
        As in :class:`Permuted`; without columns where nothing was permuted.
    """

    cluster_p: np.ndarray
    tfce_p: np.ndarray
    n_voxels: int
    reason_against: str | None
    largest: np.ndarray

    def record(
        self,
        design: Design,
        step: int,
        voxel_mm: np.ndarray,
        seed: int,
        start: Start | None = None,
    ) -> PermutationRecord:
        """Describe the permutations; ``voxel_mm`` is the voxels' size before ``step``."""
        n = self.largest.shape[1]
        voxels_p05 = None
        if n:
            largest = np.quantile(self.largest, 0.95, axis=1) * step**3
            voxels_p05 = dict(zip(design.directions, largest.tolist(), strict=True))
        return PermutationRecord(
            permutations=n,
            reason_against=self.reason_against,
            grid_step=step,
            voxel_mm=voxel_mm * step,
            n_voxels=self.n_voxels,
            relabellings=relabellings(design),
            seed=seed,
            cluster_voxels_p05=voxels_p05,
            grid_start=start,
            exhaustive=n > 0 and is_enumerated(design, n),
        )


def reason_against(
    n_participants: int, n_voxels: int, df: int, n_permutations: int
) -> str | None:
    """Say why nothing can be permuted, or ``None`` if it can."""
    if n_permutations == 0:
        return "statistics.permutations is 0"
    if n_participants * n_voxels > MOST_VALUES:
        return (
            f"{n_participants} participants with {n_voxels} voxels each exceed the "
            f"{MOST_VALUES} values that permutation may hold in memory"
        )
    if df < 2:
        return "fewer than 2 degrees of freedom"
    if n_voxels < 2:
        return "fewer than 2 voxels that all participants have"
    return None


def permute_maps(
    maps: Sequence[np.ndarray],
    design: Design,
    tested: np.ndarray,
    height_p: float,
    n_permutations: int,
    seed: int,
) -> PermutedMaps:
    """Permute whole maps, unless there is a :func:`reason_against` it.

    Parameters
    ----------
    maps
        Each participant's values at the tested voxels, NaN where undefined. A voxel that
        any map leaves undefined is not compared. None is read where nothing is permuted.
    design
        As in :func:`permute`.
    tested
        Tested voxels, bool, shape (x, y, z).
    height_p, n_permutations, seed
        As in :func:`permute`.
    """
    cluster_p, tfce_p = (np.full(tested.shape, np.nan, np.float32) for _ in range(2))
    n_voxels, largest = int(tested.sum()), np.empty((2, 0))
    reason = reason_against(len(maps), n_voxels, design.df, n_permutations)
    if reason is None:
        y = np.stack(list(maps))
        complete = np.isfinite(y).all(axis=0)
        tested = tested.copy()
        tested[tested] = complete
        y, n_voxels = y[:, complete], int(complete.sum())
        reason = reason_against(len(maps), n_voxels, design.df, n_permutations)
    if reason is None:
        box = bounding_box(tested)
        permuted = permute(
            y.astype(float), design, tested[box], height_p, n_permutations, seed
        )
        cluster_p[tested], tfce_p[tested] = permuted.cluster_p, permuted.tfce_p
        largest = permuted.largest
    return PermutedMaps(cluster_p, tfce_p, n_voxels, reason, largest)


def permute(
    y: np.ndarray,
    design: Design,
    mask: np.ndarray,
    height_p: float,
    n_permutations: int,
    seed: int,
) -> Permuted:
    """Rearrange the participants and compare with the largest cluster and TFCE anywhere.

    Parameters
    ----------
    y
        Shape (participants, voxels), the mask's voxels in C order.
    design
        What is not tested are confounds: what they leave of the data is permuted (Freedman &
        Lane 1983, 10.2307/1391660; Winkler et al. 2014, 10.1016/j.neuroimage.2014.01.060).
        For slopes, participants change places within their group; the differences of visits
        change their sign instead.
    mask
        Shape (x, y, z).
    height_p
        One-sided uncorrected p that forms clusters.
    n_permutations, seed
        Number of random permutations, and the seed that decides them. A design without
        covariates that has fewer relabellings is enumerated instead.

    Notes
    -----
    t is the pooled one, whose permutation is exact for equal variances. Clusters join at
    faces (6 neighbours), and p = (1 + number of permutations as large) / (1 + permutations),
    the observed labels not among the permutations. TFCE: :func:`~rt1t2.group.tfce.tfce`.
    Both directions are tested with the same permutations. F enters as its root, which is |t|
    of one tested column, and has one direction.
    """
    height = root_height(design, height_p)
    permuted = PermutedT(y, design)
    signs = (1, -1) if design.statistic == "t" else (1,)

    def measures(t: np.ndarray) -> np.ndarray:
        """Return cluster extent and TFCE of the directions, shape (2 or 1, 2, voxels)."""
        sides = [_in_mask(sign * t, mask) for sign in signs]
        return np.array(
            [[_sizes(side, height)[mask], tfce(side)[mask]] for side in sides]
        )

    orders = permutations(design, n_permutations, seed)
    null = np.array([measures(t).max(axis=-1) for t in permuted.of(orders)])
    null = null.reshape(-1, len(signs), 2)
    (observed,) = permuted.of([np.arange(len(y))])
    p = np.array(
        [
            [_p_values(values, null[:, side, kind]) for kind, values in enumerate(pair)]
            for side, pair in enumerate(measures(observed))
        ]
    )
    upwards = observed > 0
    return Permuted(
        cluster_p=np.where(upwards, p[0, 0], p[-1, 0]),
        tfce_p=np.where(upwards, p[0, 1], p[-1, 1]),
        largest=null[:, :, 0].T,
    )


def root_height(design: Design, height_p: float) -> float:
    """Return t, or the root of F, with an uncorrected p: one-sided of t."""
    if design.statistic == "F":
        return float(np.sqrt(stats.f.isf(height_p, design.rank, design.df)))
    return float(stats.t.isf(height_p, design.df))


class PermutedT:
    """Pooled t, or the root of F, of what is tested, for any rearrangement of the participants.

    Parameters
    ----------
    y
        Shape (participants, voxels).
    design
        Of the participants; all of it that is not tested are confounds.
    """

    def __init__(self, y: np.ndarray, design: Design) -> None:
        tested, confounds = tested_and_confounds(design)
        self.confounds, _ = np.linalg.qr(confounds)
        tested = self._without(tested)
        if design.rank == 1:
            self.tested = tested / np.linalg.norm(tested, axis=0)
        else:
            self.tested, _ = np.linalg.qr(tested)
        self.y = self._without(y)
        self.squares = (self.y**2).sum(axis=0)
        self.df = design.df
        self.signed = design.statistic == "t"

    def of(self, orders: Iterable[np.ndarray]) -> Iterator[np.ndarray]:
        """Yield t or the root of F, shape (voxels,), with the data rearranged."""
        # 1e-12: a voxel whose values are the same but for rounding has no t
        smallest = 1e-12 * np.maximum(self.squares, np.finfo(float).tiny)
        columns = np.column_stack([self.tested, self.confounds])
        k = self.tested.shape[1]
        for order in orders:
            # the design in the inverse order stands for the data in this one
            if order.dtype.kind == "f":
                design = columns * order[:, None]
            else:
                design = np.empty(columns.shape)
                design[order] = columns
            products = design.T @ self.y
            effect, of_confounds = products[:k], products[k:]
            explained = np.sum(np.square(effect), axis=0)
            squares = self.squares - explained - np.sum(np.square(of_confounds), axis=0)
            rest = np.sqrt(np.maximum(squares, smallest) / self.df)
            top = effect[0] if k == 1 and self.signed else np.sqrt(explained / k)
            t: np.ndarray = top / rest
            yield t

    def _without(self, values: np.ndarray) -> np.ndarray:
        residual: np.ndarray = values - self.confounds @ (self.confounds.T @ values)
        return residual


def tested_and_confounds(design: Design) -> tuple[np.ndarray, np.ndarray]:
    """Split a design into what is tested, shape (n, k), and the rest, shape (n, p - k).

    Together they span the design, and the coefficients of the first are 0 where the
    contrast is (Winkler et al. 2014, 10.1016/j.neuroimage.2014.01.060, appendix).
    """
    x, weights = design.matrix, design.weights
    if design.kind == GROUPS:
        first = (design.group == 0).astype(float)[:, None]
        return first, np.column_stack([np.ones(len(x)), x[:, 2:]])
    return x @ np.linalg.inv(x.T @ x) @ weights.T, x @ linalg.null_space(weights)


def _in_mask(values: np.ndarray, mask: np.ndarray) -> np.ndarray:
    volume = np.zeros(mask.shape)
    volume[mask] = values
    return volume


def _sizes(t: np.ndarray, height: float) -> np.ndarray:
    """Return the size of each voxel's cluster above a height, 0 below it."""
    labels = cc3d.connected_components(t > height, connectivity=6)
    sizes = np.bincount(labels.ravel())
    sizes[0] = 0
    return cast(np.ndarray, sizes[labels])


def _p_values(observed: np.ndarray, null: np.ndarray) -> np.ndarray:
    """Return (1 + number of null values as large) / (1 + number of null values)."""
    smaller = np.searchsorted(np.sort(null), observed * (1 - ROUNDING), side="left")
    p = (1 + len(null) - smaller) / (1 + len(null))
    return np.where(observed > 0, p, 1.0)
