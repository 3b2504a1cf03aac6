"""Tissue classes of a head from T1w and T2w: a Gaussian mixture with spatial priors."""

from dataclasses import dataclass

import numpy as np

# Classes of the mixture, from the head priors, and their number of Gaussians. The margins of
# bone, soft tissue and fat are mixed, and one Gaussian is too narrow for them.
TISSUES = {
    "air": ("air",),
    "bone": ("bone",),
    "csf": ("csf", "vitreous"),
    "soft": ("muscle", "temporalis"),
    "fat": ("fat",),
    "gm": ("gm",),
    "wm": ("wm",),
    "deep": ("deep",),
    "stem": ("stem",),
}
_INDEX = {name: k for k, name in enumerate(TISSUES)}
GAUSSIANS = {"bone": 2, "csf": 2, "soft": 2, "fat": 2}
PRIOR_FLOOR = 1e-3
# Grey and white matter take this share of their covariances from the mean of both: where white
# matter is even, its Gaussian would else shrink and leave the border to grey matter.
SPREAD_ALIKE, SHARED_SPREAD = ("gm", "wm"), 0.25
BRIGHTEST = 8.0  # in units of white matter
N_ITERATIONS = 25
SAMPLE = 60_000


@dataclass(frozen=True)
class Mixture:
    """Gaussians of (T1w, T2w) in units of the white matter's level, several per tissue.

    Attributes
    ----------
    tissue
        (components,) index into TISSUES.
    means, covariances, weights
        (components, 2), (components, 2, 2), (components,); the weights of one tissue sum
        to 1.
    """

    tissue: np.ndarray
    means: np.ndarray
    covariances: np.ndarray
    weights: np.ndarray

    def level(self, tissue: str) -> np.ndarray:
        """Return a tissue's mean (T1w, T2w)."""
        of_tissue = self.tissue == _INDEX[tissue]
        mean: np.ndarray = self.weights[of_tissue] @ self.means[of_tissue]
        return mean


def fit_mixture(pair: np.ndarray, priors: np.ndarray) -> Mixture:
    """Fit the mixture by expectation-maximisation with fixed spatial priors.

    Parameters
    ----------
    pair
        (2, voxels): T1w and T2w in units of white matter, both defined.
    priors
        (tissues, voxels), in the order of TISSUES.

    Returns
    -------
    Mixture
        Full covariances, at least 1.4 % of each image's own spread; those of SPREAD_ALIKE
        have SHARED_SPREAD of theirs in common.
    """
    step = max(1, pair.shape[1] // SAMPLE)
    pair, priors = pair[:, ::step].astype(float), priors[:, ::step].astype(float)
    priors = priors + PRIOR_FLOOR
    priors /= priors.sum(axis=0)
    tissue = np.array(
        [k for k, name in enumerate(TISSUES) for _ in range(GAUSSIANS.get(name, 1))]
    )
    mixture = _first_guess(pair, priors, tissue)
    floor = 2e-4 * np.diag(pair.var(axis=1))
    last = -np.inf
    for _ in range(N_ITERATIONS):
        joint = np.exp([log_density(pair, mixture, i) for i in range(len(tissue))])
        joint *= priors[tissue]
        total = joint.sum(axis=0) + 1e-30
        mixture = _updated(pair, joint / total, tissue, floor)
        likelihood = np.log(total).mean()
        if likelihood - last < 1e-5:
            break
        last = likelihood
    return mixture


def posteriors(pair: np.ndarray, priors: np.ndarray, mixture: Mixture) -> np.ndarray:
    """Return the posterior probabilities (tissues, voxels), float32.

    ``pair`` is as in :func:`fit_mixture`, but T2w may be NaN: there the T1w decides alone.
    """
    result = np.zeros(priors.shape, np.float32)
    for i, k in enumerate(mixture.tissue):
        result[k] += np.exp(log_density(pair, mixture, i))
    result *= priors + np.float32(PRIOR_FLOOR)
    result /= result.sum(axis=0) + np.float32(1e-30)
    return result


def log_density(pair: np.ndarray, mixture: Mixture, component: int) -> np.ndarray:
    """Weighted log density of one Gaussian, up to a constant; of T1w alone without T2w."""
    covariance = mixture.covariances[component].astype(pair.dtype)
    inverse = np.linalg.inv(covariance)
    t1w, t2w = (
        x - m
        for x, m in zip(pair, mixture.means[component].astype(pair.dtype), strict=True)
    )
    log_weight = np.log(mixture.weights[component]).astype(pair.dtype)
    density = t1w * (inverse[0, 0] * t1w + 2 * inverse[0, 1] * t2w)
    density += inverse[1, 1] * t2w**2
    density += np.log(np.linalg.det(covariance))
    unseen = np.isnan(t2w)
    if unseen.any():
        variance = covariance[0, 0]
        density[unseen] = t1w[unseen] ** 2 / variance + np.log(variance)
    log_densities: np.ndarray = log_weight - density / 2
    return log_densities


def share_between(
    pair: np.ndarray, mixture: Mixture, first: str, second: str
) -> np.ndarray:
    """Return how far voxels lie from the second (0) to the first tissue (1), float32.

    Position along the discriminant of their Gaussians (one each), d = C^-1 (m_first -
    m_second) with their mean covariance C, clipped to 0-1. ``pair`` is as in
    :func:`posteriors`.
    """
    a, b = (
        int(np.flatnonzero(mixture.tissue == _INDEX[n])[0]) for n in (first, second)
    )
    covariance = (mixture.covariances[a] + mixture.covariances[b]) / 2
    step = mixture.means[a] - mixture.means[b]
    direction = np.linalg.solve(covariance, step)
    t1w, t2w = (x - m for x, m in zip(pair, mixture.means[b], strict=True))
    along_both = (direction[0] * t1w + direction[1] * t2w) / (direction @ step)
    share = np.where(np.isfinite(t2w), along_both, t1w / step[0])
    clipped: np.ndarray = np.clip(share, 0, 1).astype(np.float32)
    return clipped


def grey_share(
    pair: np.ndarray, mixture: Mixture, tissue: str, mean: float
) -> np.ndarray:
    """Return the grey share of voxels of deep nuclei or brainstem, float32.

    ``mean`` where they have the tissue's own level; more towards grey matter, less towards
    white (:func:`share_between`), as steeply as reaches 1 or 0 there, whichever is flatter.
    """
    level = mixture.level(tissue)[:, None].astype(np.float32)
    own = float(share_between(level, mixture, "gm", "wm")[0])
    slope = min(mean / max(own, 1e-3), (1 - mean) / max(1 - own, 1e-3))
    shift = share_between(pair, mixture, "gm", "wm") - np.float32(own)
    clipped: np.ndarray = np.clip(mean + np.float32(slope) * shift, 0, 1)
    return clipped.astype(np.float32)


def csf_share(t1w: np.ndarray, csf: float, mixture: Mixture) -> np.ndarray:
    """Return the share of CSF in voxels of CSF and grey matter, float32, by the T1w alone.

    The T2w of thick slices spreads a sulcus over its neighbours. ``t1w`` and the level
    ``csf`` of pure CSF (the Gaussians of CSF also hold its partial volume) are in units of
    white matter.
    """
    grey = mixture.level("gm")[0]
    clipped: np.ndarray = np.clip((t1w - grey) / (csf - grey), 0, 1).astype(np.float32)
    return clipped


def _first_guess(pair: np.ndarray, priors: np.ndarray, tissue: np.ndarray) -> Mixture:
    """Start from where each tissue's prior is high; several Gaussians start side by side."""
    means, covariances, weights = [], [], []
    for i, k in enumerate(tissue):
        share = priors[k] * (priors[k] > 0.5 * priors[k].max())
        mean = (pair * share).sum(axis=1) / share.sum()
        deviation = pair - mean[:, None]
        covariance = (deviation * share) @ deviation.T / share.sum()
        n = int((tissue == k).sum())
        place = i - int(np.flatnonzero(tissue == k)[0]) - (n - 1) / 2
        means.append(mean + place * np.sqrt(np.diag(covariance)))
        covariances.append(covariance + 1e-4 * np.eye(2))
        weights.append(1 / n)
    return Mixture(tissue, np.array(means), np.array(covariances), np.array(weights))


def _updated(
    pair: np.ndarray, share: np.ndarray, tissue: np.ndarray, floor: np.ndarray
) -> Mixture:
    mass = share.sum(axis=1) + 1e-6
    means = share @ pair.T / mass[:, None]
    covariances = []
    for q, mean, m in zip(share, means, mass, strict=True):
        deviation = pair - mean[:, None]
        covariances.append((deviation * q) @ deviation.T / m + floor)
    alike = np.isin(tissue, [_INDEX[name] for name in SPREAD_ALIKE])
    shared = np.mean(np.array(covariances)[alike], axis=0)
    for i in np.flatnonzero(alike):
        covariances[i] = (1 - SHARED_SPREAD) * covariances[i] + SHARED_SPREAD * shared
    of_tissue = np.array([mass[tissue == k].sum() for k in tissue])
    weights = np.maximum(mass / of_tissue, 0.02)
    return Mixture(tissue, means, np.array(covariances), weights)
