"""The voxels that are analysed: where enough maps are defined, inside the brain mask."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from rt1t2.errors import UserError
from rt1t2.geometry.resampling import resample
from rt1t2.group.implausible_maps import first_alike, other_unit, sampled
from rt1t2.group.maps import Grid
from rt1t2.images import same_grid


@dataclass(frozen=True)
class Coverage:
    """How many maps are defined at every voxel of the brain.

    Attributes
    ----------
    by_group
        Defined maps by group, int32, shape (voxels,).
    sizes
        Number of maps by group.
    varies
        Voxels whose value is not the same in all maps.
    undefined
        By map: how many voxels it leaves undefined.
    same_as
        By map: position of the first map with the same values everywhere, its own if none.
    other_unit
        Positions of the maps whose values spread far more or far less than usual.
    """

    by_group: dict[str, np.ndarray]
    sizes: dict[str, int]
    varies: np.ndarray
    undefined: list[int]
    same_as: list[int]
    other_unit: list[int]

    @property
    def n(self) -> np.ndarray:
        """Number of maps defined at every voxel, all groups together."""
        total = np.zeros(self.varies.shape, np.int32)
        for count in self.by_group.values():
            total += count
        return total


@dataclass(frozen=True)
class GroupMask:
    """The analysed voxels of a cohort.

    Attributes
    ----------
    brain, analysed
        The brain mask and the voxels of it that are analysed, bool, shape (x, y, z).
    n
        Maps defined at each voxel of the brain, 0 outside, int32, shape (x, y, z).
    undefined
        Participant -> voxels of the brain that the map leaves undefined.
    n_same, n_few
        Voxels left out because all maps have the same value, and because too few are defined.
    """

    brain: np.ndarray
    analysed: np.ndarray
    n: np.ndarray
    undefined: dict[str, int]
    n_same: int
    n_few: int

    def entries(self) -> dict[str, Any]:
        """Return the entries of the mask's sidecar."""
        return {
            "AnalysedVoxels": int(self.analysed.sum()),
            "BrainVoxels": int(self.brain.sum()),
            "ExcludedVoxels": {"SameInAllMaps": self.n_same, "TooFewMaps": self.n_few},
            "UndefinedVoxels": self.undefined,
        }


def group_mask(
    maps: Iterable[np.ndarray],
    brain: np.ndarray,
    brain_name: str,
    participants: Sequence[str],
    groups: Sequence[str],
    missing: str,
) -> GroupMask:
    """Find the voxels of the brain mask that are analysed.

    Parameters
    ----------
    maps
        Values at the brain's voxels, NaN where undefined, each shape (voxels,).
    brain, brain_name
        Brain mask, bool, shape (x, y, z), and its name for messages.
    participants, groups
        Whose the maps are, and their groups.
    missing
        As in :func:`analysed_voxels`.

    Raises
    ------
    UserError
        No voxel is left; the message names the maps that leave most voxels undefined. Or
        two participants have the same map, or one has a map in another unit.
    """
    n_brain = int(brain.sum())
    coverage = count_defined(maps, groups, n_brain)
    _require_own_maps(coverage, participants, n_brain)
    analysed = analysed_voxels(coverage, missing)
    undefined = dict(zip(participants, coverage.undefined, strict=True))
    if undefined and not analysed.any():
        worst = sorted(undefined, key=lambda name: -undefined[name])[:3]
        shares = ", ".join(f"{sub} ({undefined[sub] / n_brain:.0%})" for sub in worst)
        raise UserError(
            f"no voxel of {brain_name} ({n_brain} voxels) is left to analyse. Most of it is "
            f"undefined in {shares}. Look at their maps and exclude them, check that the "
            "mask fits the maps, or set statistics.missing to pairwise."
        )
    return GroupMask(
        brain,
        _in_brain(analysed, brain),
        _in_brain(coverage.n, brain),
        undefined,
        n_same=int((~coverage.varies).sum()),
        n_few=int((coverage.varies & ~analysed).sum()),
    )


def _require_own_maps(
    coverage: Coverage, participants: Sequence[str], n_brain: int
) -> None:
    """Refuse the same values in the maps of several people, under whatever file names."""
    copies = [
        f"{participants[i]} and {participants[first]}"
        for i, first in enumerate(coverage.same_as)
        if first != i and coverage.undefined[i] < n_brain
    ]
    if copies:
        raise UserError(
            f"{copies[0]} have the same map, value by value"
            f"{f' ({len(copies)} copies in all)' if len(copies) > 1 else ''}. Give each "
            "participant their own map, or exclude the copies."
        )
    if coverage.other_unit:
        names = ", ".join(participants[i] for i in coverage.other_unit)
        raise UserError(
            f"the values of {names} spread more than 20 times as far as those of the other maps, "
            "or less than a 20th: another unit (per cent?), or no ratio map. Give the maps in "
            "one unit, or exclude them."
        )


def brain_on_grid(
    mask: np.ndarray, affine: np.ndarray, grid: Grid, name: str
) -> np.ndarray:
    """Carry a brain mask to the grid of the maps, see :func:`mask_on_grid`.

    Raises
    ------
    UserError
        No voxel of the grid is in the mask; ``name`` is its name in the message.
    """
    brain = mask_on_grid(mask, affine, grid)
    if not brain.any():
        raise UserError(
            f"{name} marks no voxel on the grid of the maps ({grid}). Check "
            "statistics.explicit_mask, and that maps and mask share one space."
        )
    return brain


def count_lesions(
    lesions: Iterable[tuple[np.ndarray, np.ndarray]], grid: Grid
) -> np.ndarray:
    """Return how many participants have a lesion at each voxel of a grid, int32.

    Parameters
    ----------
    lesions
        Mask (values above 0) and affine of each participant with a lesion.
    """
    overlap = np.zeros(grid.shape, np.int32)
    for lesion, affine in lesions:
        overlap += mask_on_grid(lesion, affine, grid)
    return overlap


def mask_on_grid(mask: np.ndarray, affine: np.ndarray, grid: Grid) -> np.ndarray:
    """Carry a mask (values above 0) to a grid by its nearest voxels, as a boolean array."""
    mask = mask > 0
    if same_grid(mask.shape, affine, grid.shape, grid.affine):
        return mask
    return (
        resample(mask, affine, grid.affine, grid.shape, order=0, antialias=False) > 0.5
    )


def count_defined(
    maps: Iterable[np.ndarray], groups: Sequence[str], n_voxels: int
) -> Coverage:
    """Count the maps defined at every voxel, reading them one after the other.

    Parameters
    ----------
    maps
        Values at the brain's voxels, NaN where undefined, each shape (voxels,).
    groups
        Group of each map.
    """
    sizes = {group: list(groups).count(group) for group in sorted(set(groups))}
    by_group = {group: np.zeros(n_voxels, np.int32) for group in sizes}
    first = np.full(n_voxels, np.nan, np.float32)
    varies = np.zeros(n_voxels, bool)
    undefined = []
    samples: list[np.ndarray] = []
    for values, group in zip(maps, groups, strict=True):
        samples.append(sampled(values))
        defined = np.isfinite(values)
        by_group[group] += defined
        varies |= np.abs(values - first) > 0
        first = np.where(np.isnan(first), values, first)
        undefined.append(int(n_voxels - np.count_nonzero(defined)))
    alike, odd = first_alike(samples), other_unit(samples)
    return Coverage(by_group, sizes, varies, undefined, alike, odd)


def analysed_voxels(coverage: Coverage, missing: str) -> np.ndarray:
    """Choose the voxels to analyse, as a boolean array of shape (voxels,).

    Parameters
    ----------
    coverage
        From :func:`count_defined`.
    missing
        ``exclude_voxel``: only voxels where every map is defined, as SPM. ``pairwise``:
        voxels where at least two maps of every group are defined (groups of one do not count).
        Voxels with the same value in all maps are always left out.
    """
    counts = [(coverage.by_group[group], n) for group, n in coverage.sizes.items()]
    if not counts:
        return np.zeros(coverage.varies.shape, bool)
    if missing == "exclude_voxel":
        enough = [count == n for count, n in counts]
    else:
        enough = [count >= 2 for count, n in counts if n >= 2]
    analysed: np.ndarray = np.logical_and.reduce([coverage.varies, *enough])
    return analysed


def _in_brain(values: np.ndarray, brain: np.ndarray) -> np.ndarray:
    """Return a volume of the values' own type, 0 outside the brain."""
    volume = np.zeros(brain.shape, values.dtype)
    volume[brain] = values
    return volume
