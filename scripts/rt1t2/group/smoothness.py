"""Smoothness of the residuals of a model, and the resolution elements (resels) of a mask."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

FOUR_LN_2 = 4 * np.log(2)
# SPM12 estimates smoothness from at most this many participants, evenly spread.
MAX_RESIDUALS = 64


@dataclass(frozen=True)
class Smoothness:
    """Smoothness of the residual fields.

    Attributes
    ----------
    fwhm_voxels
        Full width at half maximum along the three axes in voxels; NaN where it cannot be
        estimated.
    resels_per_voxel
        Local resel density at the mask's voxels, NaN at the edge, shape (voxels,).
    """

    fwhm_voxels: np.ndarray
    resels_per_voxel: np.ndarray


class GradientSums:
    """Sums of products of the residuals' gradients, one participant after the other.

    Gradients are forward differences, at the voxels whose whole forward cube of 2 x 2 x 2
    voxels is in the mask.

    Parameters
    ----------
    mask
        Analysed voxels, shape (x, y, z); residuals are given in its C order.
    """

    def __init__(self, mask: np.ndarray) -> None:
        self.n_voxels = int(mask.sum())
        index = np.full(mask.shape, -1, np.int64)
        index[mask] = np.arange(self.n_voxels)
        cube = np.zeros_like(mask)
        cube[:-1, :-1, :-1] = _whole_elements(mask, (0, 1, 2))
        corners = np.argwhere(cube)
        self.corner = index[cube]
        self.ahead = [index[tuple((corners + step).T)] for step in np.eye(3, dtype=int)]
        self.products = np.zeros((6, len(self.corner)))
        self.squares = np.zeros(len(self.corner))
        self.n = np.zeros(len(self.corner), np.int32)

    def add(self, residual: np.ndarray) -> None:
        """Add one participant's standardised residuals, shape (voxels,), NaN undefined."""
        values = residual[self.corner]
        gradient = [residual[ahead] - values for ahead in self.ahead]
        defined = np.isfinite(gradient[0] + gradient[1] + gradient[2])
        if not defined.all():
            values, *gradient = (np.where(defined, x, 0.0) for x in (values, *gradient))
        self.n += defined
        self.squares += values**2
        pairs = ((0, 0), (1, 1), (2, 2), (0, 1), (0, 2), (1, 2))
        for sums, (i, j) in zip(self.products, pairs, strict=True):
            sums += gradient[i] * gradient[j]

    def smoothness(self, n: np.ndarray, df: np.ndarray) -> Smoothness:
        r"""Turn the sums into smoothness.

        Parameters
        ----------
        n, df
            Participants and residual degrees of freedom at the mask's voxels, shape
            (voxels,); with fewer than 3 degrees of freedom smoothness cannot be estimated.

        Notes
        -----
        With :math:`Λ = (n/df) \overline{∂r ∂r'}`, resels per voxel are
        :math:`\sqrt{|Λ| / (4 ln 2)^3}` and the FWHM of axis i is
        :math:`1 / (\overline{RPV}^{1/3} \bar r_i / (\prod_j \bar r_j)^{1/3})` with
        :math:`r_i = \sqrt{Λ_{ii} / 4 ln 2}`. Kiebel et al. 1999, 10.1006/nimg.1999.0508.
        """
        density = np.full(self.n_voxels, np.nan)
        n, df = n[self.corner], df[self.corner]
        usable = (df >= 3) & (self.squares > np.sqrt(np.finfo(float).eps))
        if not usable.any():
            return Smoothness(np.full(3, np.nan), density)
        # residuals vary less than the errors, by df / n
        scale = n[usable] / df[usable] / self.n[usable]
        xx, yy, zz, xy, xz, yz = self.products[:, usable] * (scale / FOUR_LN_2)
        determinant = (
            xx * (yy * zz - yz**2) - xy * (xy * zz - yz * xz) + xz * (xy * yz - yy * xz)
        )
        local = np.sqrt(np.maximum(determinant, 0))
        density[self.corner[usable]] = local
        axes = np.array([np.sqrt(x).mean() for x in (xx, yy, zz)])
        with np.errstate(divide="ignore", invalid="ignore"):
            per_voxel = np.cbrt(local.mean()) * axes / np.cbrt(axes.prod())
            fwhm = 1 / per_voxel
        return Smoothness(np.where(np.isfinite(fwhm), fwhm, np.nan), density)


def sampled_participants(n: int) -> np.ndarray:
    """Return which of n participants' residuals are used: all, or 64 evenly spread."""
    if n <= MAX_RESIDUALS:
        return np.arange(n)
    return np.floor(np.linspace(0, n - 1, MAX_RESIDUALS) + 0.5).astype(int)


def estimate_smoothness(
    residuals: Iterable[np.ndarray], mask: np.ndarray, n: np.ndarray, df: np.ndarray
) -> Smoothness:
    """Estimate smoothness from residuals, see :class:`GradientSums`."""
    sums = GradientSums(mask)
    for residual in residuals:
        sums.add(residual)
    return sums.smoothness(n, df)


def resel_counts(mask: np.ndarray, fwhm_voxels: np.ndarray) -> np.ndarray:
    """Count resels of dimension 0 to 3: Euler characteristic, diameter, surface, volume.

    From the points, edges, faces and cubes of the mask's lattice (Worsley et al. 1996,
    10.1002/(SICI)1097-0193(1996)4:1<58::AID-HBM4>3.0.CO;2-O).

    Parameters
    ----------
    mask
        Analysed voxels, shape (x, y, z).
    fwhm_voxels
        Smoothness along its axes in voxels.
    """

    def count(*axes: int) -> int:
        return int(_whole_elements(mask, axes).sum())

    points, cubes = count(), count(0, 1, 2)
    ex, ey, ez = count(0), count(1), count(2)
    fxy, fxz, fyz = count(0, 1), count(0, 2), count(1, 2)
    wx, wy, wz = fwhm_voxels
    return np.array(
        [
            points - (ex + ey + ez) + (fxy + fxz + fyz) - cubes,
            (ex - fxy - fxz + cubes) / wx
            + (ey - fxy - fyz + cubes) / wy
            + (ez - fxz - fyz + cubes) / wz,
            (fxy - cubes) / (wx * wy)
            + (fxz - cubes) / (wx * wz)
            + (fyz - cubes) / (wy * wz),
            cubes / (wx * wy * wz),
        ]
    )


def _whole_elements(mask: np.ndarray, axes: tuple[int, ...]) -> np.ndarray:
    """Mark the lattice elements along ``axes`` of which every corner is in the mask."""
    for axis in axes:
        size = mask.shape[axis]
        mask = np.logical_and(
            mask.take(range(size - 1), axis), mask.take(range(1, size), axis)
        )
    return mask
