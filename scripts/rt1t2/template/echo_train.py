"""Echoes of a train of refocusing pulses that a transmit field (B1+) makes too weak or strong."""

import numpy as np


def echo_amplitudes(
    refocusing_deg: float, n_echoes: int, spacing_ms: float, t1_ms: float, t2_ms: float
) -> np.ndarray:
    """Return the spin echoes of a CPMG train, shape (n_echoes,), for 1 after excitation.

    Extended phase graph (Weigel 2015, 10.1002/jmri.24619): transverse states F+ and F-
    and longitudinal states Z by order of dephasing; each spacing is half a spacing of
    relaxation and dephasing, a pulse, and the same again. Pulses of 180 degrees give
    exp(-k spacing / T2).

    Parameters
    ----------
    refocusing_deg
        Flip angle of every refocusing pulse, about the axis of the magnetisation.
    spacing_ms
        Between two echoes.
    """
    angle = np.deg2rad(refocusing_deg)
    cos, sin = np.cos(angle), np.sin(angle)
    keep, turn = np.cos(angle / 2) ** 2, np.sin(angle / 2) ** 2
    decay, recovery = np.exp(-spacing_ms / 2 / np.array([t2_ms, t1_ms]))
    plus, minus, along = np.zeros((3, n_echoes + 2))
    plus[0] = minus[0] = 1.0
    echoes = np.zeros(n_echoes)
    for echo in range(n_echoes):
        for half in (0, 1):
            plus, minus, along = plus * decay, minus * decay, along * recovery
            plus[1:], minus[:-1] = plus[:-1].copy(), minus[1:].copy()
            minus[-1], plus[0] = 0.0, minus[0]
            if half == 0:  # about the axis of the magnetisation all states stay real
                plus, minus, along = (
                    keep * plus + turn * minus + sin * along,
                    turn * plus + keep * minus - sin * along,
                    -sin / 2 * plus + sin / 2 * minus + cos * along,
                )
        echoes[echo] = plus[0]
    return echoes
