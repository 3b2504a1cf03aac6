"""Signals of the simulated scanner: limits of the equations, contrasts of the brain."""

import numpy as np
import pytest

from rt1t2.signals import (
    MPRAGE,
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
