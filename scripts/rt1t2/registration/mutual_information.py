"""Mutual information of two images as a function of the matrix between them."""

from collections.abc import Sequence

import numpy as np

from rt1t2.geometry.transforms import apply
from rt1t2.geometry.volume import Volume


class MutualInformation:
    """Mutual information (nats) of fixed and moving images as a function of a matrix.

    Grey values become ranks: the background is one bin, all other bins hold equally many
    voxels, so that bright fat does not take all bins. Parzen window: linear, in the moving
    image (after Mattes 2003, doi:10.1109/TMI.2003.809072). Samples where the moving image
    is undefined (outside its field of view, or NaN) are dropped; the value is multiplied by
    sqrt(share of samples left), and 0 below 40 % of them. Several channels: their mean.

    Parameters
    ----------
    fixed, moving
        One image per channel; all of ``fixed`` on one grid, all of ``moving`` on another.
        Moving images may hold NaN.
    mask
        Where to sample (bool), on the fixed grid.
    voxel_mm
        Both are reduced to this voxel size first.
    max_samples
        Upper limit of the number of samples (drawn with a fixed seed).
    """

    def __init__(
        self,
        fixed: Sequence[Volume],
        mask: Volume,
        moving: Sequence[Volume],
        voxel_mm: float,
        bins: int = 32,
        max_samples: int = 12_000,
    ) -> None:
        reduced_mask = mask.reduced_to(voxel_mm)
        inside = reduced_mask.data > 0.5
        voxels = np.argwhere(inside)
        keep = np.random.default_rng(0).permutation(len(voxels))[:max_samples]
        keep.sort()
        self.points = np.ascontiguousarray(
            apply(reduced_mask.affine, voxels[keep].astype(float)).T
        )
        self.bins = bins
        self.fixed_bins = [
            np.round(_ranks(values, values, bins)[keep]).astype(int)
            for values in (image.reduced_to(voxel_mm).data[inside] for image in fixed)
        ]
        reduced = [image.reduced_to(voxel_mm) for image in moving]
        self.moving = []
        for image in reduced:
            head = image.data[image.head & np.isfinite(image.data)]
            self.moving.append(_ranks(image.data, head, bins).ravel())
        self.to_voxel = np.linalg.inv(reduced[0].affine)
        self.shape = np.array(reduced[0].shape)

    def __call__(self, matrix: np.ndarray) -> float:
        """Return the mutual information under a 4x4 matrix (fixed to moving, RAS mm)."""
        samples, inside = self._sample(self.to_voxel @ matrix)
        total = 0.0
        for fixed, ranks in zip(self.fixed_bins, samples, strict=True):
            defined = np.isfinite(ranks)
            share = np.count_nonzero(defined) / len(fixed)
            if share >= 0.4:
                if share < 1:
                    ranks = ranks.compress(defined)
                    fixed = fixed.compress(inside).compress(defined)
                total += np.sqrt(share) * self._information(fixed, ranks)
        return total / len(self.fixed_bins)

    def _sample(self, voxel_map: np.ndarray) -> tuple[list[np.ndarray], np.ndarray]:
        """Interpolate each channel linearly at the samples inside; tell which those are."""
        # thousands of calls per head: a whole matrix is multiplied 8 times as fast as a part of
        # one, compress is 4 times as fast as [inside], and clip saves a check of every index
        position = np.ascontiguousarray(voxel_map[:3, :3]) @ self.points
        position += voxel_map[:3, 3:]
        n = self.shape[:, None]
        inside = ((position >= -0.5) & (position <= n - 0.5)).all(axis=0)
        position = position.compress(inside, axis=1)
        np.clip(position, 0, n - 1.001, out=position)
        corner = position.astype(np.intp)
        x, y, z = (position - corner).astype(np.float32)
        _, ny, nz = self.shape
        first = (corner[0] * ny + corner[1]) * nz + corner[2]
        samples = []
        # one take a corner is several times faster than ndimage.map_coordinates
        for ranks in self.moving:
            along_z = []
            for offset in (0, nz, ny * nz, ny * nz + nz):
                value = ranks[offset:].take(first, mode="clip")
                value += z * (ranks[offset + 1 :].take(first, mode="clip") - value)
                along_z.append(value)
            near = along_z[0] + y * (along_z[1] - along_z[0])
            far = along_z[2] + y * (along_z[3] - along_z[2])
            samples.append(near + x * (far - near))
        return samples, inside

    def _information(self, fixed: np.ndarray, moving: np.ndarray) -> float:
        bins = self.bins
        lower = moving.astype(np.intp)
        upper_share = moving - lower
        cell = fixed * bins + lower
        joint = np.bincount(cell, 1 - upper_share, bins * bins + 1)
        joint += np.bincount(cell + 1, upper_share, bins * bins + 1)
        joint = joint[:-1].reshape(bins, bins) / joint.sum()
        marginals = _entropy(joint.sum(axis=0)) + _entropy(joint.sum(axis=1))
        # few samples look dependent by chance: 0.08 nats at 3000 samples and 24 bins
        chance = (bins - 1) ** 2 / (2 * len(fixed))
        return marginals - _entropy(joint) - chance


def _ranks(values: np.ndarray, reference: np.ndarray, bins: int) -> np.ndarray:
    """Turn grey values into ranks from 0 (background) to just below ``bins - 1``."""
    background = 0.08 * np.percentile(reference, 95)
    foreground = reference[reference > background]
    edges = np.quantile(foreground, np.linspace(0, 1, bins - 1))
    edges[0] = background
    edges += 1e-6 * np.arange(len(edges)) * edges[-1]
    ranks = np.interp(values, np.r_[0, edges], np.arange(bins))
    return np.where(
        np.isfinite(values), np.minimum(ranks, bins - 1.001), np.nan
    ).astype(np.float32)


def _entropy(probability: np.ndarray) -> float:
    positive = probability[probability > 0]
    return float(-(positive * np.log(positive)).sum())
