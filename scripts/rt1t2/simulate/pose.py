"""Poses and shapes of simulated people: scanner points to template points and back."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import ndimage
from scipy.spatial.transform import Rotation

from rt1t2.template.ellipsoids import HIGHEST_MM, LOWEST_MM

LATTICE_MM = 4.0

# Axes (x, y, z as 0, 1, 2) of rows and columns within a slice, and from slice to slice.
PLANES = {"axial": (0, 1, 2), "coronal": (0, 2, 1), "sagittal": (1, 2, 0)}

Vector = np.ndarray | Sequence[float]


def rigid(rotation_deg: Vector, shift_mm: Vector) -> np.ndarray:
    """Return the 4 x 4 matrix that rotates about x, y, z in turn, then shifts."""
    matrix = np.eye(4)
    matrix[:3, :3] = Rotation.from_euler("xyz", rotation_deg, degrees=True).as_matrix()
    matrix[:3, 3] = shift_mm
    return matrix


@dataclass(frozen=True)
class Warp:
    """How a simulated person differs from the template.

    A scanner point p is the template point q + d(q), where q = ``world_to_template`` p.

    Attributes
    ----------
    world_to_template
        4 x 4 matrix, scanner RAS mm to template RAS mm.
    displacement
        d in mm, shape (3, i, j, k), on a lattice of 4 mm in template space.
    """

    world_to_template: np.ndarray
    displacement: np.ndarray

    def to_template(self, grid_affine: np.ndarray, voxels: np.ndarray) -> np.ndarray:
        """Return the template points, shape (3, n), RAS mm, of grid voxels (3, n)."""
        matrix = (self.world_to_template @ grid_affine).astype(np.float32)
        points: np.ndarray = matrix[:3, :3] @ voxels + matrix[:3, 3:]
        lattice = (points - LOWEST_MM.astype(np.float32)[:, None]) / LATTICE_MM
        for axis, shift in enumerate(self.displacement):
            points[axis] += ndimage.map_coordinates(
                shift, lattice, order=1, mode="nearest"
            )
        return points

    def from_template(self, point_mm: Vector) -> np.ndarray:
        """Return the scanner point (RAS mm) of one template point, by iteration."""
        to_world = np.linalg.inv(self.world_to_template)
        target = np.asarray(point_mm, dtype=float)
        before = target.copy()
        for _ in range(20):
            lattice = ((before - LOWEST_MM) / LATTICE_MM)[:, None]
            shift = [
                ndimage.map_coordinates(d, lattice, order=1, mode="nearest")[0]
                for d in self.displacement
            ]
            before = target - shift
        in_scanner: np.ndarray = to_world[:3, :3] @ before + to_world[:3, 3]
        return in_scanner

    def sample(
        self,
        volumes: list[np.ndarray],
        volume_affine: np.ndarray,
        grid_affine: np.ndarray,
        grid_shape: tuple[int, int, int],
        order: int = 1,
    ) -> list[np.ndarray]:
        """Sample template-space volumes on a scanner grid; 0 outside the template."""
        points = self.to_template(grid_affine, grid_voxels(grid_shape))
        return [
            at_points(volume, volume_affine, points, order).reshape(grid_shape)
            for volume in volumes
        ]


def grid_voxels(shape: tuple[int, int, int]) -> np.ndarray:
    """Return the voxel indices of a grid, shape (3, n), float32."""
    return np.indices(shape, dtype=np.float32).reshape(3, -1)


def at_points(
    volume: np.ndarray, affine: np.ndarray, points_mm: np.ndarray, order: int = 1
) -> np.ndarray:
    """Interpolate a volume at points (3, n) in its own space; 0 outside."""
    to_voxel = np.linalg.inv(affine).astype(np.float32)
    coordinates = to_voxel[:3, :3] @ points_mm + to_voxel[:3, 3:]
    sampled: np.ndarray = ndimage.map_coordinates(volume, coordinates, order=order)
    return sampled


def random_displacement(
    rng: np.random.Generator, sd_mm: float, smoothness_mm: float = 18.0
) -> np.ndarray:
    """Return a random diffeomorphic displacement (3, i, j, k) in mm on the lattice.

    Exponential of a Gaussian-smoothed stationary velocity field of ``sd_mm`` per axis,
    by scaling and squaring.
    """
    shape = (np.ceil((HIGHEST_MM - LOWEST_MM) / LATTICE_MM) + 1).astype(int)
    if sd_mm == 0:
        return np.zeros((3, *shape), np.float32)
    squarings = 5
    smooth = smoothness_mm / LATTICE_MM
    velocity = np.stack(
        [
            ndimage.gaussian_filter(rng.standard_normal(shape), smooth, mode="nearest")
            for _ in range(3)
        ]
    )
    velocity *= sd_mm / LATTICE_MM / velocity.std(axis=(1, 2, 3), keepdims=True)
    step = velocity / 2**squarings
    lattice = np.indices(shape, dtype=float)
    for _ in range(squarings):
        step = step + np.stack(
            [
                ndimage.map_coordinates(s, lattice + step, order=1, mode="nearest")
                for s in step
            ]
        )
    displacement: np.ndarray = (step * LATTICE_MM).astype(np.float32)
    return displacement


def field_of_view(
    centre_mm: Vector,
    size_mm: Vector,
    spacing_mm: Vector,
    tilt_deg: Vector,
    plane: str = "axial",
) -> tuple[np.ndarray, tuple[int, int, int]]:
    """Return affine (RAS mm) and shape of a tilted grid centred on a scanner point.

    ``size_mm`` is along x, y, z; ``spacing_mm`` within the slices of ``plane`` and, last,
    from slice to slice.
    """
    order = PLANES[plane]
    size_mm = np.asarray(size_mm)[list(order)]
    x, y, z = (int(n) for n in np.floor(np.divide(size_mm, spacing_mm)))
    shape = x, y, z
    axes = np.eye(4)[:, [*order, 3]]
    affine = rigid(tilt_deg, centre_mm) @ axes @ np.diag([*spacing_mm, 1.0])
    affine[:3, 3] -= affine[:3, :3] @ ((np.array(shape) - 1) / 2)
    return affine, shape
