"""Leave-one-out against analyses that really leave the participant out."""

import numpy as np
import pytest
from scipy import ndimage, stats

from rt1t2.group.design import two_sample_design
from rt1t2.group.leave_one_out import leave_one_out, stability
from rt1t2.group.model import fit_groups, sum_groups, without

CONTRAST = {"name": "A-B", "plus": "A", "minus": "B"}
SHAPE = (8, 8, 8)
MASK = np.ones(SHAPE, bool)


def study(n_a=6, n_b=7, covariate=False, seed=0, effect=2.0):
    rng = np.random.default_rng(seed)
    rows = [{"participant_id": f"s{i}", "group": "AB"[i >= n_a], "age": f"{a:.1f}"}
            for i, a in enumerate(rng.normal(60, 8, n_a + n_b))]  # fmt: skip
    design = two_sample_design(CONTRAST, rows, ["age"] * covariate)
    y = rng.standard_normal((n_a + n_b, MASK.sum())) + 9
    ball = np.linalg.norm(np.indices(SHAPE).T - 4, axis=-1).T < 2.5
    y[:n_a] += effect * ball.ravel()
    return y, design, rows


@pytest.mark.parametrize("missing", ["exclude_voxel", "pairwise"])
@pytest.mark.parametrize("variance", ["equal", "welch", "unequal"])
def test_sums_without_somebody_are_the_sums_of_the_others(variance, missing):
    y, design, rows = study(covariate=variance != "welch")
    if missing == "pairwise":
        y[2, :40] = np.nan
    sums = sum_groups(y, design, y.shape[1], missing)
    variances = np.array([0.8, 1.2]) if variance == "unequal" else None
    for who in (0, 2, 9):
        rest = [i for i in range(13) if i != who]
        covariates = ["age"] if variance != "welch" else []
        own = two_sample_design(CONTRAST, [rows[i] for i in rest], covariates)
        expected = fit_groups(
            sum_groups(y[rest], own, y.shape[1], missing), own, variance, variances
        )
        found = fit_groups(
            without(sums, design, who, y[who]), design, variance, variances
        )
        assert np.allclose(found.t, expected.t, atol=1e-4)
        assert np.allclose(found.df, expected.df)
        assert np.allclose(found.effective_n, expected.effective_n)


def run(y, design, extent_voxels=20):
    thresholds = (0.01, extent_voxels)
    peaks = np.array([[4, 4, 4]])
    choices = ("equal", "exclude_voxel", None)
    omissions = [
        omission
        for (omission,) in leave_one_out(y, design, *choices, MASK, peaks, *thresholds)
    ]
    assert [omission.participant_id for omission in omissions] == design.participants
    return [{k: str(v) for k, v in vars(omission).items()} for omission in omissions]


def test_share_and_lowest_peak_are_those_of_real_analyses():
    y, design, _ = study(effect=1.3)
    rows = run(y, design)
    (summary,) = stability(rows, 1)
    t_at_peak, found = [], []
    for who in range(13):
        a = np.delete(y[:6], who, axis=0) if who < 6 else y[:6]
        b = y[6:] if who < 6 else np.delete(y[6:], who - 6, axis=0)
        t = stats.ttest_ind(a, b).statistic.reshape(SHAPE)
        labels, _ = ndimage.label(
            t > stats.t.isf(0.01, 10), ndimage.generate_binary_structure(3, 2)
        )
        label = labels[4, 4, 4]
        t_at_peak.append(t[4, 4, 4])
        found.append(label > 0 and (labels == label).sum() >= 20)
    assert 0 < np.mean(found) < 1
    assert summary.share == pytest.approx(np.mean(found))
    assert summary.min_peak_t == pytest.approx(min(t_at_peak), abs=1e-4)


def test_a_cluster_of_one_participant_is_unstable():
    y, design, _ = study(effect=0)
    ball = np.linalg.norm(np.indices(SHAPE).T - 4, axis=-1).T < 2.5
    y *= 0.01
    y[:5, ball.ravel()] += 0.02
    y[5, ball.ravel()] += 0.03
    rows = run(y, design)
    assert stability(rows, 1)[0].share > 0.9
    y[:6, ball.ravel()] = y[6:12, ball.ravel()]
    y[5, ball.ravel()] += 5
    assert stability(run(y, design), 1)[0].share == 0


def test_what_cannot_be_left_out_is_undefined():
    y, design, _ = study(2, 5)
    (summary,) = stability(run(y, design), 1)
    assert np.isnan(summary.share)
    assert np.isnan(summary.min_peak_t)
    (summary,) = stability([], 1)
    assert np.isnan(summary.share)
