"""The maps of the group statistics: read one after the other, checked for one grid, described."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from rt1t2.errors import UserError
from rt1t2.images import same_grid, voxel_sizes_mm
from rt1t2.user_images import open_image


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


class MaskedMaps(Sequence[np.ndarray]):
    """Maps at the voxels of a mask; each is read when it is asked for, and none is kept.

    Parameters
    ----------
    paths
        One image per participant.
    mask
        Shape (x, y, z).
    """

    def __init__(self, paths: Sequence[str], mask: np.ndarray) -> None:
        self.paths, self.mask = paths, mask

    def __len__(self) -> int:
        """Return the number of maps."""
        return len(self.paths)

    def __getitem__(self, index: int) -> np.ndarray:  # type: ignore[override]  # no slices
        """Read one map: float32, shape (voxels,), NaN where undefined."""
        return read_map(self.paths[index], mask=self.mask)


class Differences(Sequence[np.ndarray]):
    """Differences of two visits' maps, each read when it is asked for.

    Parameters
    ----------
    maps
        Those of the first visit, then those of the second, persons in the same order.
    """

    def __init__(self, maps: Sequence[np.ndarray]) -> None:
        self.maps = maps

    def __len__(self) -> int:
        """Return the number of persons."""
        return len(self.maps) // 2

    def __getitem__(self, index: int) -> np.ndarray:  # type: ignore[override]  # no slices
        """Return first minus second visit, shape (voxels,), NaN where either is undefined."""
        if not 0 <= index < len(self):
            raise IndexError(index)
        first, second = self.maps[index], self.maps[index + len(self)]
        difference: np.ndarray = first.astype(float) - second
        return difference


def grid_of(path: str, what: str = "map") -> Grid:
    """Read shape and affine of a user's image, turned to RAS, without its data.

    ``what`` says whose image it is; see :func:`rt1t2.user_images.open_image`.
    """
    image = open_image(path, what)
    return Grid(path, image.shape, image.affine)


def require_one_grid(grids: Sequence[Grid]) -> Grid:
    """Return the grid that all maps share.

    Raises
    ------
    UserError
        A map is on a different grid than most others; the first one is named.
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


def read_map(
    path: str, what: str = "map", mask: np.ndarray | None = None
) -> np.ndarray:
    """Read a map as float32, its axes turned to RAS, NaN where it is undefined.

    With a mask (bool, shape (x, y, z)), its voxels only, in C order.

    As in SPM's implicit mask, NaN and infinities are undefined in images of floating-point
    numbers, where 0 is a value like any other; images of integers cannot hold NaN, and
    their zeros are undefined.
    """
    opened = open_image(path, what, whole=False)  # grid_of was here before
    values = opened.values()
    data = np.asarray(values if mask is None else values[mask], dtype=np.float32)
    defined = np.isfinite(data)
    if np.issubdtype(opened.image.get_data_dtype(), np.integer):
        defined &= data != 0
    return data if defined.all() else np.where(defined, data, np.float32(np.nan))


def in_volume(values: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Return a float32 volume with ``values`` at the mask's voxels and NaN elsewhere."""
    volume = np.full(mask.shape, np.nan, np.float32)
    volume[mask] = values
    return volume


def about_map(description: str, sources: Iterable[str]) -> dict[str, Any]:
    """Return the sidecar entries that all maps of the group statistics share.

    ``sources`` as in :func:`sources_of_maps`.
    """
    return {
        "Description": description,
        "Sources": list(sources),
        "SpatialReference": "MNI152NLin2009aSym",
    }


def sources_of_maps(paths: Iterable[str], participants: Iterable[str]) -> list[str]:
    """Say for sidecars what was read: files of the workflow by name, finished maps by whose."""
    return [
        source_name(path, f"finished map of {who}")
        for path, who in zip(paths, participants, strict=True)
    ]


def source_name(path: str | Path, words: str) -> str:
    """Return a path relative to results/, or ``words`` for a file of the user's.

    A file of the workflow is named from the run folder or, in an object store, from Snakemake's
    copy; a file of the user's by its full path, which nobody else should read.
    """
    parts = Path(path).parts
    if "results" in parts and not Path(path).is_absolute():
        return str(Path(*parts[parts.index("results") + 1 :]))
    return words
