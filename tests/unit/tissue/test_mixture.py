import numpy as np
import pytest
from scipy import stats

from rt1t2.tissue.mixture import (
    TISSUES,
    Mixture,
    csf_share,
    fit_mixture,
    grey_share,
    log_density,
    posteriors,
    share_between,
)


def two_gaussians() -> Mixture:
    names = list(TISSUES)
    return Mixture(
        tissue=np.array([names.index("gm"), names.index("wm")]),
        means=np.array([[0.7, 1.6], [1.0, 1.0]]),
        covariances=np.array(
            [[[0.01, 0.004], [0.004, 0.04]], [[0.02, 0.0], [0.0, 0.01]]]
        ),
        weights=np.ones(2),
    )


def test_density_is_gaussian_and_marginal_without_t2w():
    mixture = two_gaussians()
    pair = np.array([[0.8, 0.8], [1.4, np.nan]])
    both, alone = log_density(pair, mixture, 0)
    expected = stats.multivariate_normal(mixture.means[0], mixture.covariances[0])
    assert both == pytest.approx(expected.logpdf([0.8, 1.4]) + np.log(2 * np.pi))
    marginal = stats.norm(0.7, 0.1).logpdf(0.8)
    assert alone == pytest.approx(marginal + np.log(2 * np.pi) / 2)


def test_partial_volume_lies_between_the_tissues():
    mixture = two_gaussians()
    ends = mixture.means.T
    half = ends.mean(axis=1, keepdims=True)
    pair = np.hstack([ends, half, np.array([[0.85], [np.nan]])])
    share = share_between(pair, mixture, "gm", "wm")
    assert share == pytest.approx([1, 0, 0.5, 0.5])


def test_the_share_of_csf_is_linear_in_the_t1w():
    t1w = np.array([0.9, 0.7, 0.45, 0.2, 0.1], np.float32)
    share = csf_share(t1w, 0.2, two_gaussians())
    np.testing.assert_allclose(share, [0, 0, 0.5, 1, 1], atol=1e-6)


def test_nuclei_have_the_templates_share_at_their_own_level():
    own = two_gaussians()
    names = list(TISSUES)
    nucleus = own.means[1] + 0.2 * (own.means[0] - own.means[1])  # nearly white
    mixture = Mixture(
        tissue=np.append(own.tissue, names.index("deep")),
        means=np.vstack([own.means, nucleus]),
        covariances=np.concatenate([own.covariances, own.covariances[:1]]),
        weights=np.ones(3),
    )
    pair = np.stack([nucleus, own.means[0], own.means[1]], axis=1)
    share = grey_share(pair, mixture, "deep", 0.6)
    assert share == pytest.approx([0.6, 1, 0.5], abs=1e-6)


def test_even_white_matter_keeps_its_half_of_the_border():
    """Half-and-half voxels between spread-out grey and even white matter go to both."""
    rng = np.random.default_rng(0)
    grey = np.array([[0.7], [1.6]]) + rng.normal(0, [[0.1], [0.3]], (2, 4000))
    white = np.array([[1.0], [1.0]]) + rng.normal(0, [[0.01], [0.03]], (2, 6000))
    mixed = rng.uniform(0, 1, 1500)
    border = mixed * white[:, :1500] + (1 - mixed) * grey[:, :1500]
    pair = np.hstack([grey, white, border])
    priors = np.zeros((len(TISSUES), pair.shape[1]))
    names = list(TISSUES)
    priors[names.index("gm")] = np.r_[
        np.full(4000, 0.8), np.full(6000, 0.2), np.full(1500, 0.5)
    ]
    priors[names.index("wm")] = 1 - priors[names.index("gm")]
    mixture = fit_mixture(pair, priors)
    share = posteriors(pair.astype("f4"), priors.astype("f4"), mixture)
    called_white = share[names.index("wm")][-1500:] > 0.5
    assert 0.25 < called_white.mean() < 0.75
