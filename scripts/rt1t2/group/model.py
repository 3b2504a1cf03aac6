"""t or F at every voxel, from sums over participants that are read one after the other."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from rt1t2.contrasts import GROUPS, VISITS
from rt1t2.errors import UserError
from rt1t2.group.design import Design
from rt1t2.group.variance import SMALLEST_VARIANCE, reml_variances, standardised_scatter

# Residual variance below this share of the mean square is rounding, not variation.
NO_VARIATION = 1e-12


@dataclass(frozen=True)
class GroupSums:
    """What a linear model needs to know of the data of each of g groups.

    Attributes
    ----------
    n
        Defined maps, shape (g, voxels), or (g, 1) if all maps are defined everywhere.
    gram
        XᵀX, shape (g, voxels or 1, p, p).
    moments
        Xᵀy, shape (g, voxels, p).
    squares
        yᵀy, shape (g, voxels).
    """

    n: np.ndarray
    gram: np.ndarray
    moments: np.ndarray
    squares: np.ndarray


@dataclass(frozen=True)
class Fit:
    """The fitted model at every voxel.

    Attributes
    ----------
    t
        The statistic: t, or F of an F contrast; NaN where undefined, shape (voxels,).
    df
        Residual degrees of freedom, shape (voxels,).
    beta
        Coefficients, shape (voxels, p).
    sd
        Residual standard deviation of each group, shape (g, voxels).
    variances
        Variance of each group relative to the residual mean square, mean over participants
        1, the same at all voxels; ``None`` for ``welch``, where each voxel has its own.
    n_selected
        Voxels that the variances were estimated from; 0 unless ``unequal``.
    effective_n
        ñ, shape (voxels,): a standardised effect δ moves t by δ √ñ, and F by the
        non-centrality δ² ñ. Of two groups, or of visits, 1 / c'(X'V⁻¹X)⁻¹c: n₁n₂/(n₁ + n₂)
        of two groups of equal variance without covariates. Of slopes and F n/4, that of two
        equal groups: δ is then the change over 2 SD of the column (Gelman 2008,
        10.1002/sim.3107), or 2f of Cohen's f.
    """

    t: np.ndarray
    df: np.ndarray
    beta: np.ndarray
    sd: np.ndarray
    variances: np.ndarray | None
    n_selected: int
    effective_n: np.ndarray


def sum_groups(
    maps: Iterable[np.ndarray], design: Design, n_voxels: int, missing: str
) -> GroupSums:
    """Sum the maps (each shape (voxels,), NaN undefined) over the participants of each group.

    With ``missing="exclude_voxel"`` a voxel that any map leaves undefined becomes NaN.
    """
    p, groups = design.matrix.shape[1], len(design.levels)
    moments = np.zeros((groups, n_voxels, p))
    squares = np.zeros((groups, n_voxels))
    voxelwise = n_voxels if missing == "pairwise" else 1
    n = np.zeros((groups, voxelwise), np.int32)
    gram = np.zeros((groups, voxelwise, p, p))
    for y, x, g in zip(maps, design.matrix, design.group, strict=True):
        y = np.asarray(y, dtype=float)
        if missing == "pairwise":
            defined = np.isfinite(y)
            y = np.where(defined, y, 0.0)
            n[g] += defined
            gram[g] += defined[:, None, None] * np.outer(x, x)
        else:
            n[g] += 1
            gram[g] += np.outer(x, x)
        for column in np.flatnonzero(x):
            moments[g, :, column] += x[column] * y
        squares[g] += y**2
    return GroupSums(n, gram, moments, squares)


def without(
    sums: GroupSums, design: Design, participant: int, y: np.ndarray
) -> GroupSums:
    """Return the sums without one participant, whose map ``y`` (voxels,) is part of them."""
    g, x = design.group[participant], design.matrix[participant]
    y = np.asarray(y, dtype=float)
    defined = np.ones(sums.n.shape[1], bool)
    if sums.n.shape[1] > 1:
        defined = np.isfinite(y)
        y = np.where(defined, y, 0.0)
    n, gram, moments, squares = (
        part.copy() for part in (sums.n, sums.gram, sums.moments, sums.squares)
    )
    n[g] -= defined
    gram[g] -= defined[:, None, None] * np.outer(x, x)
    for column in np.flatnonzero(x):
        moments[g, :, column] -= x[column] * y
    squares[g] -= y**2
    return GroupSums(n, gram, moments, squares)


def fit_groups(
    sums: GroupSums,
    design: Design,
    variance: str,
    variances: np.ndarray | None = None,
) -> Fit:
    """Fit the design at every voxel and test its contrast.

    Parameters
    ----------
    sums
        From :func:`sum_groups`.
    design
        The design that the sums were made with.
    variance
        ``equal``: ordinary least squares, pooled variance. ``unequal``: the groups'
        variances are v₁ and v₂ times one voxel-wise variance, with v₁ : v₂ estimated once
        for all voxels (SPM12's default); t = c'β / sqrt(s² c'(X'V⁻¹X)⁻¹c), df as pooled;
        F = (Cβ)'(C(X'V⁻¹X)⁻¹C')⁻¹(Cβ) / (k s²). One group has one variance.
        ``welch``: each voxel and group has its own variance and the degrees of freedom are
        Satterthwaite's (Welch 1947, 10.1093/biomet/34.1-2.28).
    variances
        v₁ and v₂ of an earlier fit, which are then not estimated again.

    Raises
    ------
    UserError
        If the groups' variances cannot be estimated, or if Welch's test is asked for with
        covariates or for anything but two groups.
    """
    if variance == "welch":
        return _fit_welch(sums, design)
    n_selected = 0
    if variance == "equal" or len(design.levels) == 1:
        variances = np.ones(len(design.levels))
    elif variances is None:
        variances, n_selected = _global_variances(sums, design)
    return _fit_weighted(sums, design, variances, n_selected)


def standardised_residual(
    y: np.ndarray, participant: int, design: Design, fit: Fit
) -> np.ndarray:
    """Return one participant's residuals, whitened and divided by the residual SD."""
    fitted = fit.beta @ design.matrix[participant]
    standardised: np.ndarray = (y - fitted) / fit.sd[design.group[participant]]
    return standardised


def excluded_voxels(sums: GroupSums, fit: Fit) -> dict[str, int]:
    """Count the voxels without t: too few defined maps, or no variation within groups."""
    undefined = ~np.isfinite(sums.squares).all(axis=0) | (sums.n < 2).any(axis=0)
    flat = np.isnan(fit.t) & ~undefined
    return {"Undefined": int(undefined.sum()), "NoVariation": int(flat.sum())}


def _global_variances(sums: GroupSums, design: Design) -> tuple[np.ndarray, int]:
    n = np.bincount(design.group)
    complete = np.broadcast_to(
        (sums.n == n[:, None]).all(axis=0), sums.squares.shape[1:]
    ) & np.isfinite(sums.squares).all(axis=0)
    x = design.matrix
    gram = np.stack(
        [x[design.group == g].T @ x[design.group == g] for g in range(len(n))]
    )
    scatter = standardised_scatter(
        gram, sums.moments[:, complete], sums.squares[:, complete], design.df
    )
    if scatter.n_voxels == 0:
        raise UserError(
            f"{design.title}: the groups' variances cannot be "
            "estimated from any voxel that all maps have. Set statistics.variance to equal "
            "or welch."
        )
    h = reml_variances(gram, n, scatter)
    if h.min() < SMALLEST_VARIANCE:
        flat = design.levels[int(np.argmin(h))]
        raise UserError(
            f"the maps of group {flat} do not differ from one another. Check that the "
            "participants table does not name one map several times."
        )
    return h * n.sum() / (n @ h), scatter.n_voxels


def _fit_weighted(
    sums: GroupSums, design: Design, variances: np.ndarray, n_selected: int
) -> Fit:
    p = design.matrix.shape[1]
    gram = np.tensordot(1 / variances, sums.gram, axes=1)
    moments = np.tensordot(1 / variances, sums.moments, axes=1)
    squares = np.tensordot(1 / variances, sums.squares, axes=1)
    solvable = (sums.n >= 2).all(axis=0) & _full_rank(gram)
    inverse = np.linalg.inv(np.where(solvable[:, None, None], gram, np.eye(p)))
    beta = (inverse @ moments[:, :, None])[:, :, 0]
    residual = squares - np.einsum("vp,vp->v", moments, beta)
    df = np.broadcast_to(sums.n.sum(axis=0) - p, residual.shape)
    usable = solvable & (df >= 1) & (residual > NO_VARIATION * squares)
    mean_square = np.where(usable, residual, np.nan) / np.where(usable, df, 1)
    # SPM keeps coefficients and contrasts as float32: so t is SPM's to the last digit
    single = beta.astype(np.float32)
    scale = np.einsum("p,vpq,q->v", design.contrast, inverse, design.contrast)
    sd = np.sqrt(variances[:, None] * mean_square)
    if design.statistic == "F":
        t = _explained(single.astype(float), inverse, design) / design.rank
        t /= mean_square
    else:
        effect = (single @ design.contrast).astype(np.float32)
        t = effect / np.sqrt(mean_square * scale)
    effective_n = 1 / scale
    if design.kind not in (GROUPS, VISITS):
        effective_n = sums.n.sum(axis=0) / 4
    return Fit(
        t,
        np.where(usable, df, np.nan),
        beta,
        sd,
        variances,
        n_selected,
        np.where(usable, effective_n, np.nan),
    )


def _explained(beta: np.ndarray, inverse: np.ndarray, design: Design) -> np.ndarray:
    """Return (Cβ)'(C(X'V⁻¹X)⁻¹C')⁻¹(Cβ), shape (voxels,)."""
    effect = beta @ design.weights.T
    covariance = design.weights @ inverse @ design.weights.T
    weighted = np.linalg.solve(covariance, effect[:, :, None])[:, :, 0]
    explained: np.ndarray = np.einsum("vk,vk->v", effect, weighted)
    return explained


def _fit_welch(sums: GroupSums, design: Design) -> Fit:
    if not design.plain_groups:
        raise UserError(
            "Welch's test has no covariates, and compares two groups only. Set "
            "statistics.variance to unequal or equal, or empty statistics.covariates."
        )
    n = np.broadcast_to(sums.n, sums.squares.shape).astype(float)
    total = np.stack([sums.moments[g, :, g] for g in (0, 1)])
    usable = (n >= 2).all(axis=0)
    n = np.where(usable, n, np.nan)
    mean = total / n
    residual = sums.squares - total * mean
    squares = sums.squares.sum(axis=0)
    usable &= residual.sum(axis=0) > NO_VARIATION * squares
    variance = np.where(usable, np.maximum(residual, 0), np.nan) / (n - 1)
    error = variance / n
    df = error.sum(axis=0) ** 2 / (error**2 / (n - 1)).sum(axis=0)
    t = (mean[0] - mean[1]) / np.sqrt(error.sum(axis=0))
    pooled = ((n - 1) * variance).sum(axis=0) / (n.sum(axis=0) - 2)
    effective_n = pooled / error.sum(axis=0)
    return Fit(t, df, mean.T, np.sqrt(variance), None, 0, effective_n)


def _full_rank(gram: np.ndarray) -> np.ndarray:
    """Tell which normal matrices, scaled to unit diagonal, can be inverted."""
    diagonal = np.einsum("vpp->vp", gram)
    scale = np.sqrt(np.where(diagonal > 0, diagonal, 1))
    scaled = gram / (scale[:, :, None] * scale[:, None, :])
    return np.linalg.eigvalsh(scaled)[:, 0] > 1e-10
