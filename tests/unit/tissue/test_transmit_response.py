"""What a measured transmit field does to images and levels, taken off again."""

import numpy as np
import pytest
from made_landmarks import PROBABILITIES

from rt1t2.geometry.volume import Volume
from rt1t2.template.head_classes import HEAD_CLASSES
from rt1t2.template.signals import TISSUES, t1w_signal, tse_signal
from rt1t2.tissue.assumed_sequence import sequences_of
from rt1t2.tissue.transmit_response import (
    log_response,
    mean_ln_b1,
    record_without_field,
    response_at,
    response_of_head,
)

FLASH = sequences_of({"T1w": {"RepetitionTime": 0.25, "FlipAngle": 80.0}})
SPIN_ECHO = sequences_of({"T1w": {"RepetitionTime": 0.6, "ScanningSequence": ["SE"]}})
MPRAGE = sequences_of({})


def test_the_response_of_a_gradient_echo_is_its_steady_state():
    """Ernst and Anderson 1966: sin(a) (1 - E) / (1 - E cos(a))."""
    decay = np.exp(-250 / TISSUES["wm"].t1_ms)
    levels = [np.sin(a) / (1 - decay * np.cos(a)) for a in np.radians([72.0, 80.0])]
    found = response_at(0.9, FLASH, ("wm",))
    assert found[0] == pytest.approx(np.log(levels[0] / levels[1]), abs=1e-9)


@pytest.mark.parametrize("sequences", [MPRAGE, FLASH, SPIN_ECHO])
def test_as_prescribed_nothing_is_taken_off(sequences):
    assert np.abs(log_response(np.ones((2, 3, 4)), sequences)).max() < 1e-6


def test_between_its_points_the_curve_is_straight_enough():
    field = np.array([0.77, 0.93, 1.02, 1.18])
    found = log_response(field, FLASH)
    exact = [response_at(b, FLASH) for b in field.tolist()]
    np.testing.assert_allclose(found, exact, atol=0.004)


def prior_of(names):
    """Return a row of blocks, each of one class, in a brain that is everywhere near."""
    data = np.zeros((5 * len(names), 8, 8, len(HEAD_CLASSES)), np.float32)
    for k, name in enumerate(names):
        data[5 * k : 5 * k + 5, ..., HEAD_CLASSES.index(name)] = 1
    return Volume(data, np.diag([2.0, 2.0, 2.0, 1.0]))


@pytest.mark.parametrize("sequences", [MPRAGE, FLASH, SPIN_ECHO])
def test_every_tissue_answers_the_field_as_it_does(sequences):
    names = ["fat", "wm", "muscle", "air", "csf", "gm"]
    prior = prior_of(names)
    field = np.full(prior.shape, 0.85, np.float32)
    found = response_of_head(field, prior.data, sequences)
    parenchyma = response_at(0.85, sequences)
    np.testing.assert_allclose(found.brain[0, 0, 0], parenchyma, atol=1e-5)
    for k, name in enumerate(names):
        own = parenchyma
        if name in ("fat", "muscle", "csf"):
            own = response_at(0.85, sequences, (name,))
        np.testing.assert_allclose(found.head[5 * k, 0, 0], own, atol=1e-4)


def test_the_mean_of_every_class_is_that_of_its_voxels():
    names = ["fat", "wm", "muscle"]
    prior = prior_of(names)
    logs = {"fat": -0.2, "wm": 0.1, "muscle": 0.3}
    field = np.exp(np.repeat([logs[n] for n in names], 5))[:, None, None]
    found = mean_ln_b1(prior.like(np.broadcast_to(field, prior.shape)), prior)
    for name, value in {**logs, "brain": 0.1}.items():
        if name != "wm":
            assert found[name] == pytest.approx(value, abs=1e-6)
    assert (
        found["eye"] == found["csf"] == found["brain"]
    )  # without a voxel: the brain's


def entry(t1w, t2w):
    return {
        "n_voxels": 500,
        **{i: v for i, v in (("t1w", t1w), ("t2w", t2w))},
        **{f"{i}_iqr": v / 10 for i, v in (("t1w", t1w), ("t2w", t2w))},
        **{
            f"{i}_quantiles": [v * (0.5 + p) for p in PROBABILITIES]
            for i, v in (("t1w", t1w), ("t2w", t2w))
        },
    }


def signals(name, b1):
    tissue = TISSUES[name]
    return t1w_signal(tissue, FLASH.t1w, b1), tse_signal(tissue, FLASH.t2w, b1)


def test_levels_come_back_as_prescribed():
    """Fat and muscle under their own fields, in images divided by the parenchyma's response."""
    ln_b1 = {"fat": -0.15, "muscle": -0.1, "csf": 0.05, "eye": 0.0, "temporalis": -0.1}
    classes = {"csf": None, "eye": None, "air": entry(1.0, 2.0)}
    truth = {}
    for name in ("fat", "muscle"):
        b1 = float(np.exp(ln_b1[name]))
        divided = np.array(signals(name, b1)) / np.exp(response_at(b1, FLASH))
        classes[name], truth[name] = entry(*divided), entry(*signals(name, 1.0))
    found = record_without_field({"Classes": classes, "Flags": []}, ln_b1, FLASH)
    for name, expected in truth.items():
        for key, value in expected.items():
            np.testing.assert_allclose(found["Classes"][name][key], value, rtol=1e-9)
    assert found["Classes"]["air"] == classes["air"]
    assert found["Classes"]["csf"] is None
    assert found["Flags"] == []
    response = found["TransmitMap"]["LnResponse"]["fat"]["t1w"]
    levels = signals("fat", np.exp(-0.15))[0], signals("fat", 1.0)[0]
    assert response == pytest.approx(np.log(levels[0] / levels[1]), abs=1e-9)
