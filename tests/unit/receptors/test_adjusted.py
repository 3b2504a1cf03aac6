"""z scores given covariates: statsmodels' prediction interval, a calibrated null, messages."""

import numpy as np
import pytest
import statsmodels.api as sm

from rt1t2.errors import UserError
from rt1t2.receptors.adjusted import adjusted_z, correlate_adjusted, matched_orders
from rt1t2.receptors.correlation import correlate_group
from rt1t2.receptors.relabelling import allocate, generator

IS_PATIENT = np.array([True] * 7 + [False] * 12)


def people(seed=0, regions=30):
    rng = np.random.default_rng(seed)
    age = rng.normal(60, 8, 19) + 6 * IS_PATIENT
    slope = rng.normal(0, 0.05, regions)
    values = 2 + np.outer(age, slope) + rng.standard_normal((19, regions))
    return values, age[:, None], rng.standard_normal((3, regions))


def allocations(n=99):
    return allocate(IS_PATIENT, n, "free", generator(1, "x"))


def test_z_is_the_distance_in_the_controls_prediction_interval():
    values, age, _ = people()
    z = adjusted_z(values, IS_PATIENT, age)
    x = sm.add_constant(age)
    for region in (0, 7):
        fit = sm.OLS(values[~IS_PATIENT, region], x[~IS_PATIENT]).fit()
        predicted = fit.get_prediction(x[IS_PATIENT])
        expected = (values[IS_PATIENT, region] - predicted.predicted_mean) / (
            predicted.se_obs
        )
        assert z[:, region] == pytest.approx(expected)


def test_an_effect_of_age_is_taken_out_before_the_correlation():
    values, age, maps = people()
    values += 0.4 * np.outer(age[:, 0] - 60, maps[0])  # age follows the first map
    args = (maps, None, allocations(), [str(i) for i in range(19)], list("abc"))
    plain = correlate_group(values, IS_PATIENT, *args)
    adjusted = correlate_adjusted(values, IS_PATIENT, age, *args)
    assert abs(plain.fisher_z[:, 0].mean()) > 0.5
    assert abs(adjusted.fisher_z[:, 0].mean()) < 0.25
    assert adjusted.null.shape == (99, 3)
    assert adjusted.rho.shape == (7, 3)


def test_p_is_calibrated_with_groups_of_different_age():
    p = []
    for study in range(120):
        values, age, maps = people(study, regions=20)
        found = correlate_adjusted(
            *(values, IS_PATIENT, age, maps, None, allocations(19)),
            *([str(i) for i in range(19)], list("abc")),
        )
        p += found.p.tolist()
    assert 0.02 < np.mean(np.array(p) <= 0.05) < 0.09


def test_everybody_gets_somebodys_values_once():
    chosen = allocations(5)
    for order, allocated in zip(
        matched_orders(IS_PATIENT, chosen), chosen, strict=True
    ):
        assert sorted(order) == list(range(19))
        assert set(order[IS_PATIENT]) == set(np.flatnonzero(allocated))


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        (np.where(IS_PATIENT, 1.0, 0.0)[:, None], "does not vary over the controls"),
        (np.random.default_rng(0).standard_normal((19, 10)), "12 controls are too few"),
    ],
)
def test_covariates_that_controls_cannot_tell(columns, message):
    values, _, maps = people()
    with pytest.raises(UserError, match=message):
        correlate_adjusted(
            *(values, IS_PATIENT, columns, maps, None, allocations(9)),
            *([str(i) for i in range(19)], list("abc")),
        )
