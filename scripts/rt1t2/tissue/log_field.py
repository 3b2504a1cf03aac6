"""A smooth field on a grid: cosine basis with a Gaussian prior on its coefficients."""

import numpy as np

SMALLEST_VARIANCE = 1e-5  # relative to the largest; coefficients below it are left out


class LogField:
    """Separable cosine basis whose prior is white noise smoothed with a Gaussian.

    The prior power of a coefficient with spatial frequency w (rad/mm) is proportional to
    exp(-(length_mm w)^2); the constant has none (it is the gain of the scan, not a field).

    Parameters
    ----------
    shape
        Grid of the field.
    voxel_mm
        Its voxel sizes.
    voxels
        Three index arrays: where the field is observed.
    sd
        Prior standard deviation of the field, averaged over the grid.
    length_mm
        Smoothness.
    cutoff_mm
        Shortest half-period of the basis.
    """

    def __init__(
        self,
        shape: tuple[int, int, int],
        voxel_mm: np.ndarray,
        voxels: tuple[np.ndarray, ...],
        sd: float,
        length_mm: float,
        cutoff_mm: float,
    ) -> None:
        extent_mm = np.array(shape) * voxel_mm
        orders = [int(2 * extent / cutoff_mm) + 1 for extent in extent_mm]
        self.axes = [
            np.cos(np.pi * np.arange(k) * (np.arange(n)[:, None] + 0.5) / n).astype(
                "f4"
            )
            for k, n in zip(orders, shape, strict=True)
        ]
        frequencies = np.meshgrid(
            *[np.pi * np.arange(k) / e for k, e in zip(orders, extent_mm, strict=True)],
            indexing="ij",
        )
        power = np.exp(-(length_mm**2) * sum(w**2 for w in frequencies))
        power[0, 0, 0] = 0
        mean_square = np.ones(
            orders
        )  # of a basis function over the grid: 1/2 per cosine
        for axis, k in enumerate(orders):
            factor = np.where(np.arange(k) > 0, 0.5, 1.0)
            mean_square *= factor.reshape([-1 if a == axis else 1 for a in range(3)])
        power *= sd**2 / (power * mean_square).sum()
        self.kept = power > SMALLEST_VARIANCE * power.max()
        self.variance = power[self.kept]
        x, y, z = (basis[at] for basis, at in zip(self.axes, voxels, strict=True))
        products = x[:, :, None, None] * y[:, None, :, None] * z[:, None, None, :]
        self.design = np.ascontiguousarray(
            products.reshape(len(x), -1)[:, self.kept.ravel()]
        )

    def on_grid(self, coefficients: np.ndarray) -> np.ndarray:
        """Return the field with these coefficients at every voxel of the grid."""
        field = np.zeros(self.kept.shape, "f4")
        field[self.kept] = coefficients
        for axis, basis in enumerate(self.axes):
            field = np.moveaxis(np.tensordot(basis, field, (1, axis)), 0, axis)
        return field
