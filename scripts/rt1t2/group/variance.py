"""One variance for each group, shared by all voxels: restricted maximum likelihood as SPM12."""

from dataclasses import dataclass

import numpy as np
from scipy import stats

# SPM12's settings: voxels enter if the design explains them at this p ...
SELECTION_P = 0.001
# ... the hyperparameters have prior mean 0 and this precision ...
PRIOR_PRECISION = np.exp(-8)
# ... and iteration ends once a step promises less than this gain in log-evidence.
CONVERGED = 0.1
# A group with less than this share of the pooled variance does not vary: no likelihood.
SMALLEST_VARIANCE = 1e-6


@dataclass(frozen=True)
class Scatter:
    """Sums over voxels of standardised data, all that ReML needs to know of them.

    Attributes
    ----------
    squares
        Mean sum of squares of each group, shape (g,).
    cross
        Mean of b bᵀ, shape (g, p, g, p), where b are the groups' moments Xᵀy.
    n_voxels
        Voxels averaged over.
    """

    squares: np.ndarray
    cross: np.ndarray
    n_voxels: int


def standardised_scatter(
    gram: np.ndarray, moments: np.ndarray, squares: np.ndarray, df: int
) -> Scatter:
    """Average the voxels that the design explains, each scaled to residual variance 1.

    Parameters
    ----------
    gram
        XᵀX of each group, shape (g, p, p).
    moments
        Xᵀy of each group, shape (g, voxels, p).
    squares
        yᵀy of each group, shape (g, voxels).
    df
        Residual degrees of freedom.

    Notes
    -----
    A voxel is selected if the F test of all columns of the design, group means included,
    passes p < 0.001 with equal variances.
    """
    p = gram.shape[-1]
    total = moments.sum(axis=0)
    explained = np.einsum("vp,pq,vq->v", total, np.linalg.inv(gram.sum(axis=0)), total)
    residual = squares.sum(axis=0) - explained
    threshold = stats.f.isf(SELECTION_P, p, df)
    chosen = (residual > 0) & (explained / p > threshold * residual / df)
    scale = df / residual[chosen]
    n = int(chosen.sum())
    if n == 0:
        return Scatter(
            np.full(len(gram), np.nan), np.full((len(gram), p) * 2, np.nan), 0
        )
    b = np.concatenate(list(moments[:, chosen]), axis=1)
    cross = (b * scale[:, None]).T @ b / n
    return Scatter(
        (squares[:, chosen] * scale).mean(axis=1), cross.reshape((len(gram), p) * 2), n
    )


def reml_variances(
    gram: np.ndarray, n: np.ndarray, scatter: Scatter, max_steps: int = 32
) -> np.ndarray:
    r"""Estimate the groups' variances by Fisher scoring of the restricted likelihood.

    Parameters
    ----------
    gram
        XᵀX of each group, shape (g, p, p).
    n
        Participants of each group, shape (g,).
    scatter
        Of the standardised data.

    Returns
    -------
    np.ndarray
        Variances h relative to the pooled residual variance, shape (g,); below 1e-6 for a
        group that does not vary.

    Notes
    -----
    With C = diag(h_g) and P = C⁻¹ − C⁻¹X(XᵀC⁻¹X)⁻¹XᵀC⁻¹, gradient and expected curvature
    of the log-evidence are

    .. math:: F_g = -½ tr(PQ_g) + ½ tr(PQ_gP YYᵀ) - λh_g, \quad
              F_{gk} = -½ tr(PQ_gPQ_k) - λδ_{gk},

    from h = 1, λ = exp(−8). Friston et al. 2002, 10.1006/nimg.2002.1091; SPM12 r7771.
    """
    groups, p = gram.shape[:2]
    h = np.ones(groups)
    for _ in range(max_steps):
        covariance = np.linalg.inv((gram / h[:, None, None]).sum(axis=0))
        ag = covariance @ gram
        # trace of P Q_g, and of P Q_g P Q_k
        leverage = np.trace(ag, axis1=1, axis2=2)
        shared = np.einsum("gij,kji->gk", ag, ag)
        first = n / h - leverage / h**2
        second = np.diag(n / h**2 - 2 * leverage / h**3) + shared / np.outer(h, h) ** 2
        # residual sum of squares of each group about the weighted fit
        to_beta = np.concatenate([covariance / hg for hg in h], axis=1)
        cross = scatter.cross.reshape(groups * p, groups * p)
        beta_moments = (to_beta @ cross).reshape(p, groups, p)
        beta_beta = to_beta @ cross @ to_beta.T
        residual = (
            scatter.squares
            - 2 * np.einsum("igi->g", beta_moments)
            + np.einsum("gij,ij->g", gram, beta_beta)
        )
        gradient = (residual / h**2 - first) / 2 - PRIOR_PRECISION * h
        curvature = -second / 2 - PRIOR_PRECISION * np.eye(groups)
        step = -np.linalg.solve(curvature, gradient)
        h = h + step
        if gradient @ step < CONVERGED or h.min() < SMALLEST_VARIANCE:
            break
    return h
