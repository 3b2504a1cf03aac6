import numpy as np
import pytest
from statsmodels.stats.multitest import multipletests

from rt1t2.false_discovery import benjamini_hochberg


def test_by_hand():
    """Four tests: p times 4 / rank, and no smaller p has a larger q."""
    q = benjamini_hochberg([0.01, 0.04, 0.03, 0.5])
    assert q == pytest.approx([0.04, 0.04 * 4 / 3, 0.04 * 4 / 3, 0.5])


def test_it_is_that_of_statsmodels():
    p = np.random.default_rng(2).uniform(size=57) ** 3
    theirs = multipletests(p, method="fdr_bh")[1]
    assert benjamini_hochberg(p) == pytest.approx(theirs, rel=1e-14)


def test_an_undefined_p_is_no_test():
    q = benjamini_hochberg([0.01, np.nan, 0.04])
    assert q == pytest.approx([0.02, np.nan, 0.04], nan_ok=True)
    assert np.isnan(benjamini_hochberg([np.nan])).all()
    assert benjamini_hochberg([]).size == 0
