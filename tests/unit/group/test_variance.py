"""ReML of two variances against the textbook matrices and against planted variances."""

import numpy as np
import pytest

from rt1t2.group.variance import reml_variances, standardised_scatter


def data(n, sds, with_covariate, n_voxels=4000, seed=0):
    rng = np.random.default_rng(seed)
    group = np.repeat([0, 1], n)
    columns = [group == 0, group == 1]
    if with_covariate:
        columns.append(rng.standard_normal(sum(n)))
    x = np.stack(columns, axis=1).astype(float)
    sd = np.array(sds)[group]
    y = 10 + rng.standard_normal((n_voxels, sum(n))) * sd
    return x, group, y


def scatter_of(x, group, y):
    parts = [group == g for g in (0, 1)]
    gram = np.stack([x[part].T @ x[part] for part in parts])
    moments = np.stack([y[:, part] @ x[part] for part in parts])
    squares = np.stack([(y[:, part] ** 2).sum(axis=1) for part in parts])
    return gram, standardised_scatter(gram, moments, squares, x.shape[0] - x.shape[1])


def fisher_scoring_with_full_matrices(x, group, yy):
    """Restricted likelihood of C = diag(h), written with n x n matrices."""
    q = [np.diag((group == g).astype(float)) for g in (0, 1)]
    h = np.ones(2)
    for _ in range(32):
        inverse = np.linalg.inv(h[0] * q[0] + h[1] * q[1])
        p = inverse - inverse @ x @ np.linalg.inv(x.T @ inverse @ x) @ x.T @ inverse
        gradient = np.array(
            [-np.trace(p @ a @ (np.eye(len(x)) - p @ yy)) / 2 for a in q]
        )
        curvature = np.array([[-np.trace(p @ a @ p @ b) / 2 for b in q] for a in q])
        gradient -= np.exp(-8) * h
        curvature -= np.exp(-8) * np.eye(2)
        step = -np.linalg.solve(curvature, gradient)
        h = h + step
        if gradient @ step < 0.1:
            return h
    raise AssertionError("no convergence")


@pytest.mark.parametrize("with_covariate", [False, True])
@pytest.mark.parametrize("sds", [(1, 1), (1, 2), (3, 0.5)])
def test_equals_the_textbook_form(sds, with_covariate):
    x, group, y = data((7, 12), sds, with_covariate, n_voxels=300)
    gram, scatter = scatter_of(x, group, y)
    assert scatter.n_voxels == 300
    residual = y - y @ x @ np.linalg.inv(x.T @ x) @ x.T
    scaled = y / np.sqrt((residual**2).sum(axis=1, keepdims=True) / (19 - x.shape[1]))
    expected = fisher_scoring_with_full_matrices(x, group, scaled.T @ scaled / len(y))
    found = reml_variances(gram, np.array([7, 12]), scatter)
    assert np.allclose(found, expected, rtol=1e-9)


@pytest.mark.parametrize("ratio", [1.0, 1.5, 4.0])
def test_finds_planted_variance_ratio(ratio):
    n = (200, 250)
    x, group, y = data(n, (np.sqrt(ratio), 1.0), False, n_voxels=2000, seed=3)
    h = reml_variances(
        scatter_of(x, group, y)[0], np.array(n), scatter_of(x, group, y)[1]
    )
    assert h[0] / h[1] == pytest.approx(ratio, rel=0.015)


def test_small_groups_draw_the_ratio_towards_one():
    # each voxel is scaled by its own pooled variance, which is noisy in small groups
    n = (11, 18)
    x, group, y = data(n, (2.0, 1.0), False, n_voxels=8000, seed=3)
    h = reml_variances(
        scatter_of(x, group, y)[0], np.array(n), scatter_of(x, group, y)[1]
    )
    rng = np.random.default_rng(0)
    ss = 4 * rng.chisquare(10, 100_000), rng.chisquare(17, 100_000)
    total = ss[0] + ss[1]
    expected = (ss[0] / total).mean() / 10 / ((ss[1] / total).mean() / 17)
    assert expected < 3.7
    assert h[0] / h[1] == pytest.approx(expected, rel=0.02)


def test_only_voxels_that_the_design_explains_count():
    x, group, y = data((7, 12), (1, 1), False, n_voxels=100)
    y[50:] -= 10
    _, scatter = scatter_of(x, group, y)
    assert 50 <= scatter.n_voxels <= 52
