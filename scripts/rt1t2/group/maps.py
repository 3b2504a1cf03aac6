"""The maps that enter group statistics: read, checked for one grid, counted where defined."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import numpy as np

from rt1t2.errors import UserError
from rt1t2.geometry.resampling import resample
from rt1t2.images import same_grid, voxel_sizes_mm
from rt1t2.nifti import nib


@dataclass(frozen=True)
class Grid:
    """The voxels of an image: its file, shape and affine to RAS mm."""

    path: str
    shape: tuple[int, int, int]
    affine: np.ndarray

    def __str__(self) -> str:
        """Describe shape, voxel size and first voxel for a message."""
        shape = " x ".join(str(n) for n in self.shape)
        sizes = " x ".join(f"{size:g}" for size in voxel_sizes_mm(self.affine))
        origin = ", ".join(f"{x:g}" for x in self.affine[:3, 3])
        return f"{shape} voxels of {sizes} mm, first voxel at {origin} mm"


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
    """

    by_group: dict[str, np.ndarray]
    sizes: dict[str, int]
    varies: np.ndarray
    undefined: list[int]

    @property
    def n(self) -> np.ndarray:
        """Number of maps defined at every voxel, all groups together."""
        total = np.sum(list(self.by_group.values()), axis=0, dtype=np.int32)
        return cast(np.ndarray, total)


def grid_of(path: str) -> Grid:
    """Read shape and affine of an image without its data."""
    image = nib.load(path)
    if len(image.shape) != 3:
        raise UserError(
            f"{path}: has shape {image.shape}, and group statistics need one 3D map a "
            "participant. Name a 3D image in the participants table."
        )
    return Grid(path, image.shape, image.affine)


def require_one_grid(grids: Sequence[Grid]) -> Grid:
    """Return the grid that all maps share.

    Raises
    ------
    UserError
        Naming the first map that lies on another grid than most others.
    """
    matches = [
        [same_grid(a.shape, a.affine, b.shape, b.affine) for b in grids]
        for a in grids[:3]
    ]
    best = max(range(len(matches)), key=lambda index: sum(matches[index]))
    usual = grids[best]
    for grid, fits in zip(grids, matches[best], strict=True):
        if not fits:
            raise UserError(
                f"{grid.path}: is on another grid ({grid}) than {usual.path} ({usual}). "
                "Resample it to that grid, or take it out of the column map."
            )
    return usual


def read_map(path: str) -> np.ndarray:
    """Read a map as float32, NaN where it is undefined.

    As in SPM's implicit mask, NaN and infinities are undefined in images of floating-point
    numbers, where 0 is a value like any other; images of integers cannot hold NaN, and
    their zeros are undefined.
    """
    image = nib.load(path)
    data = np.asarray(image.dataobj, dtype=np.float32)
    defined = np.isfinite(data)
    if np.issubdtype(image.get_data_dtype(), np.integer):
        defined &= data != 0
    return data if defined.all() else np.where(defined, data, np.float32(np.nan))


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
    for values, group in zip(maps, groups, strict=True):
        defined = np.isfinite(values)
        by_group[group] += defined
        varies |= np.abs(values - first) > 0
        first = np.where(np.isnan(first), values, first)
        undefined.append(int(n_voxels - np.count_nonzero(defined)))
    return Coverage(by_group, sizes, varies, undefined)


def analysed_voxels(coverage: Coverage, missing: str) -> np.ndarray:
    """Choose the voxels to analyse, as a boolean array of shape (voxels,).

    Parameters
    ----------
    coverage
        From :func:`count_defined`.
    missing
        ``exclude_voxel``: only voxels where every map is defined, as SPM. ``pairwise``:
        voxels where at least two maps of every group are (groups with one map aside).
        Voxels with the same value in all maps are left out either way.
    """
    counts = [(coverage.by_group[group], n) for group, n in coverage.sizes.items()]
    if missing == "exclude_voxel":
        enough = [count == n for count, n in counts]
    else:
        enough = [count >= 2 for count, n in counts if n >= 2]
    analysed: np.ndarray = np.logical_and.reduce([coverage.varies, *enough])
    return analysed


def source_name(path: str | Path) -> str:
    """Return a path relative to results/, or the bare name of a file from elsewhere."""
    parts = Path(path).parts
    if "results" in parts:
        return str(Path(*parts[parts.index("results") + 1 :]))
    return Path(path).name
