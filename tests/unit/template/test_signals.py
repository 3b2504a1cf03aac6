"""Signals of the simulated scanner: limits of the equations, contrasts of the brain."""

import numpy as np
import pytest

from rt1t2.template.signals import (
    FAT_SUPPRESSED_TSE,
    FLAIR,
    MPRAGE,
    PROTON_DENSITY,
    TISSUES,
    TSE,
    Tissue,
    mprage_signal,
    tissue_signals,
    tse_signal,
)


def simulate_mprage(tissue: Tissue, protocol) -> float:
    """Follow the longitudinal magnetisation pulse by pulse until it repeats itself."""
    cos, sin = (
        np.cos(np.deg2rad(protocol.flip_deg)),
        np.sin(np.deg2rad(protocol.flip_deg)),
    )

    def relax(m, ms):
        return 1 + (m - 1) * np.exp(-ms / tissue.t1_ms)

    train_ms = protocol.n_pulses * protocol.echo_spacing_ms
    m, centre = 1.0, 0.0
    for _ in range(20):
        m = relax(-protocol.inversion_efficiency * m, protocol.ti_ms - train_ms / 2)
        for pulse in range(protocol.n_pulses):
            if pulse == protocol.n_pulses // 2:
                centre = m
            m = relax(m * cos, protocol.echo_spacing_ms)
        m = relax(m, protocol.tr_ms - protocol.ti_ms - train_ms / 2)
    echo = np.exp(-protocol.te_ms / tissue.t2_star_ms)
    return tissue.proton_density * abs(centre) * sin * echo


@pytest.mark.parametrize("name", ["gm", "wm", "csf", "fat", "bone"])
def test_mprage_is_the_steady_state_of_a_pulse_by_pulse_simulation(name):
    expected = simulate_mprage(TISSUES[name], MPRAGE)
    assert mprage_signal(TISSUES[name]) == pytest.approx(expected, rel=1e-6)


def test_tse_of_an_instantly_recovering_tissue_is_pure_t2_decay():
    tissue = Tissue(t1_ms=1e-3, t2_ms=50.0, t2_star_ms=50.0, proton_density=0.8)
    assert tse_signal(tissue) == pytest.approx(0.8 * np.exp(-TSE.te_ms / 50.0))


def test_grey_and_white_matter_differ_as_at_3_tesla():
    signals = tissue_signals()
    (gm_t1w, gm_t2w), (wm_t1w, wm_t2w) = signals["gm"], signals["wm"]
    assert gm_t1w / wm_t1w == pytest.approx(0.70, abs=0.01)
    assert gm_t2w / wm_t2w == pytest.approx(1.59, abs=0.01)
    assert signals["air"] == (0.0, 0.0)


def test_tissue_scales_change_only_their_tissue():
    plain, scaled = tissue_signals(), tissue_signals({"wm": (1.0, 1.0, 1.1)})
    assert scaled["wm"] == pytest.approx([1.1 * s for s in plain["wm"]])
    assert scaled["gm"] == plain["gm"]


def simulate_inversion_tse(tissue: Tissue, protocol) -> float:
    """Follow the longitudinal magnetisation in steps of 1 ms until it repeats itself."""
    train_ms = protocol.echo_train_length * protocol.echo_spacing_ms
    m, at_pulse = 1.0, 0.0
    for _ in range(4):
        m *= -protocol.inversion_efficiency
        for ms in range(int(protocol.tr_ms)):
            if ms == protocol.ti_ms:
                at_pulse = m
            in_train = protocol.ti_ms <= ms < protocol.ti_ms + train_ms
            m = 0.0 if in_train else 1 - (1 - m) * np.exp(-1 / tissue.t1_ms)
    echo = np.exp(-protocol.te_ms / tissue.t2_ms)
    return tissue.proton_density * tissue.magnetisation_transfer * abs(at_pulse) * echo


@pytest.mark.parametrize("name", ["gm", "wm", "csf", "fat"])
def test_flair_is_the_steady_state_of_a_simulation_in_small_steps(name):
    expected = simulate_inversion_tse(TISSUES[name], FLAIR)
    assert tse_signal(TISSUES[name], FLAIR) == pytest.approx(expected, rel=1e-6)


def test_wrong_images_have_the_contrast_that_makes_them_wrong():
    flair = {name: s[1] for name, s in tissue_signals(t2w=FLAIR).items()}
    assert flair["csf"] < 0.5 * flair["wm"] < 0.5 * flair["gm"]
    density = {name: s[1] for name, s in tissue_signals(t2w=PROTON_DENSITY).items()}
    assert density["wm"] < density["gm"]
    assert density["csf"] == pytest.approx(density["gm"], rel=0.2)
    dark = {name: s[1] for name, s in tissue_signals(t2w=FAT_SUPPRESSED_TSE).items()}
    plain = {name: s[1] for name, s in tissue_signals().items()}
    assert dark["fat"] == pytest.approx(0.1 * plain["fat"])
    assert dark["csf"] == plain["csf"]


def test_gadolinium_brightens_blood_most_and_leaves_the_brain_and_the_t2w():
    plain, after = tissue_signals(), tissue_signals(plasma_mmol_per_l=0.6)
    gain = {name: after[name][0] / plain[name][0] for name in after if name != "air"}
    assert max(gain, key=gain.get) == "blood"
    assert after["blood"][0] > 1.25 * after["wm"][0] > plain["blood"][0]
    assert gain["muscle"] > 1.2
    assert gain["wm"] == gain["csf"] == gain["fat"] == 1
    assert all(after[name][1] == plain[name][1] for name in plain)
