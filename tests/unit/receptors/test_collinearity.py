"""Maps that cannot be told apart: against SciPy, with gaps, and given grey matter."""

import numpy as np
import pytest
from scipy.stats import rankdata, spearmanr

from rt1t2.receptors.collinearity import (
    about_collinearity,
    collinearity_rows,
    columns_of,
    map_correlations,
)

NAMES = ["D1", "MU", "CB1"]


@pytest.fixture
def maps():
    rng = np.random.default_rng(1)
    maps = rng.normal(size=(3, 50))
    maps[2] = np.exp(
        -maps[0] + 0.1 * rng.normal(size=50)
    )  # turned round, and not linear
    return maps


def test_rho_is_scipys_over_the_regions_that_both_have(maps):
    maps[1, :5] = np.nan
    rho, n_regions = map_correlations(maps, None)
    assert n_regions.tolist() == [[50, 45, 50], [45, 45, 45], [50, 45, 50]]
    assert rho[0, 2] == pytest.approx(spearmanr(maps[0], maps[2])[0])
    assert rho[1, 0] == pytest.approx(spearmanr(maps[0, 5:], maps[1, 5:])[0])
    assert np.diag(rho) == pytest.approx(np.ones(3))
    maps[1, :41] = np.nan
    assert np.isnan(map_correlations(maps, None)[0][1]).all()


def test_what_grey_matter_explains_of_both_is_left_out(maps):
    gm = np.random.default_rng(2).normal(size=50)
    alike = np.stack([maps[0] + 5 * gm, maps[1] + 5 * gm])
    alone, given = map_correlations(alike, None)[0], map_correlations(alike, gm)[0]
    assert alone[0, 1] > 0.8
    x = np.column_stack([np.ones(50), rankdata(gm)])
    ranks = rankdata(alike, axis=1).T
    left = ranks - x @ np.linalg.lstsq(x, ranks, rcond=None)[0]
    assert given[0, 1] == pytest.approx(np.corrcoef(left.T)[0, 1])
    assert abs(given[0, 1]) < 0.5


def test_the_closest_map_is_that_of_the_largest_size_of_rho(maps):
    receptors = {name: f"{name} receptor" for name in NAMES}
    rows = collinearity_rows(NAMES, receptors, *map_correlations(maps, None))
    assert [row["closest_map"] for row in rows[::2]] == ["CB1", "D1"]
    assert rows[0]["closest_rho"] < -0.9
    assert rows[0]["closest_rho"] == rows[0]["rho:CB1"] == rows[2]["rho:D1"]
    assert all(set(row) == set(columns_of(NAMES)) for row in rows)
    assert list(about_collinearity(NAMES, covariate=False)) == columns_of(NAMES)


def test_a_single_map_is_close_to_none(maps):
    (row,) = collinearity_rows(["D1"], {"D1": "D1"}, *map_correlations(maps[:1], None))
    assert "closest_map" not in row
