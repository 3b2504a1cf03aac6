"""Family-wise p by permutation of the group labels: cluster extent and TFCE, by nilearn."""

import gc
import math
import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from rt1t2.geometry.morphology import bounding_box
from rt1t2.group.design import Design
from rt1t2.nifti import nib

# nilearn holds all maps in memory, about five times in double precision: 2 GB.
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
        Voxels of the largest cluster of each permutation, plus and minus, shape (2, n).
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
    grid_step, voxel_mm
        Every ``grid_step``-th voxel along each axis was used; the size of these voxels.
    n_voxels
        Voxels compared.
    relabellings
        From :func:`relabellings`.
    seed
        Of the random permutations.
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
        As in :class:`Permuted`; shape (2, 0) where nothing was permuted.
    """

    cluster_p: np.ndarray
    tfce_p: np.ndarray
    n_voxels: int
    reason_against: str | None
    largest: np.ndarray

    def record(
        self, design: Design, step: int, voxel_mm: np.ndarray, seed: int
    ) -> PermutationRecord:
        """Describe the permutations; ``voxel_mm`` is the voxels' size before ``step``."""
        n = self.largest.shape[1]
        plus, minus = design.columns[:2]
        voxels_p05 = None
        if n:
            largest = np.quantile(self.largest, 0.95, axis=1) * step**3
            directions = f"{plus} > {minus}", f"{minus} > {plus}"
            voxels_p05 = dict(zip(directions, largest.tolist(), strict=True))
        return PermutationRecord(
            permutations=n,
            reason_against=self.reason_against,
            grid_step=step,
            voxel_mm=voxel_mm * step,
            n_voxels=self.n_voxels,
            relabellings=relabellings(design),
            seed=seed,
            cluster_voxels_p05=voxels_p05,
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


def relabellings(design: Design) -> int:
    """Return the number of ways to assign the groups' labels, at most a billion."""
    n_plus = int((design.group == 0).sum())
    return min(math.comb(len(design.group), n_plus), 1_000_000_000)


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
    """Permute the participants and compare with the largest cluster and TFCE anywhere.

    Parameters
    ----------
    y
        Shape (participants, voxels), the mask's voxels in C order.
    design
        Its covariates are confounds, permuted with the labels' residuals as in Freedman &
        Lane 1983 (10.2307/1391660); Winkler et al. 2014, 10.1016/j.neuroimage.2014.01.060.
    mask
        Shape (x, y, z).
    height_p
        One-sided uncorrected p that forms clusters.
    n_permutations, seed
        Number of random permutations, and the seed that decides them.

    Notes
    -----
    t is the pooled one, whose permutation is exact for equal variances. Clusters join at
    faces (6 neighbours), nilearn's only choice, and p = (1 + number of permutations as
    large) / (1 + permutations). TFCE (E = 0.5, H = 2): Smith & Nichols 2009,
    10.1016/j.neuroimage.2008.03.061. Both directions are tested with the same permutations.
    """
    # scikit-learn and nilearn take seconds to import: only this rule waits for them
    from nilearn.maskers import NiftiMasker
    from nilearn.mass_univariate import permuted_ols

    masker = NiftiMasker(nib.Nifti1Image(mask.astype(np.uint8), np.eye(4))).fit()
    plus = (design.group == 0).astype(float)
    covariates = design.matrix[:, 2:]
    # nilearn counts the mirrored column as one more regressor in its degrees of freedom
    height_t = stats.t.isf(height_p, design.df)
    # nilearn collects garbage in every permutation: most of the time would go to the modules
    gc.freeze()
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Data array used to create")
        outcome = permuted_ols(
            np.column_stack([plus, -plus]),
            y,
            np.ascontiguousarray(covariates) if covariates.size else None,
            model_intercept=True,
            n_perm=n_permutations,
            two_sided_test=False,
            random_state=seed,
            n_jobs=1,
            masker=masker,
            tfce=True,
            threshold=float(stats.t.sf(height_t, design.df - 1)),
        )
    gc.unfreeze()
    upwards = outcome["t"][0] > 0
    cluster_p = np.stack(
        [
            _p_values(size, null)
            for size, null in zip(outcome["size"], outcome["h0_max_size"], strict=True)
        ]
    )
    tfce_p = 10 ** -outcome["logp_max_tfce"]
    return Permuted(
        np.where(upwards, cluster_p[0], cluster_p[1]),
        np.where(upwards, tfce_p[0], tfce_p[1]),
        outcome["h0_max_size"],
    )


def _p_values(observed: np.ndarray, null: np.ndarray) -> np.ndarray:
    """Return (1 + number of null values as large) / (1 + number of null values)."""
    smaller = np.searchsorted(np.sort(null), observed, side="left")
    p = (1 + len(null) - smaller) / (1 + len(null))
    return np.where(observed > 0, p, 1.0)
