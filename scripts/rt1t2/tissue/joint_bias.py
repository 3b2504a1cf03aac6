"""Bias fields of a T1w/T2w pair, fitted jointly with a mixture of the head's tissues.

A ratio map is hurt only by the part of the bias that the two images do not share. The
fit therefore works on the mean of the logs and on the log ratio, each with its own smooth
field, and estimates the fields together with the levels of the tissues: CSF, muscle and fat
around the brain tie the brain's own level down, which a correction of each image alone
(N4) cannot do. The tissue levels that fall out are the landmarks of the calibration.
"""

from dataclasses import dataclass

import numpy as np

from rt1t2.tissue.fit_images import FitImages
from rt1t2.tissue.log_field import LogField
from rt1t2.tissue.pure_voxels import GROUPS, group_priors, sample_voxels

FIELD_SD = (0.18, 0.14)  # prior SD of the mean-log field and of the log-ratio field
LENGTH_MM, CUTOFF_MM = 55.0, 60.0
PRIOR_POWER = 1.5
OUTLIER_DENSITY = 0.05 / 4.0  # 5 % of the voxels, spread evenly over log intensities
PSEUDO_VOXELS, PSEUDO_SD = 20.0, np.array([0.06, 0.08])
SMALLEST_SD = np.array([0.02, 0.03])  # anatomy is not white noise
FIRST_SD = np.array([0.25, 0.35])
# Groups that have no say in the fields: what differs in the deep nuclei is what studies ask
# about, and a field that follows it takes a part of it away (11 % instead of 6 % of a planted
# one); white matter all around tells the field there as well.
ASKED_ABOUT = ("deep",)
N_ITERATIONS = 14
N_VOXELS = 40_000

MIN_EFFECTIVE_VOXELS = 200
MAX_HALVES_DIFFER_PERCENT = 4.0


@dataclass(frozen=True)
class TissueLevels:
    """Levels of the tissues in a mixture, and how well they are known.

    Attributes
    ----------
    levels
        Per group (GROUPS) {"t1w", "t2w"}, in units of the (corrected) images.
    effective_voxels
        Per group the number of sampled voxels that carry its level.
    halves_differ_percent
        Difference between the white-matter ratios, on the scale of CSF and fat, of fits to
        two halves of the sample; where the fields were given, without their own uncertainty.
    """

    levels: dict[str, dict[str, float]]
    effective_voxels: dict[str, float]
    halves_differ_percent: float


@dataclass(frozen=True)
class JointFit:
    """Result of :func:`fit_joint`.

    Attributes
    ----------
    log_field_t1w, log_field_t2w
        Natural log of the bias fields on the grid of the fit.
    tissue
        Levels in units of the corrected images.
    """

    log_field_t1w: np.ndarray
    log_field_t2w: np.ndarray
    tissue: TissueLevels


def fit_joint(images: FitImages, seed: int, *, n_voxels: int = N_VOXELS) -> JointFit:
    """Fit the fields of mean log and log ratio together with the levels of the tissues.

    Model, per channel c of y = ((log T1w + log T2w) / 2, log T1w - log T2w):
    y_c = level_c[class] + field_c + noise; Gaussian prior on the fields
    (:class:`~rt1t2.tissue.log_field.LogField`), flat prior on the levels, spatial priors on the
    classes, a flat class for outliers; expectation-maximisation. In each step levels and
    field solve one linear system, so that the field is not forced to a zero mean in the
    brain; the groups ASKED_ABOUT have levels, but no weight in the field. Two halves of a
    random sample of voxels are fitted and averaged; their difference tells how far the
    sample matters.

    Parameters
    ----------
    images
        Offsets removed, about 2 mm; their mask says which voxels may be used.
    seed
        Draws the sample of voxels.
    n_voxels
        Size of the sample (both halves).
    """
    halves = _fit_halves(images, seed, n_voxels, None)
    mean, ratio = (
        (a + b) / 2 for a, b in zip(*(h.fields for h in halves), strict=True)
    )
    return JointFit(mean + ratio / 2, mean - ratio / 2, _tissue_levels(halves))


def fit_levels(
    images: FitImages,
    log_field_t1w: np.ndarray,
    log_field_t2w: np.ndarray,
    seed: int,
    *,
    n_voxels: int = N_VOXELS,
) -> TissueLevels:
    """Fit the levels alone, by the model and from the voxels of :func:`fit_joint`.

    Parameters
    ----------
    images
        As for :func:`fit_joint`, with their bias.
    log_field_t1w, log_field_t2w
        Their fields, which are kept, on the grid of the images.
    seed, n_voxels
        Of the sample.
    """
    known = (log_field_t1w + log_field_t2w) / 2, log_field_t1w - log_field_t2w
    return _tissue_levels(_fit_halves(images, seed, n_voxels, known))


def level_flags(tissue: TissueLevels) -> list[str]:
    """Say in words what makes levels doubtful; empty where nothing does."""
    flags = [
        f"only {tissue.effective_voxels[name]:.0f} voxels carry the level of {name} "
        f"(fewer than {MIN_EFFECTIVE_VOXELS} are doubtful)"
        for name in ("csf", "fat")
        if tissue.effective_voxels[name] < MIN_EFFECTIVE_VOXELS
    ]
    if tissue.halves_differ_percent > MAX_HALVES_DIFFER_PERCENT:
        flags.append(
            f"two halves of the voxels give scales {tissue.halves_differ_percent:.1f} % "
            f"apart (more than {MAX_HALVES_DIFFER_PERCENT:g} % is doubtful)"
        )
    return flags


@dataclass(frozen=True)
class _SampleFit:
    fields: list[np.ndarray]  # mean log and log ratio on the grid, or none
    levels: np.ndarray  # (groups, 2): mean log, log ratio
    voxels: np.ndarray  # (groups,)


def _fit_halves(
    images: FitImages,
    seed: int,
    n_voxels: int,
    known_fields: tuple[np.ndarray, np.ndarray] | None,
) -> list[_SampleFit]:
    groups = group_priors(images.prior.data, images.prior.voxel_mm)
    sample = sample_voxels(images.t1w, images.t2w, groups, images.mask, n_voxels, seed)
    return [
        _fit_sample(images, groups, sample[half::2], known_fields) for half in (0, 1)
    ]


def _tissue_levels(halves: list[_SampleFit]) -> TissueLevels:
    levels = (halves[0].levels + halves[1].levels) / 2
    voxels = (halves[0].voxels + halves[1].voxels).tolist()
    return TissueLevels(
        levels={
            name: {"t1w": float(np.exp(m + r / 2)), "t2w": float(np.exp(m - r / 2))}
            for name, (m, r) in zip(GROUPS, levels, strict=True)
        },
        effective_voxels=dict(zip(GROUPS, voxels, strict=True)),
        halves_differ_percent=_difference_percent(halves[0].levels, halves[1].levels),
    )


def _fit_sample(
    images: FitImages,
    groups: np.ndarray,
    sample: np.ndarray,
    known_fields: tuple[np.ndarray, np.ndarray] | None,
) -> _SampleFit:
    """Fit the model of :func:`fit_joint` to the voxels with these flat indices.

    ``known_fields`` (mean log, log ratio) are kept; ``None``: they are fitted.
    """
    shape, voxel_mm = images.t1w.shape, images.prior.voxel_mm
    voxels = np.unravel_index(sample, shape)
    log_t1w, log_t2w = (
        np.log(image.ravel()[sample]) for image in (images.t1w, images.t2w)
    )
    y = np.stack([(log_t1w + log_t2w) / 2, log_t1w - log_t2w], axis=1).astype(float)
    prior = groups.reshape(len(GROUPS), -1)[:, sample].T.astype(float)
    prior = (prior + 1e-4) ** PRIOR_POWER
    prior /= prior.sum(axis=1, keepdims=True)

    fitted: list[LogField] = []
    field = np.zeros_like(y)
    if known_fields is None:
        fitted = [
            LogField(shape, voxel_mm, voxels, sd, LENGTH_MM, CUTOFF_MM)
            for sd in FIELD_SD
        ]
    else:
        field = np.stack([known.ravel()[sample] for known in known_fields], axis=1)
    levels = (prior**3).T @ (y - field) / (prior**3).sum(axis=0)[:, None]
    covariances = np.array([np.diag(FIRST_SD**2)] * len(GROUPS))
    coefficients = [np.zeros(0) for _ in fitted]
    telling = np.array([name not in ASKED_ABOUT for name in GROUPS])
    for _ in range(N_ITERATIONS):
        share = _responsibilities(y - field, prior, levels, covariances)
        for c, smooth in enumerate(fitted):
            weights = share * telling / covariances[:, c, c]
            coefficients[c] = _fitted_field(y[:, c], weights, smooth)
            field[:, c] = smooth.design @ coefficients[c]
        levels = share.T @ (y - field) / (share.sum(axis=0)[:, None] + 1e-6)
        covariances = _covariances(y - field, share, levels)
    on_grid = [f.on_grid(w) for f, w in zip(fitted, coefficients, strict=True)]
    return _SampleFit(on_grid, levels, share.sum(axis=0))


def _difference_percent(levels_a: np.ndarray, levels_b: np.ndarray) -> float:
    """Difference of the white-matter log ratio from that of CSF and fat, in percent."""
    names = list(GROUPS)
    csf, fat, wm = (names.index(name) for name in ("csf", "fat", "wm"))
    a, b = (x[wm, 1] - (x[csf, 1] + x[fat, 1]) / 2 for x in (levels_a, levels_b))
    return float(100 * abs(a - b))


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
    normalised: np.ndarray = (share / share.sum(axis=1, keepdims=True))[:, :-1]
    return normalised


def _fitted_field(y: np.ndarray, weights: np.ndarray, field: LogField) -> np.ndarray:
    """Return the field's coefficients in the weighted, penalised least squares with levels."""
    n_levels = weights.shape[1]
    total = weights.sum(axis=1)
    # contiguous: the product of a thin strided matrix takes a hundred times as long
    cross = np.ascontiguousarray(weights.T, "f4") @ field.design
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
    coefficients: np.ndarray = np.linalg.solve(system, right)[n_levels:]
    return coefficients


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
