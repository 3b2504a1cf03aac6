import numpy as np
import pytest

from rt1t2.template.echo_train import echo_amplitudes


def isochromats(refocusing_deg, n_echoes, spacing_ms, t1_ms, t2_ms, n_spins=2000):
    """Turn and dephase single spins, one after the other, from along the pulses' axis."""
    phase = 2 * np.pi * np.arange(n_spins) / n_spins
    x, y, z = np.zeros(n_spins), np.ones(n_spins), np.zeros(n_spins)
    angle, echoes = np.deg2rad(refocusing_deg), []
    for half in range(2 * n_echoes):
        decay, recovery = np.exp(-spacing_ms / 2 / np.array([t2_ms, t1_ms]))
        x, y = (
            decay * (x * np.cos(phase) - y * np.sin(phase)),
            decay * (x * np.sin(phase) + y * np.cos(phase)),
        )
        z = z * recovery
        if half % 2 == 0:
            x, z = (
                x * np.cos(angle) + z * np.sin(angle),
                z * np.cos(angle) - x * np.sin(angle),
            )
        else:
            echoes.append(y.mean())
    return np.array(echoes)


@pytest.mark.parametrize("refocusing_deg", [100, 144, 171, 190])
@pytest.mark.parametrize("times_ms", [(1330, 34), (370, 137), (4160, 1500)])
def test_the_echoes_are_those_of_single_spins(refocusing_deg, times_ms):
    found = echo_amplitudes(refocusing_deg, 10, 10.0, *times_ms)
    expected = isochromats(refocusing_deg, 10, 10.0, *times_ms)
    np.testing.assert_allclose(found, expected, atol=1e-9)


def test_full_pulses_leave_the_decay_alone():
    times = 10.0 * np.arange(1, 8)
    found = echo_amplitudes(180, 7, 10.0, 1000, 80)
    np.testing.assert_allclose(found, np.exp(-times / 80), rtol=1e-12)


def test_the_first_echo_is_the_square_of_the_sine_of_half_the_angle():
    angle = np.deg2rad(120)
    found = echo_amplitudes(120, 1, 10.0, 1e12, 1e12)[0]
    assert found == pytest.approx(np.sin(angle / 2) ** 2)
