"""ComBat against the published code, and what it must leave as it is."""

import numpy as np
import pandas
import pytest
from neuroCombat import neuroCombat

from rt1t2.group.combat import fit_combat, shrink

N_REGIONS = 40


def cohort(n, seed=0):
    """Return values, protocols and age of people with two protocols."""
    rng = np.random.default_rng(seed)
    protocols = np.repeat(["P1", "P2"], n)
    second = (protocols == "P2")[:, None]
    age = rng.normal(size=(len(protocols), 1))
    spread = np.where(second, 1.3, 1) * rng.normal(size=(len(protocols), N_REGIONS))
    shift = 0.1 + 0.05 * rng.normal(size=N_REGIONS)
    y = 2 + 0.05 * age + 0.1 * spread + second * shift
    return y, list(protocols), age


def published(y, protocols, age):
    covars = pandas.DataFrame({"scan": protocols, "age": age[:, 0]})
    return neuroCombat(y.T, covars, "scan", continuous_cols=["age"])


def test_many_people_are_harmonised_as_by_the_published_code():
    y, protocols, age = cohort((900, 700))
    theirs = published(y, protocols, age)
    fitted = fit_combat(y, protocols, age)
    ours = fitted.apply(y, protocols, age, ["A"] * len(y))
    estimates = theirs["estimates"]
    sd = np.sqrt(estimates["var.pooled"][:, 0])
    assert fitted.shift / sd == pytest.approx(estimates["gamma.star"], abs=2e-3)
    assert fitted.variance == pytest.approx(estimates["delta.star"], rel=3e-3)
    assert np.abs(ours - theirs["data"].T).max() < 0.02 * sd.mean()
    assert np.abs(y - theirs["data"].T).max() > sd.mean()  # there was something to do


def test_few_people_differ_from_the_published_code_by_degrees_of_freedom():
    y, protocols, age = cohort((6, 6))
    estimates = published(y, protocols, age)["estimates"]
    fitted = fit_combat(y, protocols, age)
    n, p = 12, 3
    sd = np.sqrt(estimates["var.pooled"][:, 0] * n / (n - p))
    shift = (fitted.shift / sd).mean(axis=1)
    hat = estimates["gamma_hat"].mean(axis=1) * np.sqrt((n - p) / n)
    assert shift == pytest.approx(hat, abs=0.02)
    assert fitted.variance.mean() == pytest.approx(1, abs=0.05)
    assert estimates["delta_hat"][0].mean() + estimates["delta_hat"][1].mean() > 2.3


def test_shrinkage_solves_its_equations():
    rng = np.random.default_rng(1)
    shift, variance = rng.normal(1, 0.5, 30), rng.uniform(0.5, 2, 30)
    n, df = np.full(30, 12.0), np.full(30, 10.5)
    g, d = shrink(shift, variance, n, df)
    tau2, m, s2 = shift.var(ddof=1), variance.mean(), variance.var(ddof=1)
    a, b = 2 + m**2 / s2, m + m**3 / s2  # of an inverse gamma with mean m, variance s2
    assert b / (a - 1) == pytest.approx(m)
    precision = n / d + 1 / tau2
    assert g == pytest.approx(
        (n * shift / d + shift.mean() / tau2) / precision, rel=1e-3
    )
    squares = variance * df + n * (shift - g) ** 2
    assert d == pytest.approx((b + squares / 2) / (a + df / 2 - 1), rel=1e-3)
    assert np.ptp(g) < np.ptp(shift)
    assert np.ptp(d) < np.ptp(variance)


def test_two_regions_have_no_prior():
    shift, variance = np.array([1.0, 2.0]), np.array([0.5, 2.0])
    g, d = shrink(shift, variance, np.full(2, 9), np.full(2, 8))
    assert (g == shift).all()
    assert (d == variance).all()


@pytest.mark.parametrize("shares", [((12, 12), (10, 10)), ((20, 10), (4, 13))])
def test_a_difference_of_groups_given_the_protocol_stays(shares):
    y, protocols, age = cohort(shares[0])
    more, their_protocols, their_age = cohort(shares[1], seed=4)
    fitted = fit_combat(y, protocols, age)
    everybody = np.concatenate([y, more + 0.1])
    names, ages = protocols + their_protocols, np.concatenate([age, their_age])
    groups = ["A"] * len(y) + ["B"] * len(more)
    harmonised = fitted.apply(everybody, names, ages, groups)
    patient, second = np.array(groups) == "B", np.array(names) == "P2"
    design = np.column_stack([np.ones(len(names)), patient, second]).astype(float)
    before, after = (
        np.linalg.lstsq(design, v - ages @ fitted.slopes)[0]
        for v in (everybody, harmonised)
    )
    assert after[1] == pytest.approx(before[1], abs=1e-12)
    assert np.abs(after[2]).mean() < 0.4 * np.abs(before[2]).mean()
    spread = [
        harmonised[patient & of].std(axis=0, ddof=1).mean() for of in (second, ~second)
    ]
    assert spread[0] / spread[1] == pytest.approx(1, abs=0.15)


def test_what_is_missing_is_left_out_and_unknown_protocols_stay_undefined():
    y, protocols, age = cohort((12, 12))
    y[3, 0] = np.nan
    y[12:23, 1] = np.nan  # one of P2 is left
    y[:, 2] = 2.0
    fitted = fit_combat(y, protocols, age)
    asked = ["P3", *protocols[1:]]
    harmonised = fitted.apply(y, asked, age, ["A"] * 24)
    assert np.isnan(harmonised[0]).all()
    assert np.isnan(harmonised[:, 1:3]).all()
    assert np.isnan(harmonised[3, 0])
    assert np.isfinite(np.delete(harmonised[1:, 3:], 2, axis=0)).all()
    alone = fit_combat(
        y[:, [0]][np.isfinite(y[:, 0])],
        [p for i, p in enumerate(protocols) if i != 3],
        np.delete(age, 3, axis=0),
    )
    whole = fit_combat(y[:, [0]], protocols, age)
    assert whole.shift == pytest.approx(alone.shift)


def test_the_same_input_gives_the_same_bytes():
    y, protocols, age = cohort((12, 12))
    first, second = (
        fit_combat(y, protocols, age).apply(y, protocols, age, ["A"] * 24)
        for _ in range(2)
    )
    assert first.tobytes() == second.tobytes()
