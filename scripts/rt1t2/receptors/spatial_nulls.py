"""Spatial null: random maps with the spatial autocorrelation of the real one.

Two smooth patterns correlate by chance far more often than two rough ones. Permuting group
labels does not test for that; a comparison with random maps of the same spatial
autocorrelation does. On simulated maps of any smoothness its p values hold, where permuting
regions gives about 20 % below 0.05 (tests/benchmarks/receptor_nulls.py).
"""

from typing import Literal

import numpy as np
from scipy.stats import rankdata

from rt1t2.errors import UserError
from rt1t2.receptors.correlation import MIN_REGIONS, residual_ranks, spearman

Randomised = Literal["receptor_map", "ratio_map"]

RANGES_MM = (5.0, 10.0, 15.0, 20.0, 30.0, 40.0, 60.0, 90.0, 140.0)
ROUGH_SHARES = np.linspace(0.0, 1.0, 11)


def spatial_patterns(
    maps: np.ndarray, centroids_mm: np.ndarray, covariate: np.ndarray | None = None
) -> np.ndarray:
    """Return the patterns in which maps as smooth as these vary independently.

    Eigenvectors of the covariance exp(-distance / range) of the regions, among the patterns
    of mean 0 that are orthogonal to the covariate's ranks. The range is, of RANGES_MM, the
    one of highest restricted likelihood (Patterson and Thompson 1971, 10.1093/biomet/58.3.545)
    given the maps, with the share of variance that no distance explains as a second
    parameter, which changes no pattern. Moran's eigenvector maps with inverse distances are
    the same for every map, however rough: they call 5.5 to 6 % significant where this calls 5 %.

    Parameters
    ----------
    maps
        (maps, regions) without NaN, orthogonal to the covariate's ranks.
    centroids_mm
        (regions, 3) positions.
    covariate
        (regions,) without NaN, or ``None``.

    Returns
    -------
    np.ndarray
        (regions, patterns), orthonormal columns of mean 0: regions - 1 of them, and one less
        with a covariate.
    """
    n = len(centroids_mm)
    distance = np.linalg.norm(centroids_mm[:, None] - centroids_mm[None], axis=-1)
    if (distance[~np.eye(n, dtype=bool)] == 0).any():
        raise UserError(
            "spatial null: two regions of the receptor atlas have the same centre. Check "
            "receptors.atlas."
        )
    left_out = np.ones((n, 1))
    if covariate is not None:
        left_out = np.column_stack([left_out, rankdata(covariate)])
    among = np.linalg.qr(np.column_stack([left_out, np.eye(n)]))[0][
        :, left_out.shape[1] :
    ]
    found = [_patterns_of_range(r, distance, among, maps) for r in RANGES_MM]
    vectors = max(found, key=lambda one: one[0])[1]
    # The library's signs are arbitrary, and would decide what the random signs give
    largest = np.abs(vectors).argmax(axis=0)
    oriented: np.ndarray = vectors * np.sign(
        vectors[largest, np.arange(len(vectors.T))]
    )
    return oriented


def _patterns_of_range(
    range_mm: float, distance: np.ndarray, among: np.ndarray, maps: np.ndarray
) -> tuple[float, np.ndarray]:
    """Return the log restricted likelihood of a range, and its patterns within ``among``."""
    sizes, vectors = np.linalg.eigh(among.T @ np.exp(-distance / range_mm) @ among)
    vectors = among @ vectors
    power = (maps @ vectors) ** 2
    # (shares, patterns): 1 - share of the smooth covariance, and the share of each region alone
    variance = sizes + ROUGH_SHARES[:, None] * (1 - sizes)
    scale = (power[:, None] / variance).mean(axis=-1)
    fits = len(maps) * np.log(variance).sum(axis=-1)
    fits += len(sizes) * np.log(scale).sum(axis=0)
    return -float(fits.min()) / 2, vectors


def random_signs(n: int, basis: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Draw ``n`` times a sign for every pattern of a basis, shape (n, patterns)."""
    signs: np.ndarray = rng.choice((-1.0, 1.0), size=(n, basis.shape[1]))
    return signs


def surrogates(values: np.ndarray, basis: np.ndarray, signs: np.ndarray) -> np.ndarray:
    """Draw random patterns with the mean, variance and autocorrelation of ``values``.

    Spectral randomisation, procedure singleton: the coefficient of every spatial pattern
    keeps its size and gets a random sign (Wagner and Dray 2015, 10.1111/2041-210X.12407).

    Parameters
    ----------
    values
        (regions,) without NaN.
    basis, signs
        From :func:`spatial_patterns` and :func:`random_signs`.

    Returns
    -------
    np.ndarray
        (n, regions)
    """
    coefficients = values @ basis
    drawn: np.ndarray = values.mean() + (signs * coefficients) @ basis.T
    return drawn


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
    randomise = _random_profiles if randomised == "ratio_map" else _random_maps
    total = randomise(z, receptor_map, covariate, centroids_mm[known], n, rng)
    if not np.isfinite(total).all():
        raise UserError(
            f"spatial null: the correlation with a random map like {map_name} is undefined."
        )
    return total / len(z)


def _random_maps(
    z: np.ndarray,
    receptor_map: np.ndarray,
    covariate: np.ndarray | None,
    centroids_mm: np.ndarray,
    n: int,
    rng: np.random.Generator,
) -> np.ndarray:
    """Return the sum of Fisher z over patients with every random receptor map."""
    ranks, left = residual_ranks(receptor_map, covariate)
    basis = spatial_patterns(left[None], centroids_mm, covariate)
    random_maps = ranks - left + surrogates(left, basis, random_signs(n, basis, rng))
    total = np.zeros(n)
    for regions, rows in _by_regions(np.isfinite(z)):
        rho = spearman(
            z[np.ix_(rows, regions)],
            random_maps[:, regions],
            None if covariate is None else covariate[regions],
        )
        total += np.arctanh(rho).sum(axis=0)
    return total


def _random_profiles(
    z: np.ndarray,
    receptor_map: np.ndarray,
    covariate: np.ndarray | None,
    centroids_mm: np.ndarray,
    n: int,
    rng: np.random.Generator,
) -> np.ndarray:
    """Return the sum of Fisher z over patients, all randomised by the same signs."""
    known = np.isfinite(z)
    ranks, left = np.zeros(z.shape), np.zeros(z.shape)
    given = [None if covariate is None else covariate[own] for own in known]
    for row, own in enumerate(known):
        ranks[row, own], left[row, own] = residual_ranks(z[row, own], given[row])
    basis = spatial_patterns(left, centroids_mm, covariate)
    signs = random_signs(n, basis, rng)
    total = np.zeros(n)
    for row, own in enumerate(known):
        random = ranks[row] - left[row] + surrogates(left[row], basis, signs)
        rho = spearman(random[:, own], receptor_map[None, own], given[row])
        total += np.arctanh(rho[:, 0])
    return total


def _by_regions(known: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
    """Group profiles that have data in the same regions: (regions, rows)."""
    patterns, member = np.unique(known, axis=0, return_inverse=True)
    return [
        (np.flatnonzero(pattern), np.flatnonzero(member == k))
        for k, pattern in enumerate(patterns)
    ]
