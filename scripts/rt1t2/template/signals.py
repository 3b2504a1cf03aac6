"""Tissue parameters at 3 T and the T1w and T2w signals they give.

T1w: MPRAGE, and the two-dimensional gradient echo and spin echo of clinical exams; T2w: TSE.
Also the wrong images that a T1w or T2w is mistaken for: FLAIR, proton density and
fat-suppressed TSE by their timing, a T1w after gadolinium by shorter T1. Every signal takes
``b1``, the transmit field: flip angles as they are over flip angles as they should be.
"""

from typing import NamedTuple

import numpy as np

from rt1t2.template.echo_train import echo_amplitudes


class Tissue(NamedTuple):
    """Relaxation times in ms, proton density relative to water, TSE attenuation."""

    t1_ms: float
    t2_ms: float
    t2_star_ms: float
    proton_density: float
    magnetisation_transfer: float = 1.0


# WM, GM, CSF and bone: public 3 T tables; the others: typical published values.
TISSUES = {
    "air": Tissue(1.0, 1.0, 1.0, 0.0),
    "csf": Tissue(4160, 1500, 800, 1.00),
    "gm": Tissue(1330, 99, 66, 0.83, 0.92),
    "wm": Tissue(840, 78, 53, 0.71, 0.87),
    "thalamus": Tissue(1080, 82, 52, 0.79, 0.90),
    "striatum": Tissue(1220, 80, 46, 0.83, 0.89),
    "pallidum": Tissue(900, 58, 30, 0.76, 0.86),
    "stem": Tissue(930, 80, 50, 0.74, 0.88),
    "bone": Tissue(300, 1, 0.5, 0.15),
    "marrow": Tissue(480, 70, 12, 0.70),
    "muscle": Tissue(1330, 34, 24, 0.80, 0.80),
    "temporalis": Tissue(1330, 34, 24, 0.80, 0.80),
    # 110 ms by spin echo; J-coupling makes fat look 1.25 times as long on a TSE train
    "fat": Tissue(370, 137.5, 40, 0.72),
    "skin": Tissue(950, 30, 15, 0.70, 0.90),
    "vitreous": Tissue(4200, 1200, 600, 0.98),
    "lens": Tissue(1100, 28, 20, 0.65, 0.90),
    "lesion": Tissue(2200, 240, 150, 0.92),
}

# Venous blood at 3 T; no tissue of the head model unless a contrast agent is simulated.
BLOOD = Tissue(1650, 45, 21, 0.85)

# Relaxivity of gadoterate at 3 T (doi:10.1097/01.rli.0000184756.66360.d3), and the share of
# the plasma's concentration in a tissue minutes later: its extracellular volume.
RELAXIVITY_PER_S_MMOL = 3.5
EXTRACELLULAR_SHARE = {
    "blood": 0.55,
    "muscle": 0.15,
    "temporalis": 0.15,
    "skin": 0.4,
    "marrow": 0.2,
}
FATTY = ("fat", "marrow")

# The inversion is a hyperbolic secant pulse; its width and how far beyond its threshold it is.
SECANT_WIDTH, OVER_THRESHOLD = 5.0, 1.3


class Mprage(NamedTuple):
    """Timing of an inversion-prepared train of spoiled low-flip-angle pulses.

    ``fat_left`` is the share of the fat's signal that water excitation or a fat saturation
    leaves; so it is in the other sequences.
    """

    tr_ms: float = 2300
    ti_ms: float = 900
    te_ms: float = 3.0
    flip_deg: float = 9.0
    echo_spacing_ms: float = 7.1
    n_pulses: int = 176
    inversion_efficiency: float = 0.96
    fat_left: float = 1.0


class Flash(NamedTuple):
    """Timing of a spoiled gradient echo without preparation."""

    tr_ms: float = 250
    te_ms: float = 2.7
    flip_deg: float = 80.0
    fat_left: float = 1.0


class SpinEcho(NamedTuple):
    """Timing of a spin echo with one refocusing pulse."""

    tr_ms: float = 600
    te_ms: float = 12
    fat_left: float = 1.0


class Tse(NamedTuple):
    """Timing of a turbo spin echo; ``ti_ms`` 0: without an inversion before it."""

    tr_ms: float = 5000
    te_ms: float = 100
    echo_train_length: int = 15
    echo_spacing_ms: float = 10
    ti_ms: float = 0
    inversion_efficiency: float = 0.96
    fat_left: float = 1.0


T1wProtocol = Mprage | Flash | SpinEcho

MPRAGE, TSE = Mprage(), Tse()
WATER_EXCITATION_MPRAGE = Mprage(fat_left=0.2)
FLASH_2D = Flash()
SPIN_ECHO_T1W = SpinEcho()
FLAIR = Tse(tr_ms=9000, te_ms=120, ti_ms=2500)
PROTON_DENSITY = Tse(tr_ms=3000, te_ms=12, echo_train_length=5)
FAT_SUPPRESSED_TSE = Tse(fat_left=0.1)


def adiabatic_inversion(b1: float) -> float:
    """Return how well a hyperbolic secant pulse inverts, relative to b1 = 1.

    On resonance, with width mu and peak field w (in units of the pulse's rate), the exact
    solution of Hioe 1984, 10.1103/PhysRevA.30.2100, is
    Mz = -tanh(pi mu / 2)^2 + cos(pi sqrt(w^2 - mu^2)) / cosh(pi mu / 2)^2. Here
    w = 1.3 mu b1: above b1 = 0.7 the inversion is complete.
    """
    if b1 == 1.0:
        return 1.0
    half = np.pi * SECANT_WIDTH / 2
    at, nominal = (
        np.tanh(half) ** 2
        - np.real(np.cos(2 * half * np.emath.sqrt((OVER_THRESHOLD * x) ** 2 - 1)))
        / np.cosh(half) ** 2
        for x in (b1, 1.0)
    )
    return float(at / nominal)


def mprage_signal(tissue: Tissue, protocol: Mprage = MPRAGE, b1: float = 1.0) -> float:
    """Return the MPRAGE signal at the k-space centre, relative to water magnetisation.

    Exact periodic steady state of inversion, delay, a train of N spoiled pulses, and
    recovery. With E = exp(-ES / T1) and c = cos(flip) a train takes the magnetisation M
    to q M + s, where q = (E c)^N and s = (1 - E) (1 - q) / (1 - E c).
    """
    t1, flip = tissue.t1_ms, np.deg2rad(protocol.flip_deg) * b1
    efficiency = protocol.inversion_efficiency * adiabatic_inversion(b1)
    decay = np.exp(-protocol.echo_spacing_ms / t1)
    per_pulse = decay * np.cos(flip)
    driven = (1 - decay) / (1 - per_pulse)  # steady state of an endless train
    q = per_pulse**protocol.n_pulses
    s = driven * (1 - q)
    train_ms = protocol.n_pulses * protocol.echo_spacing_ms
    before = np.exp(-(protocol.ti_ms - train_ms / 2) / t1)
    after = np.exp(-(protocol.tr_ms - protocol.ti_ms - train_ms / 2) / t1)
    inverted = ((1 - before) * q * after + s * after + 1 - after) / (
        1 + efficiency * before * q * after
    )
    at_start = -efficiency * inverted * before + 1 - before
    q_half = per_pulse ** (protocol.n_pulses / 2)
    at_centre = q_half * at_start + driven * (1 - q_half)
    echo = np.sin(flip) * np.exp(-protocol.te_ms / tissue.t2_star_ms)
    return float(tissue.proton_density * abs(at_centre) * echo)


def flash_signal(tissue: Tissue, protocol: Flash = FLASH_2D, b1: float = 1.0) -> float:
    """Return the spoiled gradient-echo signal, relative to water magnetisation.

    Steady state of Ernst and Anderson 1966, 10.1063/1.1719961: with E = exp(-TR / T1),
    S = PD sin(flip) (1 - E) / (1 - E cos(flip)) exp(-TE / T2*).
    """
    flip = np.deg2rad(protocol.flip_deg) * b1
    decay = np.exp(-protocol.tr_ms / tissue.t1_ms)
    steady = np.sin(flip) * (1 - decay) / (1 - decay * np.cos(flip))
    return float(
        tissue.proton_density * steady * np.exp(-protocol.te_ms / tissue.t2_star_ms)
    )


def spin_echo_signal(
    tissue: Tissue, protocol: SpinEcho = SPIN_ECHO_T1W, b1: float = 1.0
) -> float:
    """Return the spin-echo signal, relative to water magnetisation.

    Excitation by a = 90 b1 and refocusing at TE / 2 by r = 180 b1 degrees, spoiled (DiIorio
    et al. 1995, 10.1002/mrm.1910340520): S = PD sin(a) sin(r / 2)^2 exp(-TE / T2)
    (1 - (1 - cos r) exp(-(TR - TE / 2) / T1) - cos r exp(-TR / T1)) /
    (1 - cos a cos r exp(-TR / T1)). Magnetisation transfer is left out: one refocusing
    pulse per TR gives little of it.
    """
    excite, refocus = np.pi / 2 * b1, np.pi * b1
    until_refocused = np.exp(-(protocol.tr_ms - protocol.te_ms / 2) / tissue.t1_ms)
    decay = np.exp(-protocol.tr_ms / tissue.t1_ms)
    recovered = 1 - (1 - np.cos(refocus)) * until_refocused - np.cos(refocus) * decay
    recovered /= 1 - np.cos(excite) * np.cos(refocus) * decay
    echo = np.sin(excite) * np.sin(refocus / 2) ** 2
    return float(
        tissue.proton_density
        * recovered
        * echo
        * np.exp(-protocol.te_ms / tissue.t2_ms)
    )


def t1w_signal(
    tissue: Tissue, protocol: T1wProtocol = MPRAGE, b1: float = 1.0
) -> float:
    """Return the signal of a T1w sequence, relative to water magnetisation."""
    if isinstance(protocol, Flash):
        return flash_signal(tissue, protocol, b1)
    if isinstance(protocol, SpinEcho):
        return spin_echo_signal(tissue, protocol, b1)
    return mprage_signal(tissue, protocol, b1)


def tse_signal(tissue: Tissue, protocol: Tse = TSE, b1: float = 1.0) -> float:
    """Return the turbo-spin-echo signal, relative to water magnetisation.

    S = PD MT |M| E sin(90 b1) with the echo E at TE of a train of 180 b1 degrees
    (:func:`~rt1t2.template.echo_train.echo_amplitudes`), exp(-TE / T2) where b1 = 1. The
    train leaves no longitudinal magnetisation, so
    M = 1 - exp(-(TR - ETL ESP) / T1). With an inversion of efficiency f the magnetisation
    M' = 1 - exp(-(TR - TI - ETL ESP) / T1) before it becomes -f M', and
    M = 1 - (1 + f M') exp(-TI / T1).
    """
    train_ms = protocol.echo_train_length * protocol.echo_spacing_ms
    recovered = 1 - np.exp(-(protocol.tr_ms - protocol.ti_ms - train_ms) / tissue.t1_ms)
    if protocol.ti_ms:
        efficiency = protocol.inversion_efficiency * adiabatic_inversion(b1)
        inverted = 1 + efficiency * recovered
        recovered = abs(1 - inverted * np.exp(-protocol.ti_ms / tissue.t1_ms))
    echo = np.exp(-protocol.te_ms / tissue.t2_ms)
    if b1 != 1.0:  # relative to the same train at 180 degrees; TE need not be an echo
        n = max(round(protocol.te_ms / protocol.echo_spacing_ms), 1)
        times = protocol.echo_spacing_ms, tissue.t1_ms, tissue.t2_ms
        as_is = echo_amplitudes(180 * b1, n, *times)[-1]
        echo *= np.sin(np.pi / 2 * b1) * as_is / np.exp(-n * times[0] / tissue.t2_ms)
    return float(
        tissue.proton_density * tissue.magnetisation_transfer * recovered * echo
    )


def tissue_signals(
    scales: dict[str, tuple[float, float, float]] | None = None,
    t2w: Tse = TSE,
    plasma_mmol_per_l: float = 0.0,
    t1w: T1wProtocol = MPRAGE,
    b1: float = 1.0,
) -> dict[str, tuple[float, float]]:
    """Return the (T1w, T2w) signal of every tissue, and of blood.

    Parameters
    ----------
    scales
        Factors on T1, T2 and proton density of single tissues: one person's biology.
    t1w, t2w
        What is acquired as T1w and as T2w.
    plasma_mmol_per_l
        Gadolinium in the plasma during the T1w: 1 / T1 grows by relaxivity times
        concentration. About 0.6 mmol/L five minutes after 0.1 mmol/kg.
    b1
        Transmit field, 1 where flip angles are as prescribed.
    """
    scales = scales or {}
    signals = {}
    for name, tissue in (TISSUES | {"blood": BLOOD}).items():
        t1, t2, density = scales.get(name, (1.0, 1.0, 1.0))
        person = tissue._replace(
            t1_ms=tissue.t1_ms * t1,
            t2_ms=tissue.t2_ms * t2,
            proton_density=tissue.proton_density * density,
        )
        agent = EXTRACELLULAR_SHARE.get(name, 0.0) * plasma_mmol_per_l
        rate = 1 / person.t1_ms + RELAXIVITY_PER_S_MMOL * agent / 1000
        in_t1w = person._replace(t1_ms=1 / rate) if agent else person
        left = (t1w.fat_left, t2w.fat_left) if name in FATTY else (1.0, 1.0)
        signals[name] = (
            left[0] * t1w_signal(in_t1w, t1w, b1),
            left[1] * tse_signal(person, t2w, b1),
        )
    return signals
