"""Bias fields of a T1w/T2w pair, fitted jointly with a mixture of the head's tissues.

A ratio map is hurt only by the part of the bias that the two images do not share. The
fit therefore works on the mean of the logs and on the log ratio, each with its own smooth
field, and estimates the fields together with the levels of the tissues: CSF, muscle and fat
around the brain tie the brain's own level down, which a correction of each image alone
(N4) cannot do. The tissue levels that fall out are the landmarks of the calibration.
"""

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from rt1t2.head_classes import HEAD_CLASSES
from rt1t2.log_field import LogField

# Fitted groups of the head priors. Air and bone give no signal and have no logarithm.
GROUPS = {
    "csf": ("csf", "vitreous"),
    "muscle": ("muscle", "temporalis"),
    "fat": ("fat",),
    "gm": ("gm",),
    "wm": ("wm",),
    "deep": ("deep",),
    "stem": ("stem",),
}
BRAIN = ("gm", "wm", "deep", "stem")

FIELD_SD = (0.18, 0.14)  # prior SD of the mean-log field and of the log-ratio field
LENGTH_MM, CUTOFF_MM = 55.0, 60.0
PURE_SHARE = 0.5  # of each class: the voxels with the least local contrast
PRIOR_POWER = 1.5
OUTLIER_DENSITY = 0.05 / 4.0  # 5 % of the voxels, spread evenly over the log intensities
PSEUDO_VOXELS, PSEUDO_SD = 20.0, np.array([0.06, 0.08])
SMALLEST_SD = np.array([0.02, 0.03])  # anatomy is not white noise
DARKEST = (0.06, 0.036)  # signal below this share of the 95th percentile is not tissue

MAX_RATIO_FIELD_SD = 0.3
MIN_EFFECTIVE_VOXELS = 200
MAX_REPEAT_PERCENT = 1.0


@dataclass(frozen=True)
class JointFit:
    """Result of :func:`fit_joint`.

    Attributes
    ----------
    log_field_t1w, log_field_t2w
        Natural log of the bias fields on the grid of the fit.
    levels
        Per group the (T1w, T2w) level in units of the corrected images.
    effective_voxels
        Per group the number of sampled voxels that carry its level.
    """

    log_field_t1w: np.ndarray
    log_field_t2w: np.ndarray
    levels: dict[str, tuple[float, float]]
    effective_voxels: dict[str, float]


def group_priors(priors: np.ndarray) -> np.ndarray:
    """Sum head priors (..., HEAD_CLASSES) into (groups, ...) in the order of GROUPS."""
    return np.stack(
        [
            priors[..., [HEAD_CLASSES.index(name) for name in names]].sum(-1)
            for names in GROUPS.values()
        ]
    )


def additive_offset(air: np.ndarray, tissue_level: float) -> float:
    """Return what an image shows where there is no signal; 0 where that is only noise.

    Magnitude noise in air has median 1.18 sigma and interquartile range 0.91 sigma, so that
    median - 1.3 IQR vanishes for noise of any strength and equals a constant that was
    added. Offsets below 3 % of the tissue level are left alone.
    """
    if air.size < 100:
        return 0.0
    low, median, high = np.percentile(air, [25, 50, 75])
    offset = median - 1.3 * (high - low)
    return float(offset) if abs(offset) > 0.03 * tissue_level else 0.0


def fit_joint(
    t1w: np.ndarray,
    t2w: np.ndarray,
    priors: np.ndarray,
    mask: np.ndarray,
    voxel_mm: np.ndarray,
    seed: int,
    *,
    n_voxels: int = 20_000,
    n_iterations: int = 14,
) -> JointFit:
    """Fit the fields of mean log and log ratio together with the levels of the tissues.

    Model, per channel c of y = ((log T1w + log T2w) / 2, log T1w - log T2w):
    y_c = level_c[class] + field_c + noise; Gaussian prior on the fields
    (:class:`~rt1t2.log_field.LogField`), flat prior on the levels, spatial priors on the classes, a
    flat class for outliers; expectation-maximisation. In each step levels and field
    solve one linear system, so that the field is not forced to a zero mean in the brain.

    Parameters
    ----------
    t1w, t2w
        Images on one grid (x, y, z), offsets removed.
    priors
        Head priors (x, y, z, HEAD_CLASSES).
    mask
        Voxels of the head that may be used: inside both fields of view, no lesion.
    voxel_mm
        Voxel sizes of the grid; about 2 mm is fine enough.
    seed
        Draws the sample of voxels.
    """
    groups = group_priors(priors)
    at = sample_voxels(t1w, t2w, priors, mask, n_voxels, seed)
    voxels = np.unravel_index(at, t1w.shape)
    log_t1w, log_t2w = np.log(t1w.ravel()[at]), np.log(t2w.ravel()[at])
    y = np.stack([(log_t1w + log_t2w) / 2, log_t1w - log_t2w], axis=1).astype(float)
    prior = groups.reshape(len(GROUPS), -1)[:, at].T.astype(float)
    prior = (prior + 1e-4) ** PRIOR_POWER
    prior /= prior.sum(axis=1, keepdims=True)

    fields = [
        LogField(t1w.shape, voxel_mm, voxels, sd, LENGTH_MM, CUTOFF_MM)
        for sd in FIELD_SD
    ]
    levels = (prior**3).T @ y / (prior**3).sum(axis=0)[:, None]
    covariances = np.array([np.diag([0.25, 0.35]) ** 2] * len(GROUPS))
    field = np.zeros_like(y)
    coefficients = [np.zeros(0), np.zeros(0)]
    for _ in range(n_iterations):
        share = _responsibilities(y - field, prior, levels, covariances)
        for c in (0, 1):
            levels[:, c], coefficients[c] = _levels_and_field(
                y[:, c], share / covariances[:, c, c], fields[c]
            )
            field[:, c] = fields[c].design @ coefficients[c]
        covariances = _covariances(y - field, share, levels)

    mean, ratio = (f.on_grid(w) for f, w in zip(fields, coefficients, strict=True))
    return JointFit(
        log_field_t1w=mean + ratio / 2,
        log_field_t2w=mean - ratio / 2,
        levels={
            name: (float(np.exp(m + r / 2)), float(np.exp(m - r / 2)))
            for name, (m, r) in zip(GROUPS, levels, strict=True)
        },
        effective_voxels=dict(zip(GROUPS, share.sum(axis=0).tolist(), strict=True)),
    )


def sample_voxels(
    t1w: np.ndarray,
    t2w: np.ndarray,
    priors: np.ndarray,
    mask: np.ndarray,
    n_voxels: int,
    seed: int,
) -> np.ndarray:
    """Draw flat indices of head voxels with signal, away from edges of the images.

    Of each class the share ``PURE_SHARE`` with the least local variance of the log intensities
    is kept: without this, partial volume spoils the levels.
    """
    darkest = [
        share * np.percentile(image[mask], 95)
        for share, image in zip(DARKEST, (t1w, t2w), strict=True)
    ]
    usable = mask & (t1w > darkest[0]) & (t2w > darkest[1])
    contrast = np.zeros(t1w.shape, "f4")
    for image, low in zip((t1w, t2w), darkest, strict=True):
        log = np.log(np.maximum(image, low))
        variance = (
            ndimage.uniform_filter(log**2, 3) - ndimage.uniform_filter(log, 3) ** 2
        )
        contrast += np.maximum(variance, 0)
    groups = group_priors(priors)
    no_signal = 1 - groups.sum(axis=0)
    likeliest = np.where(groups.max(axis=0) > no_signal, groups.argmax(axis=0), -1)
    kept = np.zeros_like(usable)
    for group in range(len(GROUPS)):
        members = usable & (likeliest == group)
        if members.any():
            kept |= members & (contrast <= np.quantile(contrast[members], PURE_SHARE))
    return np.random.default_rng(seed).permutation(np.flatnonzero(kept))[:n_voxels]


def repeat_percent(first: JointFit, second: JointFit) -> float:
    """Return the difference (%) between two fits' white-matter ratio on the external scale."""
    scale = [
        np.log(fit.levels["wm"][0] / fit.levels["wm"][1])
        - np.mean([np.log(a / b) for a, b in (fit.levels["csf"], fit.levels["fat"])])
        for fit in (first, second)
    ]
    return float(100 * abs(scale[0] - scale[1]))


def bias_flags(
    fit: JointFit, ratio_field_sd: float, repeat_difference_percent: float
) -> list[str]:
    """Say in words what makes a joint fit doubtful; empty where nothing does."""
    flags = []
    if ratio_field_sd > MAX_RATIO_FIELD_SD:
        flags.append(
            f"the field of the ratio varies by {ratio_field_sd:.2f} (SD of the log) in the "
            f"brain (more than {MAX_RATIO_FIELD_SD} is doubtful)"
        )
    for name in ("csf", "fat"):
        if fit.effective_voxels[name] < MIN_EFFECTIVE_VOXELS:
            flags.append(
                f"only {fit.effective_voxels[name]:.0f} voxels carry the level of {name} "
                f"(fewer than {MIN_EFFECTIVE_VOXELS} are doubtful)"
            )
    if fit.levels["fat"][1] < 0.25 * fit.levels["csf"][1]:
        flags.append("fat is dark in the T2w (fat-suppressed): there is no fat landmark")
    if repeat_difference_percent > MAX_REPEAT_PERCENT:
        flags.append(
            f"another draw of voxels changes the scale by {repeat_difference_percent:.1f} %"
            f" (more than {MAX_REPEAT_PERCENT:g} % is doubtful)"
        )
    return flags


def _responsibilities(
    y: np.ndarray, prior: np.ndarray, levels: np.ndarray, covariances: np.ndarray
) -> np.ndarray:
    """Share of every class in every voxel; what the outlier class takes is missing."""
    log_density = np.empty((len(y), len(levels) + 1))
    log_density[:, -1] = np.log(OUTLIER_DENSITY)
    for k, (level, covariance) in enumerate(zip(levels, covariances, strict=True)):
        deviation = y - level
        distance = (deviation @ np.linalg.inv(covariance) * deviation).sum(axis=1)
        log_density[:, k] = (
            np.log(prior[:, k]) - distance / 2 - np.log(np.linalg.det(covariance)) / 2
        )
    share = np.exp(log_density - log_density.max(axis=1, keepdims=True))
    return (share / share.sum(axis=1, keepdims=True))[:, :-1]


def _levels_and_field(
    y: np.ndarray, weights: np.ndarray, field: LogField
) -> tuple[np.ndarray, np.ndarray]:
    """Solve the weighted, penalised least squares of class levels and field together."""
    n_levels = weights.shape[1]
    total = weights.sum(axis=1)
    cross = weights.T.astype("f4") @ field.design
    system = np.block(
        [
            [np.diag(weights.sum(axis=0) + 1e-6), cross],
            [
                cross.T,
                (field.design * total[:, None].astype("f4")).T @ field.design
                + np.diag(1 / field.variance),
            ],
        ]
    )
    right = np.r_[weights.T @ y, field.design.T @ (total * y)]
    solution = np.linalg.solve(system, right)
    return solution[:n_levels], solution[n_levels:]


def _covariances(y: np.ndarray, share: np.ndarray, levels: np.ndarray) -> np.ndarray:
    prior_scatter = PSEUDO_VOXELS * np.diag(PSEUDO_SD**2)
    covariances = []
    for k, level in enumerate(levels):
        deviation = y - level
        scatter = (share[:, k, None] * deviation).T @ deviation
        covariances.append(
            (scatter + prior_scatter) / (share[:, k].sum() + PSEUDO_VOXELS)
            + np.diag(SMALLEST_SD**2)
        )
    return np.array(covariances)
