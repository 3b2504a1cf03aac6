"""Signals of the simulated scanner: limits of the equations, contrasts of the brain."""

import numpy as np
import pytest

from rt1t2.template.signals import (
    FAT_SUPPRESSED_TSE,
    FLAIR,
    FLASH_2D,
    MPRAGE,
    PROTON_DENSITY,
    SPIN_ECHO_T1W,
    TISSUES,
    TSE,
    WATER_EXCITATION_MPRAGE,
    Flash,
    SpinEcho,
    Tissue,
    adiabatic_inversion,
    flash_signal,
    mprage_signal,
    spin_echo_signal,
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


def simulate_flash(tissue: Tissue, protocol) -> float:
    """Follow the longitudinal magnetisation pulse by pulse until it repeats itself."""
    flip, m = np.deg2rad(protocol.flip_deg), 1.0
    for _ in range(200):
        before = m
        m = 1 + (m * np.cos(flip) - 1) * np.exp(-protocol.tr_ms / tissue.t1_ms)
    echo = np.exp(-protocol.te_ms / tissue.t2_star_ms)
    return tissue.proton_density * before * np.sin(flip) * echo


def simulate_spin_echo(tissue: Tissue, protocol) -> float:
    """Excite, turn upside down at half the echo time, recover; until it repeats itself."""

    def relax(m, ms):
        return 1 + (m - 1) * np.exp(-ms / tissue.t1_ms)

    m = 1.0
    for _ in range(50):
        before = m
        m = -relax(0.0, protocol.te_ms / 2)
        m = relax(m, protocol.tr_ms - protocol.te_ms / 2)
    return tissue.proton_density * before * np.exp(-protocol.te_ms / tissue.t2_ms)


@pytest.mark.parametrize("name", ["gm", "wm", "csf", "fat", "bone"])
def test_flash_and_spin_echo_are_steady_states_of_pulse_by_pulse_simulations(name):
    tissue = TISSUES[name]
    expected = simulate_flash(tissue, FLASH_2D)
    assert flash_signal(tissue) == pytest.approx(expected, rel=1e-6)
    expected = simulate_spin_echo(tissue, SPIN_ECHO_T1W)
    assert spin_echo_signal(tissue) == pytest.approx(expected, rel=1e-6)


def test_flash_is_brightest_at_the_ernst_angle():
    tissue, tr_ms = TISSUES["wm"], 250
    ernst_deg = np.rad2deg(np.arccos(np.exp(-tr_ms / tissue.t1_ms)))
    at, below, above = (
        flash_signal(tissue, Flash(tr_ms=tr_ms, flip_deg=ernst_deg + step))
        for step in (0, -3, 3)
    )
    assert at > max(below, above)


@pytest.mark.parametrize(
    "protocol", [MPRAGE, WATER_EXCITATION_MPRAGE, FLASH_2D, SPIN_ECHO_T1W]
)
def test_every_t1w_sequence_orders_the_brain_as_a_t1w_does(protocol):
    t1w = {name: s[0] for name, s in tissue_signals(t1w=protocol).items()}
    assert 0 < t1w["csf"] < 0.6 * t1w["gm"] < 0.6 * t1w["wm"]
    fat = t1w["fat"] / t1w["wm"]
    assert fat < 0.6 if protocol is WATER_EXCITATION_MPRAGE else fat > 1.3


def test_the_t1w_sequence_leaves_the_t2w():
    plain, flash = tissue_signals(), tissue_signals(t1w=FLASH_2D)
    assert all(flash[name][1] == plain[name][1] for name in plain)
    assert flash["wm"][0] != plain["wm"][0]


def test_a_transmit_field_is_another_flip_angle_where_the_inversion_is_complete():
    for b1 in (0.8, 0.95, 1.2):
        turned = MPRAGE._replace(flip_deg=MPRAGE.flip_deg * b1)
        for name in ("wm", "csf", "fat"):
            found = mprage_signal(TISSUES[name], MPRAGE, b1)
            assert found == pytest.approx(
                mprage_signal(TISSUES[name], turned), rel=1e-4
            )
            flash = flash_signal(
                TISSUES[name], FLASH_2D._replace(flip_deg=b1 * FLASH_2D.flip_deg)
            )
            assert flash_signal(TISSUES[name], FLASH_2D, b1) == pytest.approx(flash)


def test_an_adiabatic_inversion_fails_only_far_below_its_threshold():
    assert adiabatic_inversion(1.0) == 1.0
    assert adiabatic_inversion(0.75) == pytest.approx(1, abs=1e-4)
    assert adiabatic_inversion(1.4) == pytest.approx(1, abs=1e-4)
    assert adiabatic_inversion(0.3) < 0.5


def test_a_spin_echo_with_wrong_angles_is_the_steady_state_of_its_pulses():
    tissue, protocol, b1 = TISSUES["wm"], SpinEcho(tr_ms=500, te_ms=20), 0.8
    excite, refocus = np.pi / 2 * b1, np.pi * b1
    along = 1.0
    for _ in range(200):  # spoiled: only what lies along the field lives on
        at_excitation = along
        along = along * np.cos(excite)
        along = 1 + (along - 1) * np.exp(-10 / tissue.t1_ms)
        along = along * np.cos(refocus)
        along = 1 + (along - 1) * np.exp(-490 / tissue.t1_ms)
    echo = np.sin(excite) * np.sin(refocus / 2) ** 2 * np.exp(-20 / tissue.t2_ms)
    expected = tissue.proton_density * at_excitation * echo
    assert spin_echo_signal(tissue, protocol, b1) == pytest.approx(expected)


def test_a_turbo_spin_echo_loses_the_same_whether_pulses_are_too_weak_or_too_strong():
    for name in ("wm", "fat", "csf"):
        full = tse_signal(TISSUES[name])
        weak, strong = (tse_signal(TISSUES[name], TSE, b1) for b1 in (0.85, 1.15))
        assert weak == pytest.approx(strong)
        assert 0.8 * full < weak < full * 1.01
