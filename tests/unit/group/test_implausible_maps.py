import numpy as np
import pytest

from rt1t2.group.implausible_maps import first_alike, other_unit, sampled

N_VOXELS = 9000


def person(seed):
    """One person's map: what all share, and what is their own."""
    shared = np.random.default_rng(0).normal(1.5, 0.2, N_VOXELS)
    return shared + np.random.default_rng(seed).normal(0, 0.02, N_VOXELS)


def stored_in_16_bits(values):
    slope = np.ptp(values) / 65535
    return np.round((values - values.min()) / slope) * slope + values.min()


def in_all(maps):
    return [sampled(values) for values in maps]


@pytest.mark.parametrize(
    "copy", [np.copy, np.float32, stored_in_16_bits], ids=["bytes", "float32", "int16"]
)
def test_a_copy_is_found_in_any_storage(copy):
    maps = [person(1), person(2), person(3), copy(person(2))]
    assert first_alike(in_all(maps)) == [0, 1, 2, 1]


def test_people_and_shifted_maps_are_no_copies():
    maps = [person(1), person(2), person(1) + 0.01, -person(1)]
    assert first_alike(in_all(maps)) == [0, 1, 2, 3]


def test_four_copies_are_those_of_the_first():
    assert first_alike(in_all([person(1)] * 4)) == [0, 0, 0, 0]


def test_a_map_that_is_undefined_elsewhere_is_no_copy():
    cut = person(1)
    cut[:100] = np.nan
    assert first_alike(in_all([person(1), cut])) == [0, 1]
    nothing = np.full(N_VOXELS, np.nan)
    assert first_alike(in_all([person(1), nothing, nothing])) == [0, 1, 1]
    assert first_alike([]) == []


@pytest.mark.parametrize("factor", [100, 0.01, 1000])
def test_another_unit_is_found(factor):
    maps = [person(1), person(2), person(3), factor * person(4)]
    assert other_unit(in_all(maps)) == [3]


def test_a_noisy_person_is_in_the_usual_unit():
    maps = [person(1), person(2), 4 * person(3), person(4) / 4]
    assert other_unit(in_all(maps)) == []
    assert other_unit(in_all([person(1), 100 * person(2)])) == []
    assert other_unit(in_all([np.zeros(N_VOXELS)] * 3)) == []
