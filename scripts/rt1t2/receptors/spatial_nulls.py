"""Spatial null: random maps with the spatial autocorrelation of the real one.

Two smooth patterns correlate by chance far more often than two rough ones. Permuting group
labels does not test for that; a comparison with random maps of the same spatial
autocorrelation does. On simulated data its p values are slightly too small: 6 % instead of
5 % are below 0.05 (tests/benchmarks/receptor_nulls.py), where permuting regions gives
about 20 %.
"""

from typing import Literal

import numpy as np

from rt1t2.errors import UserError
from rt1t2.receptors.correlation import MIN_REGIONS, residual_ranks, spearman

Randomised = Literal["receptor_map", "ratio_map"]


def moran_basis(centroids_mm: np.ndarray) -> np.ndarray:
    """Return the spatial patterns (Moran's eigenvector maps) of a set of regions.

    Eigenvectors of the doubly centred matrix of weights w_ij = 1 / distance_ij, w_ii = 0,
    without the constant one; each is a pattern of one degree of spatial autocorrelation
    (Dray 2011, 10.1111/j.1538-4632.2011.00811.x).

    Parameters
    ----------
    centroids_mm
        (regions, 3) positions.

    Returns
    -------
    np.ndarray
        (regions, regions - 1), orthonormal columns of mean 0.
    """
    n = len(centroids_mm)
    distance = np.linalg.norm(centroids_mm[:, None] - centroids_mm[None], axis=-1)
    np.fill_diagonal(distance, np.inf)
    if (distance == 0).any():
        raise UserError(
            "spatial null: two regions of the receptor atlas have the same centre. Check "
            "receptors.atlas."
        )
    # An orthonormal basis of all patterns of mean 0 leaves the constant one out exactly
    centred = np.linalg.qr(np.column_stack([np.ones(n), np.eye(n)[:, 1:]]))[0][:, 1:]
    vectors = centred @ np.linalg.eigh(centred.T @ (1 / distance) @ centred)[1]
    # The library's signs are arbitrary, and would decide what the random signs give
    largest = np.abs(vectors).argmax(axis=0)
    oriented: np.ndarray = vectors * np.sign(vectors[largest, np.arange(n - 1)])
    return oriented


def random_signs(n: int, basis: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Draw ``n`` times a sign for every pattern of a basis, shape (n, patterns)."""
    signs: np.ndarray = rng.choice((-1.0, 1.0), size=(n, basis.shape[1]))
    return signs


def moran_surrogates(
    values: np.ndarray, basis: np.ndarray, signs: np.ndarray
) -> np.ndarray:
    """Draw random patterns with the mean, variance and Moran's I of ``values``.

    Moran spectral randomisation, procedure singleton: the coefficient of every spatial
    pattern keeps its size and gets a random sign (Wagner and Dray 2015,
    10.1111/2041-210X.12407).

    Parameters
    ----------
    values
        (regions,) without NaN.
    basis, signs
        From :func:`moran_basis` and :func:`random_signs`.

    Returns
    -------
    np.ndarray
        (n, regions)
    """
    coefficients = values @ basis
    surrogates: np.ndarray = values.mean() + (signs * coefficients) @ basis.T
    return surrogates


def spatial_null(
    z: np.ndarray,
    receptor_map: np.ndarray,
    covariate: np.ndarray | None,
    centroids_mm: np.ndarray,
    n: int,
    rng: np.random.Generator,
    map_name: str,
    randomised: Randomised = "receptor_map",
) -> np.ndarray:
    """Mean Fisher z of a group with random maps that are as autocorrelated as the real ones.

    Of a map's ranks, what the covariate's ranks do not explain is randomised and added
    to what they do (Freedman and Lane 1983, 10.1080/07350015.1983.10509354), so that the
    relation of the map with the covariate stays as it is. Without a covariate the ranks
    themselves are randomised.

    Where the patients' maps are randomised instead of the receptor map, all of them get the
    same signs: what patients have in common, as the controls that they are relative to, stays
    in common, or the null would be too narrow. A region that a patient lacks counts as the
    mean of the ranks before and is left out after.

    Parameters
    ----------
    z
        (patients, regions) z scores; NaN is missing.
    receptor_map
        (regions,) NaN is missing.
    covariate
        (regions,) without NaN where the map has data, or ``None``.
    centroids_mm
        (regions, 3)
    n
        Number of random maps.
    map_name
        For messages.
    randomised
        The receptor map, or the patients' z scores.

    Returns
    -------
    np.ndarray
        (n,)
    """
    known = np.isfinite(receptor_map)
    if known.sum() < MIN_REGIONS:
        raise UserError(
            f"spatial null: receptor map {map_name} has data in only {known.sum()} regions."
        )
    if covariate is not None:
        covariate = covariate[known]
    z, receptor_map = z[:, known], receptor_map[known]
    basis = moran_basis(centroids_mm[known])
    signs = random_signs(n, basis, rng)
    if randomised == "ratio_map":
        total = _with_random_profiles(z, receptor_map, covariate, basis, signs)
    else:
        total = _with_random_maps(z, receptor_map, covariate, basis, signs)
    if not np.isfinite(total).all():
        raise UserError(
            f"spatial null: the correlation with a random map like {map_name} is undefined."
        )
    return total / len(z)


def _with_random_maps(
    z: np.ndarray,
    receptor_map: np.ndarray,
    covariate: np.ndarray | None,
    basis: np.ndarray,
    signs: np.ndarray,
) -> np.ndarray:
    """Return the sum of Fisher z over patients with every random receptor map."""
    ranks, left = residual_ranks(receptor_map, covariate)
    random_maps = ranks - left + moran_surrogates(left, basis, signs)
    total = np.zeros(len(signs))
    for regions, rows in _by_regions(np.isfinite(z)):
        rho = spearman(
            z[np.ix_(rows, regions)],
            random_maps[:, regions],
            None if covariate is None else covariate[regions],
        )
        total += np.arctanh(rho).sum(axis=0)
    return total


def _with_random_profiles(
    z: np.ndarray,
    receptor_map: np.ndarray,
    covariate: np.ndarray | None,
    basis: np.ndarray,
    signs: np.ndarray,
) -> np.ndarray:
    """Return the sum of Fisher z over patients, all randomised by the same signs."""
    total = np.zeros(len(signs))
    for profile in z:
        own = np.isfinite(profile)
        given = None if covariate is None else covariate[own]
        ranks, own_left = residual_ranks(profile[own], given)
        left = np.zeros(len(profile))
        left[own] = own_left
        random = ranks - own_left + moran_surrogates(left, basis, signs)[:, own]
        total += np.arctanh(spearman(random, receptor_map[None, own], given)[:, 0])
    return total


def _by_regions(known: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
    """Group profiles that have data in the same regions: (regions, rows)."""
    patterns, member = np.unique(known, axis=0, return_inverse=True)
    return [
        (np.flatnonzero(pattern), np.flatnonzero(member == k))
        for k, pattern in enumerate(patterns)
    ]
