"""Receptor correlations of z scores that are adjusted for age, sex or other covariates."""

from collections.abc import Sequence

import numpy as np

from rt1t2.errors import UserError
from rt1t2.receptors.correlation import (
    Correlations,
    check_defined,
    maps_by_regions,
    on_regions,
    spearman,
)

# Permutations whose z scores are held in memory at once.
AT_ONCE = 500
# Of fewer controls beyond the columns a standard deviation is too uncertain to divide by.
FEWEST_DF = 2


def adjusted_z(
    values: np.ndarray, is_patient: np.ndarray, columns: np.ndarray
) -> np.ndarray:
    """Return patients' z scores given their covariates, shape (..., patients, regions).

    Parameters
    ----------
    values
        Region means, shape (..., participants, regions), without NaN.
    is_patient
        (participants,) bool.
    columns
        (participants, p) covariates; a constant is added.

    Notes
    -----
    z = (y − x b) / (s √(1 + x (X'X)⁻¹ x')): b and the residual SD s are those of a regression on
    the controls, and the denominator is that of their prediction interval. It has n − p − 1
    degrees of freedom.
    """
    x = np.column_stack([np.ones(len(columns)), columns])
    controls, patients = x[~is_patient], x[is_patient]
    gram = np.linalg.inv(controls.T @ controls)
    y = values[..., ~is_patient, :]
    coefficients = gram @ controls.T @ y
    residual = y - controls @ coefficients
    df = len(controls) - x.shape[1]
    sd = np.sqrt((residual**2).sum(axis=-2, keepdims=True) / df)
    leverage = np.einsum("ip,pq,iq->i", patients, gram, patients)
    spread = sd * np.sqrt(1 + leverage)[:, None]
    z: np.ndarray = (values[..., is_patient, :] - patients @ coefficients) / spread
    return z


def correlate_adjusted(
    values: np.ndarray,
    is_patient: np.ndarray,
    columns: np.ndarray,
    maps: np.ndarray,
    covariate: np.ndarray | None,
    allocations: np.ndarray,
    participant_names: Sequence[str],
    map_names: Sequence[str],
) -> Correlations:
    """Correlate adjusted z scores with receptor maps, and test the mean by permutation.

    Regions that anybody lacks are left out for everybody. What the covariates leave of the
    values is permuted, while group and covariates stay where they are (Freedman & Lane 1983,
    10.2307/1391660).

    Parameters
    ----------
    columns
        As in :func:`adjusted_z`.
    values, is_patient, maps, covariate, allocations, participant_names, map_names
        As in :func:`~rt1t2.receptors.correlation.correlate_group`. An allocation says whose
        values the patients get; which patient gets whose is drawn.

    Raises
    ------
    UserError
        As there; or the controls are too few for the covariates, or those do not vary there.
    """
    x = np.column_stack([np.ones(len(columns)), columns])
    _require_estimable(x[~is_patient])
    usable = np.isfinite(values).all(axis=0) & (np.ptp(values, axis=0) > 0)
    values, maps, covariate, n_regions = on_regions(
        usable, values, maps, covariate, participant_names, map_names
    )
    residual = values - x @ np.linalg.lstsq(x, values, rcond=None)[0]
    orders = np.vstack(
        [np.arange(len(values))[None], matched_orders(is_patient, allocations)]
    )
    mean_z = np.zeros((len(orders), len(maps)))
    rho = np.full((int(is_patient.sum()), len(maps)), np.nan)
    for start in range(0, len(orders), AT_ONCE):
        part = slice(start, start + AT_ONCE)
        z = adjusted_z(residual[orders[part]], is_patient, columns)
        for chosen, with_data in maps_by_regions(maps):
            profiles = z[..., with_data].reshape(-1, int(with_data.sum()))
            rhos = spearman(
                profiles,
                maps[np.ix_(chosen, np.flatnonzero(with_data))],
                None if covariate is None else covariate[with_data],
            ).reshape(len(z), -1, len(chosen))
            mean_z[part, chosen] = np.arctanh(rhos).mean(axis=1)
            if start == 0:
                rho[:, chosen] = rhos[0]
    check_defined(mean_z, map_names)
    observed, null = mean_z[0], mean_z[1:]
    return Correlations(
        rho=rho,
        n_regions=n_regions[is_patient],
        null=null,
        n_extreme=(np.abs(null) >= np.abs(observed) - 1e-12).sum(axis=0),
    )


def matched_orders(is_patient: np.ndarray, allocations: np.ndarray) -> np.ndarray:
    """Return whose values everybody gets, shape (permutations, participants).

    Patients get the values of those that an allocation (bool) calls patients, at random.
    """
    rng = np.random.default_rng(len(is_patient))
    orders = np.empty(allocations.shape, int)
    for order, allocated in zip(orders, allocations, strict=True):
        order[is_patient] = rng.permutation(np.flatnonzero(allocated))
        order[~is_patient] = rng.permutation(np.flatnonzero(~allocated))
    return orders


def _require_estimable(controls: np.ndarray) -> None:
    n, p = controls.shape
    if n - p < FEWEST_DF:
        raise UserError(
            f"receptor correlations: {n} controls are too few for {p - 1} columns of "
            f"receptors.covariates; {p + FEWEST_DF} are needed. Take covariates out."
        )
    largest = np.abs(controls).max(axis=0)
    if np.linalg.matrix_rank(controls / np.where(largest > 0, largest, 1)) < p:
        raise UserError(
            "receptor correlations: a covariate of receptors.covariates does not vary over "
            "the controls, or is determined by the others there. Take it out."
        )
