"""Studies without an effect from the data's own residuals, whatever their spatial structure."""

from collections.abc import Iterator

import numpy as np

from rt1t2.group.design import Design

FLIPPED_AT_ONCE = 32


class ResidualNull:
    """t maps of studies without an effect, by sign flips of the residuals within the groups.

    Parameters
    ----------
    y
        Shape (participants, voxels), without gaps.
    design
        Of the participants.
    variances
        Variance of each group; ``None`` where each voxel has its own, which is then estimated
        from each group's residuals.

    Notes
    -----
    The contrast of a study is a weighted sum of the residuals, whose weights are those of the
    design (one size for each group, so that groups of unequal variance keep their shares)
    with random signs, projected off the design and scaled to length 1. It is divided by
    what is left of the residuals' sum of squares. For Gaussian errors of any spatial
    covariance, local, broad or of the whole brain, that is t with one degree of freedom less
    than the design's (a rotation test: Langsrud 2005, 10.1007/s11222-005-4789-5): the sum and
    the rest are independent, and both have the covariance of the data.
    """

    def __init__(
        self, y: np.ndarray, design: Design, variances: np.ndarray | None
    ) -> None:
        y = np.asarray(y, dtype=float)
        x = design.matrix
        if variances is None:
            residual = y - x @ np.linalg.lstsq(x, y, rcond=None)[0]
            sd = np.empty_like(residual)
            for g in range(len(design.levels)):
                members = design.group == g
                spread = (residual[members] ** 2).sum(axis=0) / (members.sum() - 1)
                sd[members] = np.sqrt(spread)
            y = y / np.where(sd > 0, sd, 1)
        else:
            weights = 1 / np.sqrt(variances[design.group])[:, None]
            x, y = x * weights, y * weights
        self.basis, _ = np.linalg.qr(x)
        self.residual = self._without(y)
        self.squares = (self.residual**2).sum(axis=0)
        self.weights = x @ np.linalg.inv(x.T @ x) @ design.weights.T
        self.df = design.df - design.rank
        self.signed = design.statistic == "t"

    def draw(self, studies: int, rng: np.random.Generator) -> Iterator[np.ndarray]:
        """Yield t or F of each study, shape (voxels,)."""
        # 1e-12: where the residuals are one pattern only, t is as large as rounding permits
        smallest = 1e-12 * np.maximum(self.squares, np.finfo(float).tiny)
        n_participants, k = self.weights.shape
        for start in range(0, studies, FLIPPED_AT_ONCE):
            n = min(FLIPPED_AT_ONCE, studies - start)
            signs = 1 - 2 * rng.integers(0, 2, (n_participants, n * k))
            directions = self._without(signs * np.repeat(self.weights, n, axis=1))
            directions = _orthonormal(directions.reshape(n_participants, k, n))
            tops = directions.reshape(n_participants, k * n).T @ self.residual
            for top in tops.reshape(k, n, -1).swapaxes(0, 1):
                explained = (top**2).sum(axis=0)
                rest = np.maximum(self.squares - explained, smallest) / self.df
                if self.signed:
                    yield top[0] / np.sqrt(rest)
                else:
                    yield explained / k / rest

    def _without(self, values: np.ndarray) -> np.ndarray:
        residual: np.ndarray = values - self.basis @ (self.basis.T @ values)
        return residual


def _orthonormal(directions: np.ndarray) -> np.ndarray:
    """Make the k directions of each study, shape (n, k, studies), orthonormal."""
    if directions.shape[1] == 1:
        return np.asarray(directions / np.linalg.norm(directions, axis=0))
    q, _ = np.linalg.qr(directions.transpose(2, 0, 1))
    return q.transpose(1, 2, 0)
