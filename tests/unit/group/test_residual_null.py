"""t of studies without an effect, made of residuals."""

import numpy as np
import pytest
from scipy import stats

from rt1t2.contrasts import rows_of
from rt1t2.group.contrast_design import contrast_design
from rt1t2.group.design import two_sample_design
from rt1t2.group.residual_null import ResidualNull


def test_one_voxel_of_the_residuals_errs_as_often_as_its_p():
    """Also with a covariate, and where one group varies three times as much."""
    rng = np.random.default_rng(5)
    y = rng.standard_normal((13, 1000))
    y[:5] *= 3
    rows = [
        {
            "participant_id": f"sub-{i}",
            "group": "AB"[i >= 5],
            "age": str(40 + i * i % 23),
        }
        for i in range(13)
    ]
    contrast = {"name": "A-B", "plus": "A", "minus": "B"}
    design = two_sample_design(contrast, rows, ["age"])
    null = ResidualNull(y, design, np.array([9.0, 1.0]))
    t = np.stack(list(null.draw(200, rng)))
    assert null.df == 9
    for p in (0.1, 0.01, 0.001):
        share = (t > stats.t.isf(p, 9)).mean()
        assert share == pytest.approx(p, rel=0.1 if p > 0.005 else 0.25)


def test_a_variance_of_its_own_for_each_voxel_and_residuals_of_one_pattern():
    rng = np.random.default_rng(1)
    rows = [{"participant_id": f"sub-{i}", "group": "AB"[i >= 2]} for i in range(4)]
    design = two_sample_design({"name": "A-B", "plus": "A", "minus": "B"}, rows, [])
    for variances in (None, np.ones(2)):
        null = ResidualNull(rng.standard_normal((4, 30)), design, variances)
        t = np.stack(list(null.draw(5, rng)))
        assert null.df == 1
        assert t.shape == (5, 30)
        assert np.isfinite(t).all()
    flat = ResidualNull(np.ones((4, 3)), design, None)
    assert np.isfinite(np.stack(list(flat.draw(3, rng)))).all()


@pytest.mark.parametrize(
    "contrast", [{"any_of": ["A", "B", "C"]}, {"slope": "age"}], ids=["F", "slope"]
)
def test_f_and_slopes_of_the_residuals_err_as_often_as_their_p(contrast):
    rng = np.random.default_rng(6)
    rows = [
        {"participant_id": f"sub-{i}", "group": "ABC"[i % 3]}
        | {"age": str(40 + i * i % 23)}
        for i in range(18)
    ]
    contrast = {"name": "x", **contrast}
    design = contrast_design(contrast, rows_of(contrast, rows, list("ABC")), [])
    null = ResidualNull(rng.standard_normal((18, 1000)), design, np.ones(3))
    found = np.stack(list(null.draw(200, rng)))
    is_f = design.statistic == "F"
    assert null.df == 13  # 18 less three groups, and what is tested again
    for p in (0.1, 0.01):
        height = stats.f.isf(p, 2, 13) if is_f else stats.t.isf(p, 13)
        assert (found > height).mean() == pytest.approx(p, rel=0.15)
