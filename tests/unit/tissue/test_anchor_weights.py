import numpy as np
import pytest

from rt1t2.template.signals import TISSUES, t1w_signal, tse_signal
from rt1t2.tissue.anchor_weights import (
    PARENCHYMA,
    anchor_weights,
    sensitivities,
)
from rt1t2.tissue.assumed_sequence import sequences_of

ANCHORS = ("csf", "fat", "muscle")
SCANS = {
    "MPRAGE 2300/900/9": {"RepetitionTime": 2.3, "InversionTime": 0.9, "FlipAngle": 9},
    "MPRAGE 2400/1000/8": {"RepetitionTime": 2.4, "InversionTime": 1.0, "FlipAngle": 8},
    "MPRAGE 1900/900/9": {"RepetitionTime": 1.9, "InversionTime": 0.9, "FlipAngle": 9},
    "FLASH": {"RepetitionTime": 0.25, "FlipAngle": 80},
    "spin echo": {"RepetitionTime": 0.6, "ScanningSequence": ["SE"]},
}
scans = pytest.mark.parametrize("header", SCANS.values(), ids=SCANS)


def people(header, n, seed=0):
    """Draw levels of the anchors and of the parenchyma; own gains, tissue and field."""
    rng = np.random.default_rng(seed)
    sequences = sequences_of({"T1w": header})
    ln_b = rng.normal(0, 0.04, n)
    levels, parenchyma = [], []
    for beta in ln_b:
        gain = np.exp(rng.normal(0, 1, 2))
        person = {}
        for name in (*ANCHORS, *PARENCHYMA):
            own, tissue = np.exp(rng.normal(0, (0.03, 0.035, 0.02))), TISSUES[name]
            if name in PARENCHYMA:  # its own tissue is the truth, not an error
                own = np.ones(3)
            tissue = tissue._replace(
                t1_ms=tissue.t1_ms * own[0],
                t2_ms=tissue.t2_ms * own[1],
                proton_density=tissue.proton_density * own[2],
            )
            signal = (
                t1w_signal(tissue, sequences.t1w, np.exp(beta)),
                tse_signal(tissue, sequences.t2w, np.exp(beta)),
            )
            noise = np.exp(rng.normal(0, 0.02, 2)) if name in ANCHORS else 1
            person[name] = dict(zip(("t1w", "t2w"), gain * signal * noise, strict=True))
        levels.append(person)
        parenchyma.append([person[n]["t1w"] / person[n]["t2w"] for n in PARENCHYMA])
    return ln_b, levels, np.log(parenchyma).mean(axis=1)


def calibrated(weights, levels, ln_ratio):
    return ln_ratio - [np.subtract(*weights.moved(person)) for person in levels]


@scans
def test_the_calibrated_ratio_follows_neither_gain_nor_transmit_field(header):
    ln_b, levels, ln_ratio = people(header, 400)
    weights = anchor_weights(sequences_of({"T1w": header}), ANCHORS)
    error = calibrated(weights, levels, ln_ratio)
    assert abs(np.polyfit(ln_b, error, 1)[0]) < 0.15  # drawn: its SE is .03
    assert error.std() < 0.03


@scans
def test_the_physics_alone_leaves_no_slope(header):
    sequences = sequences_of({"T1w": header})
    weights = anchor_weights(sequences, ANCHORS)
    by_b = np.array([sensitivities(name, sequences)[:, 0] for name in ANCHORS])
    of_brain = np.mean([sensitivities(n, sequences)[:, 0] for n in PARENCHYMA], axis=0)
    left = of_brain - np.einsum("ikj,kj->i", weights.scale, by_b)
    assert np.abs(left).max() < 0.1


def test_csf_and_fat_alike_would_leave_two_thirds():
    sequences = sequences_of({"T1w": SCANS["MPRAGE 2300/900/9"]})
    by_b = {n: sensitivities(n, sequences)[0, 0] for n in ("csf", "fat", "thalamus")}
    assert by_b["thalamus"] - (by_b["csf"] + by_b["fat"]) / 2 < -0.4


def test_weights_of_an_image_sum_to_one_and_of_the_other_to_none():
    sequences = sequences_of({})
    for anchors in (ANCHORS, ("csf", "fat"), ("csf", "muscle"), ("csf",)):
        for dark in ((), ("t2w",)) if len(anchors) > 1 else ((),):
            weights = anchor_weights(sequences, anchors, dark)
            np.testing.assert_allclose(weights.scale.sum(axis=1), np.eye(2), atol=1e-9)
            np.testing.assert_allclose(weights.gauge.sum(axis=0), 0, atol=1e-9)


def test_dark_fat_has_no_weight_in_its_image_and_keeps_it_in_the_other():
    weights = anchor_weights(sequences_of({}), ANCHORS, ("t1w",))
    assert not weights.scale[:, 1, 0].any()
    assert weights.scale[1, 1, 1] > 0.1


def test_one_anchor_alone_is_the_scale_and_tells_no_field():
    weights = anchor_weights(sequences_of({}), ("csf",))
    np.testing.assert_allclose(weights.scale[:, 0], np.eye(2), atol=1e-12)
    np.testing.assert_allclose(weights.gauge, 0, atol=1e-12)


def test_the_gauge_tells_the_transmit_field_of_an_mprage():
    header = SCANS["MPRAGE 2300/900/9"]
    ln_b, levels, _ = people(header, 400)
    weights = anchor_weights(sequences_of({"T1w": header}), ANCHORS)
    told = np.array([weights.ln_b1(person) for person in levels])
    told -= np.median(told)
    assert (told - ln_b).std() < 0.03
    assert np.corrcoef(told, ln_b)[0, 1] > 0.65
