"""Simple shapes on a template-space grid: ellipsoids, soft edges, smooth noise."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import ndimage

# The whole head in MNI space, from the neck to above the vertex (RAS mm).
LOWEST_MM = np.array([-98.0, -134.0, -128.0])
HIGHEST_MM = np.array([98.0, 112.0, 98.0])

Point = tuple[float, float, float]


@dataclass(frozen=True)
class Grid:
    """An isotropic, axis-aligned grid over the whole head in template space."""

    voxel_mm: float

    @property
    def shape(self) -> tuple[int, int, int]:
        """Number of voxels along x, y, z."""
        return tuple(((HIGHEST_MM - LOWEST_MM) / self.voxel_mm).astype(int) + 1)

    @property
    def affine(self) -> np.ndarray:
        """Voxel to RAS mm."""
        affine = np.diag([self.voxel_mm] * 3 + [1.0])
        affine[:3, 3] = LOWEST_MM
        return affine

    @cached_property
    def axes(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Coordinates x, y, z in mm, shaped to broadcast against one another."""
        lines = [
            (low + self.voxel_mm * np.arange(n)).astype(np.float32)
            for low, n in zip(LOWEST_MM, self.shape, strict=True)
        ]
        return tuple(np.meshgrid(*lines, indexing="ij", sparse=True))

    def ellipsoid(
        self, centre_mm: Point, radii_mm: Point, rotation_deg: float = 0.0
    ) -> np.ndarray:
        """Return the relative distance from an ellipsoid's centre, 1 on its surface.

        ``rotation_deg`` turns it about the z axis.
        """
        x, y, z = (a - c for a, c in zip(self.axes, centre_mm, strict=True))
        cos, sin = np.cos(np.deg2rad(rotation_deg)), np.sin(np.deg2rad(rotation_deg))
        x, y = cos * x + sin * y, -sin * x + cos * y
        scaled = [a / r for a, r in zip((x, y, z), radii_mm, strict=True)]
        distance: np.ndarray = np.sqrt(sum(a**2 for a in scaled)).astype(np.float32)
        return distance

    def noise(self, sigma_mm: float, rng: np.random.Generator) -> np.ndarray:
        """Return unit-variance Gaussian noise, smoothed with ``sigma_mm``."""
        sigma = sigma_mm / self.voxel_mm
        step = max(1, int(sigma // 2))  # smooth noise needs no fine lattice
        lattice = [-(-n // step) + 2 for n in self.shape]
        noise = rng.standard_normal(lattice).astype(np.float32)
        noise = ndimage.gaussian_filter(noise, sigma / step, mode="wrap")
        noise = ndimage.zoom(noise / noise.std(), step, order=1)
        cropped: np.ndarray = noise[tuple(slice(n) for n in self.shape)]
        return cropped


def soft_inside(relative_distance: np.ndarray, edge: float) -> np.ndarray:
    """Return 1 inside a shape, 0 outside, with a logistic edge of relative width."""
    exponent = np.clip((relative_distance - 1) / edge, -60, 60)
    return (1 / (1 + np.exp(exponent))).astype(np.float32)
