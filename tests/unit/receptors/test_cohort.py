"""A cohort of region means: matched by hand, and tables that do not fit."""

import numpy as np
import pytest
from scipy.stats import spearmanr

from rt1t2.errors import UserError
from rt1t2.receptors.cohort import read_cohort_regions

REGIONS = [3, 7]
PEOPLE = {"s1": "B", "s2": "HC", "s3": "A", "s4": "HC", "s5": "B"}


def rows(kind, name, means, regions=REGIONS):
    return [
        {"kind": kind, "name": name, "region": r, "mean": str(m), "other": str(-m)}
        for r, m in zip(regions, means, strict=True)
    ]


def tables(covariate=True):
    participants = [
        r for k, s in enumerate(PEOPLE) for r in rows("participant", s, (k, 10 * k))
    ]
    maps = [*rows("map", "D1", (1, 2)), *rows("map", "MU", (3, 4))]
    return participants, maps + rows("covariate", "GM", (0.5, 0.25)) * covariate


def read(given, people=PEOPLE, **options):
    table = [{"participant_id": s, "group": g} for s, g in people.items()]
    return read_cohort_regions(*given, table, "HC", **options)


def test_means_are_matched_by_participant_and_region():
    cohort = read(tables())
    assert cohort.values.tolist() == [[0, 0], [1, 10], [2, 20], [3, 30], [4, 40]]
    assert (cohort.names, cohort.maps.tolist()) == (["D1", "MU"], [[1, 2], [3, 4]])
    assert cohort.covariate.tolist() == [0.5, 0.25]
    assert read(tables(), column="other").maps.tolist() == [[-1, -2], [-3, -4]]
    assert read(tables(covariate=False)).covariate is None


def test_each_patient_group_stands_with_all_controls():
    b, a = read(tables()).patient_groups()
    assert (b.name, b.participants) == ("B", ["s1", "s2", "s4", "s5"])
    assert b.members.tolist() == [0, 1, 3, 4]
    assert b.is_patient.tolist() == [True, False, False, True]
    assert b.patients == ["s1", "s5"]
    assert (a.name, a.patients, a.participants) == ("A", ["s3"], ["s2", "s3", "s4"])
    drawn = b.allocations(20, "free", 1)
    assert drawn.shape == (20, 4)
    assert (drawn.sum(axis=1) == 2).all()


def test_a_group_is_correlated_with_its_own_members_values():
    rng = np.random.default_rng(0)
    regions = list(range(1, 31))
    people = {f"s{k}": "A" if k < 3 else "HC" for k in range(9)}
    means = {s: rng.normal(1.2, 0.1, 30) for s in people}
    one_map = rng.random(30)
    cohort = read(
        (
            [r for s in people for r in rows("participant", s, means[s], regions)],
            rows("map", "D1", one_map, regions),
        ),
        people,
    )
    (group,) = cohort.patient_groups()
    allocations = group.allocations(9, "free", 1)
    controls = np.array([means[s] for s in people if people[s] == "HC"])
    z = (means["s1"] - controls.mean(axis=0)) / controls.std(axis=0, ddof=1)
    found = cohort.correlate(group, None, allocations)
    assert found.rho[1, 0] == pytest.approx(spearmanr(z, one_map)[0], abs=1e-13)
    # ranks of deviations from the controls turn round with the sign of the values
    turned = cohort.correlate(group, None, allocations, np.negative)
    assert turned.rho == pytest.approx(-found.rho, abs=1e-13)


def test_tables_that_do_not_fit_are_refused():
    participants, maps = tables()
    other = rows("map", "D1", (1, 2), [3, 8])
    with pytest.raises(UserError, match="different regions"):
        read((participants, other))
    patients = dict.fromkeys(PEOPLE, "A")
    with pytest.raises(UserError, match="no participant of the control group HC"):
        read((participants, maps), patients)
    with pytest.raises(UserError, match="no participant of a patient group"):
        read((participants, maps), dict.fromkeys(PEOPLE, "HC"))
