"""Relabellings: how many patients each has, how often each person is one, and what decides."""

import numpy as np
import pytest

from rt1t2.receptors.relabelling import allocate, generator


def test_balanced_keeps_the_share_of_juspace_and_free_does_not():
    is_patient = np.arange(29) < 11
    balanced = allocate(is_patient, 500, "balanced", np.random.default_rng(0))
    free = allocate(is_patient, 500, "free", np.random.default_rng(0))
    for drawn in (balanced, free):
        assert (drawn.sum(1) == 11).all()
    assert (balanced[:, :11].sum(1) == 4).all()
    kept = free[:, :11].sum(1)
    assert kept.min() < 4 < kept.max()
    assert kept.mean() == pytest.approx(11 * 11 / 29, abs=0.3)
    assert free.mean(0) == pytest.approx(np.full(29, 11 / 29), abs=0.1)


def test_free_relabelling_draws_every_choice_alike():
    is_patient = np.array([True, True, False, False])
    drawn = allocate(is_patient, 6000, "free", np.random.default_rng(0))
    choices, counts = np.unique(drawn, axis=0, return_counts=True)
    assert len(choices) == 6  # 4 over 2
    # standard deviation of each count: sqrt(6000 x 1/6 x 5/6) = 29
    assert np.abs(counts - 1000).max() < 4 * 29


def test_balanced_takes_half_of_each_side_where_both_are_equal():
    is_patient = np.arange(8) < 4
    drawn = allocate(is_patient, 50, "balanced", np.random.default_rng(0))
    assert (drawn[:, :4].sum(axis=1) == 2).all()
    assert (drawn[:, 4:].sum(axis=1) == 2).all()


def test_names_decide_the_random_numbers():
    def numbers(*names):
        return generator(7, *names).random(3).tolist()

    assert numbers("PSP") == numbers("PSP")
    different = [
        numbers(*n) for n in ((), ("PSP",), ("HC",), ("PSP", "D1"), ("D1", "PSP"))
    ]
    assert len({tuple(n) for n in different}) == 5
    assert generator(8, "PSP").random(3).tolist() != numbers("PSP")
