"""How alike receptor maps are over the regions: maps that correlate cannot be told apart."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from rt1t2.receptors.correlation import MIN_REGIONS, spearman
from rt1t2.tables import described

# Above it two maps share 64 % of the variance of their ranks
ALIKE = 0.8
COLUMNS = ("map", "receptor", "closest_map", "closest_rho", "closest_n_regions")
WITH = "rho:"  # and the name of the other map, which has no colon


def map_correlations(
    maps: np.ndarray, covariate: np.ndarray | None
) -> tuple[np.ndarray, np.ndarray]:
    """Correlate every receptor map with every other, as they are with the ratio.

    Spearman's rho over the regions in which both maps have data, partial where there is a
    covariate.

    Parameters
    ----------
    maps
        (maps, regions) region means; NaN is missing.
    covariate
        (regions,) values whose ranks are partialled out, or ``None``.

    Returns
    -------
    rho, n_regions
        (maps, maps). Rho is NaN over fewer than MIN_REGIONS regions, and where what is left of
        a map does not vary.
    """
    known = np.isfinite(maps)
    if covariate is not None:
        known = known & np.isfinite(covariate)
    n_regions = known.astype(int) @ known.T.astype(int)
    rho = np.full(n_regions.shape, np.nan)
    for one, other in zip(*np.triu_indices(len(maps)), strict=True):
        if n_regions[one, other] >= MIN_REGIONS:
            both = known[one] & known[other]
            given = None if covariate is None else covariate[both]
            value = spearman(maps[[one]][:, both], maps[[other]][:, both], given)[0, 0]
            rho[one, other] = rho[other, one] = value
    return rho, n_regions


def collinearity_rows(
    names: Sequence[str],
    receptors: Mapping[str, str],
    rho: np.ndarray,
    n_regions: np.ndarray,
) -> list[dict[str, Any]]:
    """Return one row per map: its closest other map by |rho|, and rho with every map.

    Parameters
    ----------
    names
        Of the maps.
    receptors
        The receptor of each map.
    rho, n_regions
        From :func:`map_correlations`.
    """
    rows = []
    for k, name in enumerate(names):
        row = {"map": name, "receptor": receptors[name]}
        others = np.abs(np.where(np.arange(len(names)) == k, np.nan, rho[k]))
        if np.isfinite(others).any():
            closest = int(np.nanargmax(others))
            row |= {
                "closest_map": names[closest],
                "closest_rho": rho[k, closest],
                "closest_n_regions": n_regions[k, closest],
            }
        with_each = {
            f"{WITH}{other}": value for other, value in zip(names, rho[k], strict=True)
        }
        rows.append(row | with_each)
    return rows


def columns_of(names: Sequence[str]) -> list[str]:
    """Return the columns of ``map_correlations.tsv``."""
    return [*COLUMNS, *(f"{WITH}{name}" for name in names)]


def about_collinearity(names: Sequence[str], covariate: bool) -> dict[str, Any]:
    """Describe the columns of ``map_correlations.tsv`` for its JSON file, as BIDS does."""
    what = "Spearman's rho over the regions in which both maps have data"
    what += ", given the regional grey-matter probability" if covariate else ""
    told = {
        "map": "name of the receptor map",
        "receptor": "receptor of the map",
        "closest_map": "other map with the largest |rho|",
        "closest_rho": f"{what}; above {ALIKE} in size the two cannot be told apart",
        "closest_n_regions": "regions behind closest_rho",
    } | {f"{WITH}{name}": f"{what}: with {name}" for name in names}
    return described(columns_of(names), told)
