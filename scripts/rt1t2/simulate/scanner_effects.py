"""What a scanner sees beside tissue: vessels, thick slices, receive bias, Rician noise."""

from typing import NamedTuple

import numpy as np
from scipy import ndimage

from rt1t2.geometry.morphology import dilate
from rt1t2.simulate.pose import Warp, at_points, grid_voxels, rigid
from rt1t2.template.ellipsoids import Grid
from rt1t2.template.head_model import Head

DEPTH_MM, HALF_WIDTH_MM = 7.0, 5.0


def venous_sinuses(head: Head) -> np.ndarray:
    """Return the share of the superior sagittal and transverse sinuses in every voxel.

    They lie within DEPTH_MM outside the brain: one along the midline over the vault, one at
    each side behind, at the height of the tentorium's edge.
    """
    x, y, z = head.grid.axes
    beside = dilate(head.brain, DEPTH_MM, head.voxel_mm) & ~head.brain
    sagittal = (np.abs(x) <= HALF_WIDTH_MM) & (z > -15) & (y < 60)
    transverse = (np.abs(z + 22) <= HALF_WIDTH_MM) & (y < -40)
    sinus = (beside & (sagittal | transverse)).astype(np.float32)
    blurred: np.ndarray = ndimage.gaussian_filter(sinus, 0.55 / head.voxel_mm)
    return blurred


SUB_SLICES = 3
FALL_OFF_MM = (20.0, 80.0)  # from the frontal lobe to the forehead's skin
SHARED_BIAS = 0.7  # of the log variance: two images of one receive coil


def thick_slices(
    t2w: np.ndarray,
    volume_affine: np.ndarray,
    warp: Warp,
    grid_affine: np.ndarray,
    grid_shape: tuple[int, int, int],
    thickness_mm: float,
) -> np.ndarray:
    """Average ``t2w`` over each slice's thickness (box profile).

    The person's displacement is taken from the middle of the slice.
    """
    normal = grid_affine[:3, 2] / np.linalg.norm(grid_affine[:3, 2])
    through = (warp.world_to_template[:3, :3] @ normal).astype(np.float32)[:, None]
    points = warp.to_template(grid_affine, grid_voxels(grid_shape))
    mean = np.zeros(points.shape[1], np.float32)
    for k in range(SUB_SLICES):
        offset_mm = np.float32(((k + 0.5) / SUB_SLICES - 0.5) * thickness_mm)
        mean += at_points(t2w, volume_affine, points + offset_mm * through) / SUB_SLICES
    return mean.reshape(grid_shape)


class BiasField(NamedTuple):
    """A smooth log field on a coarse lattice (affine to mm from the table's centre)."""

    log_field: np.ndarray
    affine: np.ndarray

    def on_grid(
        self, grid_affine: np.ndarray, shape: tuple[int, int, int], table_mm: np.ndarray
    ) -> np.ndarray:
        """Return exp(log field) on a scanner grid; the coil moves with the table."""
        to_voxel = (
            np.linalg.inv(self.affine) @ rigid(np.zeros(3), -table_mm) @ grid_affine
        )
        field = ndimage.affine_transform(
            self.log_field,
            to_voxel[:3, :3],
            to_voxel[:3, 3],
            shape,
            order=1,
            mode="nearest",
        )
        gain: np.ndarray = np.exp(field)
        return gain


def bias_fields(
    rng: np.random.Generator, amplitudes: tuple[float, float], front_left: float = 1.0
) -> tuple[BiasField, BiasField]:
    """Draw the fields of a T1w and a T2w of one coil, with SDs of their logarithms.

    ``front_left`` is the share of the signal that is left at the forehead, in both.
    """
    grid = Grid(8.0)
    shared, own_t1w, own_t2w = (grid.noise(55, rng) for _ in range(3))
    fields = (
        np.sqrt(SHARED_BIAS) * shared + np.sqrt(1 - SHARED_BIAS) * own
        for own in (own_t1w, own_t2w)
    )
    start_mm, end_mm = FALL_OFF_MM
    front = np.clip((grid.axes[1] - start_mm) / (end_mm - start_mm), 0, 1)
    fall_off = np.log(front_left) * front**2 * (3 - 2 * front)
    of_t1w, of_t2w = (
        BiasField(
            (amplitude * (field - field.mean()) + fall_off).astype(np.float32),
            grid.affine,
        )
        for amplitude, field in zip(amplitudes, fields, strict=True)
    )
    return of_t1w, of_t2w


def rician(signal: np.ndarray, noise_sd: float, rng: np.random.Generator) -> np.ndarray:
    """Return the magnitude of a signal with Gaussian noise in both channels."""
    real = signal + np.float32(noise_sd) * rng.standard_normal(signal.shape, np.float32)
    imaginary = np.float32(noise_sd) * rng.standard_normal(signal.shape, np.float32)
    magnitude: np.ndarray = np.hypot(real, imaginary)
    return magnitude
