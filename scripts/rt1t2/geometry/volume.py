"""An image and where it lies, as one thing that functions hand on."""

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from rt1t2.geometry.grids import canonical_grid
from rt1t2.geometry.head_mask import head_mask
from rt1t2.geometry.resampling import Shape, downsample, resample
from rt1t2.geometry.template_grid import grid_over, image_box
from rt1t2.images import load, save, voxel_sizes_mm
from rt1t2.nifti import nib


@dataclass(frozen=True, eq=False)
class Volume:
    """Voxels and the matrix that places them; reduced copies are made once and kept.

    Attributes
    ----------
    data
        Shape (x, y, z), or (x, y, z, n) for several values per voxel. NaN is undefined.
    affine
        4x4, voxel to RAS mm.
    """

    data: np.ndarray
    affine: np.ndarray
    _reduced: dict[float, "Volume"] = field(default_factory=dict, repr=False)

    @classmethod
    def load(cls, path: str | Path) -> "Volume":
        """Read an image as float32."""
        return cls(*load(path))

    def save(
        self, path: str | Path, about: dict[str, Any], step: float | None = None
    ) -> None:
        """Write the image with its sidecar, see :func:`rt1t2.images.save`."""
        save(self.data, self.affine, path, about, step=step)

    @property
    def shape(self) -> Shape:
        """Number of voxels along x, y and z."""
        x, y, z = self.data.shape[:3]
        return x, y, z

    @cached_property
    def voxel_mm(self) -> np.ndarray:
        """Voxel sizes along x, y and z."""
        return voxel_sizes_mm(self.affine)

    @cached_property
    def voxel_ml(self) -> float:
        """Volume of a voxel."""
        return float(self.voxel_mm.prod() / 1000)

    @cached_property
    def head(self) -> np.ndarray:
        """Where the head is (bool), see :func:`rt1t2.geometry.head_mask.head_mask`."""
        return head_mask(self.data, self.voxel_mm)

    @cached_property
    def canonical(self) -> "Volume":
        """The same voxels at the same places, with the axes in RAS order or closest to it."""
        orientation = nib.io_orientation(self.affine)
        _, affine = canonical_grid(self.shape, self.affine)
        return Volume(nib.apply_orientation(self.data, orientation), affine)

    @cached_property
    def upright(self) -> "Volume":
        """The image with its axes along x, y and z: turned, and if it is oblique resampled."""
        turned = self.canonical
        if is_upright(turned.affine):
            return turned
        low, high = image_box(turned.shape, turned.affine)
        shape, affine = grid_over(low, high, float(turned.voxel_mm.min()))
        grid = Volume(np.empty(shape, np.uint8), affine)
        return turned.on(grid)

    def nearest_on(self, grid: "Volume", outside: float = np.nan) -> "Volume":
        """Return labels, counts or statistics on another's grid, by the nearest voxel.

        ``outside`` is the value beyond the field of view. Nothing is averaged, so labels
        stay labels, and undefined voxels do not spread. Halves do not depend on the order in
        which the image is stored: it is turned to RAS first.
        """
        turned = self.canonical
        return grid.like(
            resample(
                turned.data,
                turned.affine,
                grid.affine,
                grid.shape,
                order=0,
                antialias=False,
                outside=outside,
            )
        )

    def like(self, data: np.ndarray) -> "Volume":
        """Return other data on the same grid."""
        return Volume(data, self.affine)

    def moved(self, matrix: np.ndarray) -> "Volume":
        """Return the same voxels in another world; ``matrix`` is 4x4, RAS mm to RAS mm."""
        return Volume(self.data, matrix @ self.affine)

    def reduced_to(self, voxel_mm: float) -> "Volume":
        """Return the image in voxels of ``voxel_mm`` along each axis that is finer.

        See :func:`rt1t2.geometry.resampling.downsample`. An image as coarse as that is
        returned as it is.
        """
        if (self.voxel_mm >= voxel_mm).all():
            return self
        if voxel_mm not in self._reduced:
            coarse = downsample(self.data, self.affine, voxel_mm)
            self._reduced[voxel_mm] = Volume(*coarse)
        return self._reduced[voxel_mm]

    def on(
        self,
        grid: "Volume",
        point_map: np.ndarray | None = None,
        *,
        order: int = 1,
        outside: float = 0.0,
    ) -> "Volume":
        """Return the image on another's grid, in one interpolation.

        ``point_map``: 4x4, RAS mm of the grid to RAS mm of this image. See
        :func:`rt1t2.geometry.resampling.resample` for the rest.
        """
        return grid.like(
            resample(
                self.data,
                self.affine,
                grid.affine,
                grid.shape,
                point_map,
                order,
                outside=outside,
            )
        )


def is_upright(affine: np.ndarray) -> bool:
    """Tell whether voxel axes run along x, y and z in positive steps, within 1e-4."""
    steps = np.diag(affine[:3, :3])
    oblique = affine[:3, :3] - np.diag(steps)
    return bool((steps > 0).all() and np.abs(oblique).max() <= 1e-4 * steps.min())
